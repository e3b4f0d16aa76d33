import { gitHubSource } from '../../../../src/changes/sources/github/source.ts';
import { changeSourceContract, type Staging } from '../../../contracts/change-source.ts';
import { everything } from './everything.ts';
import { at, settingsWith, token, tokenFile } from './given.ts';
import { say, serveGitHub } from './served.ts';

const nowAt = at('14:00:00');

changeSourceContract('github', {
  troubles: ['refused', 'expired', 'limited', 'unreachable', 'gone'],
  secrets: [token],
  async stage(how) {
    const serving = await serveGitHub(everything());
    serving.instead = answerOf(how, nowAt);
    const settings = settingsWith({
      baseUrl: how === 'unreachable' ? await nowhere() : serving.url,
      tokenFile: await tokenFile(),
      categories: [{ paths: ['terraform/security-groups/**'], category: 'security-group' }],
    });
    return {
      source: gitHubSource(settings, { now: () => nowAt, patienceMs: how === 'timedOut' ? 600 : 5_000 }),
      stretch: { fromAt: at('12:00:00'), toAt: at('14:00:00') },
      nowAt,
      requests: () => serving.requests.length,
      close: serving.close,
    };
  },
});

/** A port on which nobody listens any more. */
async function nowhere(): Promise<string> {
  const gone = await serveGitHub({});
  await gone.close();
  return gone.url;
}

function answerOf(how: Staging, nowAt: number): Awaited<ReturnType<typeof serveGitHub>>['instead'] {
  switch (how) {
    case 'well':
    case 'unreachable':
      return null;
    case 'timedOut':
      return () => true;
    case 'refused':
      return (_request, response) =>
        say(response, 403, { message: 'Resource not accessible by personal access token' });
    case 'expired':
      return (_request, response) => say(response, 401, { message: 'Bad credentials' });
    case 'limited':
      return (_request, response) =>
        say(
          response,
          403,
          { message: 'API rate limit exceeded' },
          {
            'x-ratelimit-limit': 5_000,
            'x-ratelimit-remaining': 0,
            'x-ratelimit-reset': nowAt / 1_000 + 600,
          },
        );
    case 'malformed':
      return (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).end('[{"number": 1,');
        return true;
      };
    case 'gone':
      return (_request, response) => say(response, 404, { message: 'Not Found' });
    default:
      return how satisfies never;
  }
}
