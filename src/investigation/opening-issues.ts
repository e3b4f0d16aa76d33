import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../ops/clock.ts';
import type { Log } from '../ops/log.ts';
import { issuePatienceMs } from './decide.ts';
import type { InvestigationService } from './service.ts';
import type { Investigation } from './state.ts';

/** What opening an issue needs from outside; `bin` hands it in. */
export interface OpeningIssuesPorts {
  readonly investigations: Pick<InvestigationService, 'find' | 'issueTold'>;
  /**
   * Opens it, or finds the one that an earlier attempt opened.
   * @param mayBeThere since when an attempt may have been carried out without an answer, epoch ms; null: this is the first
   */
  open(
    investigation: Investigation,
    mayBeThere: { readonly sinceAt: number } | null,
    signal: AbortSignal,
  ): Promise<
    | { readonly kind: 'opened'; readonly issue: { readonly name: string; readonly url: string } }
    | { readonly kind: 'failed'; readonly why: string }
  >;
  readonly clock: Clock;
  readonly log: Log;
}

export interface OpeningIssues {
  /** To be told of every change. What was asked for is opened once, and what came of it is told. Never throws. */
  changed(investigation: Investigation): void;
  close(): Promise<void>;
}

/** Asked so long ago, it was asked of another process, which may still be at it. */
const freshMs = 5_000;
const clocksDifferMs = 10 * 60_000;

export function createOpeningIssues(ports: OpeningIssuesPorts): OpeningIssues {
  const { investigations, clock, log } = ports;
  const underWay = new Map<string, Promise<void>>();
  const closing = new AbortController();

  async function openOnce(asked: Investigation): Promise<void> {
    const { id, issue, conclusion } = asked;
    if (issue?.kind !== 'asked' || conclusion === null) return;
    const age = clock.now() - issue.at;
    if (age > freshMs && age < issuePatienceMs) {
      await wait(issuePatienceMs - age, undefined, { signal: closing.signal });
      const now = await investigations.find(id);
      if (now?.issue?.kind !== 'asked' || now.issue.at !== issue.at) return;
    }
    const isFirst = age <= freshMs && issue.attempt === 1;
    const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(issuePatienceMs / 2)]);
    const outcome = await ports.open(asked, isFirst ? null : { sinceAt: conclusion.at - clocksDifferMs }, signal);
    const by = { at: clock.now(), by: issue.by };
    await investigations.issueTold(
      id,
      outcome.kind === 'opened'
        ? { kind: 'issue-opened', ...by, ...outcome.issue }
        : { kind: 'issue-failed', ...by, why: outcome.why },
    );
  }

  async function guarded(investigation: Investigation): Promise<void> {
    try {
      await openOnce(investigation);
    } catch (error) {
      // What is left open is picked up by the next start, or asked for again.
      if (closing.signal.aborted) return;
      log.error({ investigation: investigation.id, error }, 'an issue could not be opened');
      const { issue } = investigation;
      if (issue === null) return;
      const why = 'something broke on my side, and it is in my log';
      await investigations
        .issueTold(investigation.id, { kind: 'issue-failed', at: clock.now(), by: issue.by, why })
        .catch((told: unknown) => log.error({ error: told }, 'what became of an issue could not be kept'));
    }
  }

  return {
    changed(investigation) {
      if (investigation.issue?.kind !== 'asked' || closing.signal.aborted) return;
      const key = `${investigation.id} ${investigation.issue.at}`;
      if (underWay.has(key)) return;
      underWay.set(
        key,
        guarded(investigation).finally(() => underWay.delete(key)),
      );
    },
    async close() {
      closing.abort(new Error('the bot is stopping'));
      await Promise.all(underWay.values());
    },
  };
}
