import { randomUUID } from 'node:crypto';
import type { Clock } from '../ops/clock.ts';
import type { Log } from '../ops/log.ts';
import { besideOf, checksAsked } from '../playbook/asked.ts';
import { stepById, steps } from '../playbook/playbook.ts';
import type { Step, StepId } from '../playbook/step.ts';
import type { CheckId } from '../words/check.ts';
import type { Evidence, Finding } from '../words/evidence.ts';
import type { Actor } from '../words/person.ts';
import { sameVantage, type Vantage, vantageName } from '../words/vantage.ts';
import type { Change, Changed } from './changes.ts';
import { concludeRun, type Silence } from './conclude-run.ts';
import { startOf } from './decide.ts';
import type { InvestigationEvent } from './events.ts';
import { paramsFor } from './params.ts';
import type { CheckAnswer, ClusterBook, ClusterProfile, Vantages } from './ports.ts';
import { expectedSilences } from './silences.ts';
import type { Asked, Investigation, StepRun } from './state.ts';

export interface RunPorts {
  readonly vantages: Vantages;
  readonly clusters: ClusterBook;
  readonly clock: Clock;
  readonly log: Log;
  /** Validates the facts and judges them; pure. */
  judge(
    check: CheckId,
    params: unknown,
    facts: unknown,
    vantage: Vantage,
    nowAt: number,
  ): Finding | { readonly kind: 'malformed'; readonly message: string };
  /** The endpoint that step 1's facts name; null when they name none. */
  endpointIn(facts: unknown): string | null;
}

interface Journal {
  readonly change: Change;
  load(id: string): Promise<Investigation | null>;
}

interface Work {
  readonly id: string;
  readonly step: Step;
  readonly run: number;
  readonly signal: AbortSignal;
}

/** How long one vantage may take for one check. */
const checkDeadlineMs = 15_000;
/** How long a restarted bot waits for its agents to dial in again. */
const reconnectMs = 20_000;
/** A run older than this is not picked up: its answers would no longer belong together. */
const pickUpWithinMs = 5 * 60_000;

const itself: Actor = { kind: 'itself' };

/** Carries out the runs of steps: asks the vantages, judges their facts, writes everything into the investigation. */
export function createRuns(ports: RunPorts, journal: Journal) {
  const aborts = new Map<string, AbortController>();
  const working = new Set<Promise<void>>();

  function start(investigation: Investigation, events: readonly InvestigationEvent[]): void {
    for (const event of events) {
      if (event.kind === 'run-started') track(investigation.id, event.step, event.run, askEveryone);
    }
  }

  function pickUp(investigation: Investigation, step: StepId, run: number): void {
    track(investigation.id, step, run, pickUpRun);
  }

  function track(id: string, step: StepId, run: number, job: (work: Work) => Promise<void>): void {
    const abort = aborts.get(id) ?? new AbortController();
    aborts.set(id, abort);
    const work = { id, step: stepById(step), run, signal: abort.signal };
    const done = job(work).catch(async (error: unknown) => {
      if (abort.signal.aborted) return;
      ports.log.error({ investigation: id, step, run, error }, 'a run broke');
      await append(work, () => [{ kind: 'run-interrupted', at: ports.clock.now(), by: itself, step, run }]);
    });
    const settled = done
      .catch((error: unknown) =>
        ports.log.error({ investigation: id, step, run, error }, 'a broken run could not be recorded'),
      )
      .finally(() => working.delete(settled));
    working.add(settled);
  }

  async function askEveryone(work: Work): Promise<void> {
    const profile = await profileOf(work.id);
    if (profile === null) return;
    const asked = ports.vantages
      .connected(profile.name)
      .flatMap(({ vantage, checks }) =>
        checksAsked(work.step, vantage.kind).flatMap((check) => (checks.includes(check) ? [{ vantage, check }] : [])),
      );
    const at = ports.clock.now();
    const { step, run } = work;
    if (asked.length > 0) {
      await append(work, () =>
        asked.map((one) => ({ kind: 'vantage-asked', at, by: itself, step: step.id, run, ...one })),
      );
    }
    const silences = await Promise.all(asked.map((one) => ask(work, profile, one)));
    await finish(work, profile, silences);
  }

  /** A run that a stopped bot left: asks again whom it had asked and not heard. */
  async function pickUpRun(work: Work): Promise<void> {
    const state = await journal.load(work.id);
    const profile = await profileOf(work.id);
    const left = state?.steps[work.step.id].runs.find((run) => run.run === work.run);
    if (state === null || profile === null || left === undefined) return;
    if (ports.clock.now() - left.startedAt > pickUpWithinMs) {
      const at = ports.clock.now();
      await append(work, () => [{ kind: 'run-interrupted', at, by: itself, step: work.step.id, run: work.run }]);
      return;
    }
    const unheard = left.asked.filter((one) => !left.evidence.some((evidence) => isAnswerTo(one, evidence)));
    const everyone = left.asked.length === 0;
    const patience = AbortSignal.any([work.signal, AbortSignal.timeout(reconnectMs)]);
    if (everyone) {
      const seen = ports.vantages.absent(profile.name).map(({ vantage }) => vantage);
      const hopedFor = seen.filter(({ kind }) => checksAsked(work.step, kind).includes(work.step.check));
      await Promise.all(hopedFor.map((vantage) => ports.vantages.awaitConnected(profile.name, vantage, patience)));
      return askEveryone(work);
    }
    const silences = await Promise.all(
      unheard.map(async (one) => {
        await ports.vantages.awaitConnected(profile.name, one.vantage, patience);
        return ask(work, profile, one);
      }),
    );
    await finish(work, profile, silences);
  }

  /** Asks one vantage for one check; null when its evidence is in the investigation, else why it is not. */
  async function ask(work: Work, profile: ClusterProfile, { vantage, check }: Asked): Promise<Silence | null> {
    const state = await journal.load(work.id);
    if (state === null) return null;
    const params = paramsFor(check, profile, state, ports.vantages.connected(profile.name));
    const command = { id: randomUUID(), check, params, deadlineAt: ports.clock.now() + checkDeadlineMs };
    const answer = await ports.vantages.run(profile.name, vantage, command, work.signal);
    work.signal.throwIfAborted();
    const beside = besideOf(work.step, check);
    const who = beside === null ? vantageName(vantage) : `${vantageName(vantage)}, asked for the ${beside.words},`;
    const silent = (why: string): Silence => ({ kind: vantage.kind, vantage, check, why: `${who} ${why}` });
    if (answer.kind !== 'answered') return silent(whyUnanswered(answer));
    const finding = ports.judge(check, params, answer.facts, vantage, ports.clock.now());
    if ('kind' in finding)
      return silent(`answered with something this bot can't read (${finding.message}): compare versions`);
    await append(work, () => [evidenceEvent(work, { vantage, check }, answer, finding)]);
    return null;
  }

  function evidenceEvent(
    work: Work,
    { vantage, check }: Asked,
    answer: Extract<CheckAnswer, { kind: 'answered' }>,
    finding: Finding,
  ): InvestigationEvent {
    const { facts, gatheredAt, asOfAt, tookMs } = answer;
    const evidence: Evidence = { check, vantage, ...finding, facts, gatheredAt, asOfAt, tookMs };
    return {
      kind: 'evidence-gathered',
      at: ports.clock.now(),
      by: itself,
      step: work.step.id,
      run: work.run,
      evidence,
    };
  }

  async function finish(work: Work, profile: ClusterProfile, asked: readonly (Silence | null)[]): Promise<void> {
    const { step, run, id } = work;
    const silences = asked.filter((silence) => silence !== null);
    const changed = await append(work, (state, mine) => {
      const heard = mine.evidence.filter(({ check }) => check === step.check).map(({ vantage }) => vantage);
      const expected = expectedSilences(step, profile, heard, silences, ports.vantages.absent(profile.name));
      const conclusion = concludeRun(step, mine.evidence, [...silences, ...expected], profile.knowledge.provider);
      const at = ports.clock.now();
      return [
        { kind: 'run-finished', at, by: itself, step: step.id, run, ...conclusion, missing: [...conclusion.missing] },
        ...(step.id === 'endpoint' ? afterEndpoint(state, mine, at) : []),
      ];
    });
    if (changed.kind === 'done') {
      const started = changed.events.filter((event) => event.kind === 'run-started');
      start(changed.investigation, started);
    } else {
      ports.log.debug(
        { investigation: id, step: step.id, run },
        'a run finished after the investigation was concluded',
      );
    }
  }

  /** Step 1 may be the first to know the endpoint; steps that waited for it start now. */
  function afterEndpoint(state: Investigation, mine: StepRun, at: number): InvestigationEvent[] {
    const found = mine.evidence
      .filter(({ check }) => check === stepById('endpoint').check)
      .map(({ facts }) => ports.endpointIn(facts))
      .find((url) => url !== null);
    const waiting = steps.filter((step) => state.steps[step.id].runs.length === 0);
    return [
      ...(state.endpoint === null && found !== undefined
        ? [{ kind: 'endpoint-set' as const, at, by: itself, url: found }]
        : []),
      ...waiting.map((step) => startOf(state.steps[step.id], itself, at)),
    ];
  }

  /** Appends only while the run is still running: a conclusion or an interruption ends it for good. */
  function append(work: Work, make: (state: Investigation, mine: StepRun) => InvestigationEvent[]): Promise<Changed> {
    return journal.change(work.id, (state) => {
      const mine = state.steps[work.step.id].runs.find((run) => run.run === work.run);
      if (state.conclusion !== null || mine?.status !== 'running') {
        return { kind: 'refused', message: 'the run is over' };
      }
      return { kind: 'events', events: make(state, mine) };
    });
  }

  async function profileOf(id: string): Promise<ClusterProfile | null> {
    const state = await journal.load(id);
    return state === null ? null : ports.clusters.profile(state.cluster);
  }

  function abort(id: string): void {
    aborts.get(id)?.abort(new Error('the investigation was concluded'));
    aborts.delete(id);
  }

  return {
    start,
    pickUp,
    abort,
    async close() {
      for (const id of aborts.keys()) abort(id);
      await Promise.allSettled(working);
    },
  };
}

function isAnswerTo({ vantage, check }: Asked, evidence: Evidence): boolean {
  return evidence.check === check && sameVantage(evidence.vantage, vantage);
}

function whyUnanswered(answer: Exclude<CheckAnswer, { kind: 'answered' }>): string {
  switch (answer.kind) {
    case 'failed':
      return `could not run the check: ${answer.message}`;
    case 'timedOut':
      return `did not answer within ${Math.round(answer.afterMs / 1000)} s`;
    case 'offline':
      return 'is not connected to the bot';
    default:
      return answer satisfies never;
  }
}
