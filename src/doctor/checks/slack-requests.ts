import { EVENTS_PATH } from '../../slack/inlet.ts';
import type { DoctorCheck } from '../check.ts';
import { failed, notChecked, ok, warning } from '../finding.ts';
import { whyUnreached } from '../why-unreached.ts';

/** In HTTP mode: does the address that Slack calls lead to this bot, and does it refuse what is unsigned? */
export const slackRequests: DoctorCheck = {
  id: 'slack-requests',
  title: 'Requests from Slack',
  withinMs: 12_000,
  async run({ settings }, signal) {
    const { mode, http } = settings.slack;
    if (mode === 'socket') return [];
    if (http.url === null) {
      const mend =
        'set it to the https URL at which Slack reaches the bot, and put the manifest that `apidown manifest` prints into the app';
      return [failed('slack.http.url', 'it is not set: the app can’t be told where to send', mend)];
    }
    const url = `${http.url}${EVENTS_PATH}`;
    if (!http.url.startsWith('https:')) {
      return [
        failed(url, 'it is not https, and Slack calls nothing else', 'put something in front of the bot that ends TLS'),
      ];
    }
    try {
      const patience = AbortSignal.any([signal, AbortSignal.timeout(8_000)]);
      const { status } = await fetch(url, { method: 'POST', body: '', signal: patience, redirect: 'manual' });
      if (status === 401) return [ok(url, 'leads to the bot, which refuses what Slack did not sign')];
      if (status === 502 || status === 503 || status === 504) {
        const words = `what stands in front of the bot answers HTTP ${status}: it does not reach it`;
        return [
          failed(url, words, `let it hand ${EVENTS_PATH} on to slack.http.listen, and look whether the bot runs`),
        ];
      }
      return [
        failed(
          url,
          `something else than the bot answers there (HTTP ${status})`,
          `hand ${EVENTS_PATH} on to slack.http.listen`,
        ),
      ];
    } catch (error) {
      if (signal.aborted) return [notChecked(url, 'it did not answer in time')];
      return [
        warning(
          url,
          `it can't be reached from here: ${whyUnreached(error)}`,
          'look at its name, its certificate and the way from the internet; from inside some networks it can’t be tried',
        ),
      ];
    }
  },
};
