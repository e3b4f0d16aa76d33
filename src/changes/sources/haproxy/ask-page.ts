import { readFile } from 'node:fs/promises';
import { type IncomingMessage, request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { type Asked, answered, codeOf, failed, readAll, wordsOf } from './asked.ts';

/** The statistics page of a HAProxy. Files are read anew each time, since they may be replaced. */
export interface StatsPage {
  /** With `;csv` at its end. */
  readonly url: string;
  readonly username: string | null;
  readonly passwordFile: string | null;
  /** PEM of the authority of its certificate; null: the system's. */
  readonly caFile: string | null;
}

/** Follows no redirect: the password is meant for this server alone. @throws the signal's reason when aborted */
export async function askPage(page: StatsPage, deadlineMs: number, signal: AbortSignal): Promise<Asked<string>> {
  const { url } = page;
  const timeout = AbortSignal.timeout(deadlineMs);
  signal.throwIfAborted();
  try {
    const { authorization, ca } = await readFiles(page);
    const { status, text } = await get(url, authorization, ca, AbortSignal.any([signal, timeout]));
    return judge(url, status, text);
  } catch (error) {
    signal.throwIfAborted();
    if (timeout.aborted) return failed('timedOut', `${url} did not answer within ${deadlineMs / 1000} s`);
    if (codeOf(error) === 'ECONNREFUSED')
      return failed(
        'unreachable',
        `nothing listens at ${url}: HAProxy does not run, or serves its page elsewhere`,
        true,
      );
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'EACCES')
      return failed('refused', `passwordFile or caFile can't be read (${codeOf(error)})`);
    return failed('unreachable', `${url} can't be asked (${wordsOf(error)})`);
  }
}

function judge(url: string, status: number, text: string): Asked<string> {
  if (status === 200) return answered(text);
  if (status === 401)
    return failed(
      'expired',
      'it refuses the credentials (401): check username and passwordFile against its "stats auth"',
    );
  if (status === 403) return failed('refused', 'it refuses to show its statistics to this bot (403)');
  if (status === 404) return failed('gone', `${url} does not exist (404): check it against its "stats uri"`);
  return failed('unreachable', `${url} answered ${status}`);
}

async function readFiles({ username, passwordFile, caFile }: StatsPage) {
  const [password, ca] = await Promise.all([
    passwordFile === null ? null : readFile(passwordFile, 'utf8'),
    caFile === null ? null : readFile(caFile, 'utf8'),
  ]);
  const authorization =
    username === null || password === null
      ? null
      : `Basic ${Buffer.from(`${username}:${password.trim()}`).toString('base64')}`;
  return { authorization, ca };
}

/** By Node's own client: `fetch` takes no authority of one's own. */
async function get(url: string, authorization: string | null, ca: string | null, signal: AbortSignal) {
  const headers = authorization === null ? {} : { authorization };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const asked = url.startsWith('https:')
      ? tlsRequest(url, { headers, signal, agent: false, ...(ca === null ? {} : { ca }) }, resolve)
      : plainRequest(url, { headers, signal, agent: false }, resolve);
    asked.on('error', reject).end();
  });
  return { status: response.statusCode ?? 0, text: await readAll(response) };
}
