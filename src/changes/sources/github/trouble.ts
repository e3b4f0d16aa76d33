import { z } from 'zod';
import type { SourceTrouble } from '../source.ts';
import { CredentialsUnreadable } from './credentials.ts';
import type { Limit } from './pace.ts';
import type { GitHubPlace } from './settings.ts';
import { instanceOf, plain, utc } from './tell.ts';

/** Why one question was not answered. */
export type Failure = Pick<SourceTrouble, 'kind' | 'words'>;

/** What was asked for, in the plural and for a person: `issues`; and the permission that it takes: `Issues`. */
export interface Asked {
  readonly what: string;
  readonly permission: string;
  /** Left out: `read`. */
  readonly access?: 'read' | 'write';
}

export type Headers = Readonly<Record<string, string | number | undefined>>;

/** An answer that Octokit throws: everything that is no 2xx, 304 included. */
export interface Refusal {
  readonly status: number;
  readonly message: string;
  readonly url: string;
  readonly headers: Headers;
}

const Thrown = z.object({
  status: z.number(),
  message: z.string(),
  request: z.object({ url: z.string() }),
  response: z.object({ headers: z.record(z.string(), z.union([z.string(), z.number()]).optional()) }),
});

/** null: no answer came at all. */
export function refusalOf(error: unknown): Refusal | null {
  const thrown = Thrown.safeParse(error);
  if (!thrown.success) return null;
  const { status, message, request, response } = thrown.data;
  return { status, message, url: request.url, headers: response.headers };
}

/** Was it asked too often? Source: https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api */
export function isLimit({ status, message, headers }: Refusal): boolean {
  if (status === 429) return true;
  if (status !== 403) return false;
  return (
    headers['retry-after'] !== undefined ||
    headers['x-ratelimit-remaining'] === '0' ||
    /rate limit|abuse detection/i.test(message)
  );
}

/** What it means that nothing came back. */
export function noAnswer(error: unknown, { baseUrl }: GitHubPlace): Failure {
  if (error instanceof CredentialsUnreadable) return failure('expired', error.message);
  return failure('unreachable', `${new URL(baseUrl).host} can't be reached (${wordsOf(error)})`);
}

/** What a refusal means and how to mend it. */
export function refused(refusal: Refusal, asked: Asked, settings: GitHubPlace): Failure {
  const { status, message, url, headers } = refusal;
  const holder = holderWords(settings);
  const where = instanceOf(settings);
  // An App's own way to its tokens: there is nothing to be seen by others behind it.
  if (status === 401 || (status < 500 && url.endsWith('/access_tokens'))) {
    return failure('expired', `GitHub refuses the credentials (${status}): ${renewWords(settings)}`);
  }
  switch (status) {
    case 403: {
      const sso = /url=(https:\/\/\S+)/.exec(String(headers['x-github-sso'] ?? ''))?.[1];
      if (sso !== undefined) {
        return failure('refused', `the organization wants single sign-on for the token (403): authorize it at ${sso}`);
      }
      // Names like `issues=read`; alternatives behind a semicolon.
      const accepted = headers['x-accepted-github-permissions'];
      const wanted = accepted === undefined || accepted === '' ? '' : ` (GitHub asks for ${accepted})`;
      return failure(
        'refused',
        `GitHub refuses the ${asked.what} of ${where} (403): give ${holder} the permission "${asked.permission}: ${asked.access ?? 'read'}"${wanted}; an organization may have to approve it`,
      );
    }
    case 404:
      return failure(
        'gone',
        `GitHub shows no ${asked.what} of ${where} (404), which is also what it answers to those who may not see them: check the name, that ${holder} was given this repository with "${asked.permission}: ${asked.access ?? 'read'}", and that the organization has approved it`,
      );
    case 410:
      return failure(
        'gone',
        `the ${asked.what} of ${where} are switched off (410): ${asked.access === 'write' ? 'switch them on in its settings' : 'leave them out of `read`'}`,
      );
    default:
      return failure(
        status >= 500 ? 'unreachable' : 'malformed',
        `GitHub answered ${status} when asked for the ${asked.what} of ${where}: ${plain(message, 150)}`,
      );
  }
}

export function limited({ untilAt, why }: Limit): Failure {
  return failure('limited', `${why}; it is asked again at ${utc(untilAt)}`);
}

export function timedOut({ what }: Asked, patienceMs: number): Failure {
  return failure('timedOut', `GitHub did not answer within ${patienceMs / 1_000} s when asked for ${what}`);
}

export function malformed({ what }: Asked, why: string): Failure {
  return failure(
    'malformed',
    `something else than ${what} came back (${plain(why, 200)}): is \`baseUrl\` the URL of GitHub's API, with nothing in between that answers for it?`,
  );
}

export function tooMany({ what }: Asked, read: number, advice: string): Failure {
  return failure('limited', `there are more than the ${read} ${what} that are read at once: ${advice}`);
}

function renewWords({ tokenFile, app }: GitHubPlace): string {
  return app === null
    ? `the token in ${tokenFile} has expired, was revoked or is none; make a new one and write it into that file`
    : `${app.keyFile} holds no key of App ${app.id}, or its installation ${app.installationId} is gone; make a new key in the App's settings, and check this machine's clock`;
}

function holderWords({ tokenFile, app }: GitHubPlace): string {
  return app === null ? `the token in ${tokenFile}` : `the installation of App ${app.id}`;
}

function wordsOf(error: unknown): string {
  return plain(error instanceof Error ? error.message || error.name : String(error), 150);
}

function failure(kind: Failure['kind'], words: string): Failure {
  return { kind, words: plain(words, 500) };
}
