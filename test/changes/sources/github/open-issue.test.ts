import { expect, onTestFinished, test } from 'vitest';
import { gitHubIssues } from '../../../../src/changes/sources/github/open-issue.ts';
import { all, readGfm } from '../../../briefing/gfm.ts';
import { settingsWith, tokenFile } from './given.ts';
import { say, serveGitHub } from './served.ts';

const never = new AbortController().signal;

/** A GitHub that answers each order with this status, and what it was sent. */
async function tracked(status: number) {
  const bodies: string[] = [];
  const serving = await serveGitHub({});
  onTestFinished(serving.close);
  serving.instead = (request, response) => {
    if (request.method !== 'POST') return false;
    let text = '';
    request.on('data', (chunk) => (text += String(chunk)));
    request.on('end', () => {
      bodies.push(JSON.parse(text).body);
      say(response, status, { number: 1, html_url: 'https://github.example/acme/infra/issues/1', message: 'no' });
    });
    return true;
  };
  const place = settingsWith({ baseUrl: serving.url, tokenFile: await tokenFile() });
  const tracker = gitHubIssues(place, [], { now: Date.now });
  onTestFinished(tracker.close);
  return { bodies, open: (body: string) => tracker.open({ title: 'x', body, mark: 'inv-a' }, null, never) };
}

test('a body that is longer than GitHub takes ends with a whole line, and says where the rest is', async () => {
  const { bodies, open } = await tracked(201);
  expect((await open(`## One\n\n\`\`\`text\n${'a line of what was printed\n'.repeat(5_000)}\`\`\`\n`)).kind).toBe(
    'opened',
  );
  const [body = ''] = bodies;
  expect(body.length).toBeLessThanOrEqual(65_536);
  expect(body.startsWith('<!-- apidown:inv-a -->\n## One')).toBe(true);
  const nodes = all(readGfm(body));
  expect(nodes.find(({ type }) => type === 'code')?.value?.endsWith('a line of what was printed')).toBe(true);
  expect(nodes.at(-1)?.value).toContain('in the thread of the card');
});

test('an order that fails is not repeated: it may have been carried out', async () => {
  const { bodies, open } = await tracked(502);
  expect(await open('x')).toMatchObject({ kind: 'failed', why: expect.stringContaining('GitHub answered 502') });
  expect(bodies).toHaveLength(1);
});

test.each([
  [403, 'the permission "Issues: write"'],
  [410, 'switch them on in its settings'],
])('refused by %i, it says how to mend it', async (status, words) => {
  const { open } = await tracked(status);
  expect(await open('x')).toMatchObject({ kind: 'failed', why: expect.stringContaining(words) });
});
