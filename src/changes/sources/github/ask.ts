import { retry } from '@octokit/plugin-retry';
import { throttling } from '@octokit/plugin-throttling';
import { Octokit } from '@octokit/rest';
import type { z } from 'zod';
import { orAborted } from '../../../ops/or-aborted.ts';
import { credentialsOf } from './credentials.ts';
import { pace } from './pace.ts';
import type { GitHubPlace } from './settings.ts';
import {
  type Asked,
  type Failure,
  type Headers,
  isLimit,
  limited,
  malformed,
  noAnswer,
  refusalOf,
  refused,
  timedOut,
} from './trouble.ts';

/** The way to one GitHub: conditional, within its limits, each question with a deadline. */
export interface GitHub {
  /** Makes typed URLs of the API: `rest.issues.listForRepo.endpoint({ … }).url`. Nothing is asked by that. */
  readonly rest: Octokit['rest'];
  /** Rejects with the signal's reason only. */
  get<T>(question: Question<T>, signal: AbortSignal): Promise<Answer<Page<T>>>;
  /** Carried out at most once: what was not answered may have been carried out all the same. Rejects as `get`. */
  post<T>(order: Order<T>, signal: AbortSignal): Promise<Answer<T>>;
  /**
   * May such an order be given? Tried with one that says nothing and so can't be carried out: 403 and 404 mean no, and
   * 422, which tells what lacks, that the permission was there. Rejects as `get`.
   */
  mayPost(order: Omit<Order<unknown>, 'schema' | 'body'>, signal: AbortSignal): Promise<Answer<null>>;
  /** How many requests were made so far. */
  requests(): number;
  /** Nothing is asked afterwards. */
  close(): void;
}

export interface Question<T> extends Asked {
  readonly url: string;
  /** Picks what is used; what it gave can be read by it again and stays the same. */
  readonly schema: z.ZodType<T>;
}

/** Something that is to be made. */
interface Order<T> extends Question<T> {
  readonly access: 'write';
  readonly body: Readonly<Record<string, unknown>>;
}

export type Answer<T> =
  | { readonly kind: 'answer'; readonly value: T }
  | { readonly kind: 'failed'; readonly failure: Failure };

export interface Page<T> {
  readonly value: T;
  /** URL of the next one; null: it is the last. */
  readonly next: string | null;
  readonly headers: Headers;
}

export interface GitHubDeps {
  /** Epoch ms. */
  now(): number;
  /** How long one question may take, tries and waits included. */
  readonly patienceMs?: number;
}

const apiVersion = { 'x-github-api-version': '2022-11-28' };

const usualPatienceMs = 10_000;

/** Pages that are kept to be asked for conditionally. */
const mostKept = 500;

export function gitHubAt(settings: GitHubPlace, { now, patienceMs = usualPatienceMs }: GitHubDeps): GitHub {
  const closing = new AbortController();
  const limits = pace();
  const kept = new Map<string, Page<unknown> & { readonly etag: string }>();
  let requests = 0;
  const octokit = octokitFor(settings, (url, init) => {
    requests += 1;
    // An App's way to its tokens has no other deadline.
    const signals = [AbortSignal.timeout(patienceMs), closing.signal, ...(init?.signal == null ? [] : [init.signal])];
    return fetch(url, { ...init, signal: AbortSignal.any(signals) });
  });
  const credentials = credentialsOf(settings, octokit.request.defaults({ headers: apiVersion }));
  const { origin } = new URL(settings.baseUrl);

  async function request(url: string, signal: AbortSignal) {
    const authorization = await credentials.authorization();
    const etag = kept.get(url)?.etag;
    // Without `authorization` even a 304 counts against the limit.
    const headers = { ...apiVersion, authorization, ...(etag === undefined ? {} : { 'if-none-match': etag }) };
    return octokit.request({ method: 'GET', url, headers, request: { signal } });
  }

  function keep(url: string, etag: string | undefined, page: Page<unknown>): void {
    kept.delete(url);
    if (etag !== undefined) kept.set(url, { ...page, etag });
    const [oldest] = kept.keys();
    if (oldest !== undefined && kept.size > mostKept) kept.delete(oldest);
  }

  function unchanged<T>(error: unknown, { url, schema }: Question<T>): Answer<Page<T>> | null {
    const refusal = refusalOf(error);
    if (refusal?.status !== 304) return null;
    const page = kept.get(url);
    const read = schema.safeParse(page?.value);
    if (page === undefined || !read.success) return null;
    limits.note(refusal.headers, now());
    return { kind: 'answer', value: { value: read.data, next: page.next, headers: refusal.headers } };
  }

  function fromRefusal(error: unknown, asked: Asked): Answer<never> {
    const refusal = refusalOf(error);
    if (refusal === null) return failed(noAnswer(error, settings));
    limits.note(refusal.headers, now());
    if (refusal.status === 401) credentials.forget();
    if (isLimit(refusal)) return failed(limited(limits.refused(refusal.headers, now())));
    return failed(refused(refusal, asked, settings));
  }

  /** Unless it may not ask now; what is thrown becomes words, unless `known` has an answer to it. */
  async function within<T>(
    asked: Asked,
    signal: AbortSignal,
    work: (over: AbortSignal) => Promise<Answer<T>>,
    known: (error: unknown) => Answer<T> | null = () => null,
  ): Promise<Answer<T>> {
    signal.throwIfAborted();
    const limit = limits.limit(now());
    if (limit !== null) return failed(limited(limit));
    const timeout = AbortSignal.timeout(patienceMs);
    const over = AbortSignal.any([signal, timeout, closing.signal]);
    try {
      over.throwIfAborted();
      return await work(over);
    } catch (error) {
      signal.throwIfAborted();
      if (timeout.aborted) return failed(timedOut(asked, patienceMs));
      return known(error) ?? fromRefusal(error, asked);
    }
  }

  async function send(url: string, data: Order<unknown>['body'], over: AbortSignal) {
    const authorization = await credentials.authorization();
    const sent = octokit.request({
      ...{ method: 'POST', url, data },
      headers: { ...apiVersion, authorization },
      request: { signal: over, retries: 0 },
    });
    return unlessOver(sent, over);
  }

  return {
    rest: octokit.rest,
    requests: () => requests,
    async get(question, signal) {
      return within(
        question,
        signal,
        async (over) => {
          const { data, headers } = await unlessOver(request(question.url, over), over);
          limits.note(headers, now());
          const read = question.schema.safeParse(data);
          if (!read.success) return failed(malformed(question, firstIssue(read.error)));
          const next = nextOf(headers.link);
          // Credentials go to where they belong, whatever a header says.
          if (next !== null && !(URL.canParse(next) && new URL(next).origin === origin)) {
            return failed(malformed(question, `the next page is said to be at another server than ${origin}`));
          }
          const page = { value: read.data, next, headers };
          keep(question.url, headers.etag, page);
          return { kind: 'answer', value: page };
        },
        (error) => unchanged(error, question),
      );
    },
    post(order, signal) {
      return within(order, signal, async (over) => {
        const { data, headers } = await send(order.url, order.body, over);
        limits.note(headers, now());
        const read = order.schema.safeParse(data);
        return read.success ? { kind: 'answer', value: read.data } : failed(malformed(order, firstIssue(read.error)));
      });
    },
    mayPost(order, signal) {
      const may: Answer<null> = { kind: 'answer', value: null };
      return within(
        order,
        signal,
        async (over) => {
          const { headers } = await send(order.url, {}, over);
          limits.note(headers, now());
          return may;
        },
        (error) => (refusalOf(error)?.status === 422 ? may : null),
      );
    },
    close() {
      closing.abort(new Error('the source is closed'));
      kept.clear();
    },
  };
}

const ThrottledOctokit = Octokit.plugin(retry, throttling);

/** Limits that last are told rather than waited for; the next look comes by itself. */
const longestWaitS = 2;

function octokitFor(
  { baseUrl, repository: { owner, name } }: GitHubPlace,
  ask: typeof fetch,
): InstanceType<typeof ThrottledOctokit> {
  const silent = () => {};
  return new ThrottledOctokit({
    baseUrl,
    userAgent: 'apidown',
    // What goes wrong is told in the answer.
    log: { debug: silent, info: silent, warn: silent, error: silent },
    retry: { retries: 1, doNotRetry: [400, 401, 403, 404, 410, 422, 429, 451] },
    request: { fetch: ask },
    throttle: {
      // Without one of its own, those that hang would hold up all others.
      id: `${baseUrl} ${owner}/${name}`,
      onRateLimit: () => false,
      onSecondaryRateLimit: (afterS, _options, _octokit, tried) => afterS <= longestWaitS && tried === 0,
    },
  });
}

/** Octokit's plugins wait without heeding a signal; and a body that breaks off is read as an empty one. */
async function unlessOver<T>(work: Promise<T>, over: AbortSignal): Promise<T> {
  const done = await orAborted(work, over);
  over.throwIfAborted();
  return done;
}

function nextOf(link: string | undefined): string | null {
  return /<([^<>]+)>\s*;\s*rel="next"/.exec(link ?? '')?.[1] ?? null;
}

function firstIssue({ issues: [issue] }: z.ZodError): string {
  return issue === undefined ? 'unknown' : `${issue.path.join('.') || 'the answer'}: ${issue.message}`;
}

function failed(failure: Failure): { readonly kind: 'failed'; readonly failure: Failure } {
  return { kind: 'failed', failure };
}
