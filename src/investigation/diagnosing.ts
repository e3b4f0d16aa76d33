import { isDeepStrictEqual } from 'node:util';
import { diagnose } from '../correlation/diagnose.ts';
import type { Clock } from '../ops/clock.ts';
import type { Log } from '../ops/log.ts';
import { furthest } from '../playbook/rules.ts';
import type { Diagnosis, Hit } from '../words/diagnosis.ts';
import type { Onset } from '../words/onset.ts';
import type { Actor } from '../words/person.ts';
import type { InvestigationEvent } from './events.ts';
import { diagnosisOf } from './leading.ts';
import type { InvestigationService } from './service.ts';
import type { Investigation } from './state.ts';
import { type SurroundingsPorts, surroundingsOf } from './surroundings.ts';

export interface DiagnosingPorts extends SurroundingsPorts {
  readonly investigations: Pick<InvestigationService, 'find' | 'learn' | 'listOpen'>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Diagnosing {
  /** An investigation changed: judges it anew when what changed is something that a diagnosis rests on. */
  changed(investigation: Investigation): void;
  /** Changes, coverage or samples of this cluster came in. */
  learned(cluster: string): void;
  close(): Promise<void>;
}

/** Changes come in bursts; one diagnosis for what came within this. */
const gatherMs = 50;
/** Coverage grows and pending answers fall due by time alone. */
const againEveryMs = 5_000;
/** Nothing that comes so long after the onset is still waited for by itself. */
const watchedForMs = furthest.afterMs + 60 * 60_000;
/** Somebody who asks about an onset of long ago waits for what sources are asked only now. */
const attendedForMs = 60 * 60_000;
/** A new telling of what can't be seen is worth an entry only now and then. */
const restlessMs = 60_000;

const itself: Actor = { kind: 'itself' };

/** Judges every onset of every open investigation, again whenever something that counts has changed. */
export function createDiagnosing(ports: DiagnosingPorts): Diagnosing {
  const { clock, log } = ports;
  const basis = new Map<string, string>();
  const due = new Map<string, NodeJS.Timeout>();
  const working = new Map<string, Promise<void>>();
  let closed = false;

  function touch(id: string): void {
    if (closed || due.has(id)) return;
    const timer = setTimeout(() => {
      due.delete(id);
      const before = working.get(id) ?? Promise.resolve();
      const mine = before
        .then(() => judge(id))
        .catch((error: unknown) => {
          log.error({ investigation: id, error }, 'a diagnosis broke');
        });
      working.set(id, mine);
      void mine.then(() => {
        if (working.get(id) === mine) working.delete(id);
      });
    }, gatherMs);
    due.set(id, timer);
  }

  async function judge(id: string): Promise<void> {
    const investigation = await ports.investigations.find(id);
    if (investigation === null || investigation.conclusion !== null) return;
    for (const onset of investigation.onsets) await judgeOnset(investigation, onset);
  }

  async function judgeOnset(investigation: Investigation, onset: Onset): Promise<void> {
    const nowAt = clock.now();
    const situation = await surroundingsOf(ports, investigation, onset, nowAt);
    if (situation === null) return;
    const diagnosis = kept(diagnose(situation));
    await ports.investigations.learn(investigation.id, (state): InvestigationEvent[] => {
      // What it was judged from may have been overtaken meanwhile: then another judgement is on its way.
      const newest = state.onsets.find(({ id }) => id === onset.id);
      if (!isDeepStrictEqual(newest, onset)) return [];
      const standing = diagnosisOf(state, onset.id);
      if (standing !== null && !isNews(standing, diagnosis, state, nowAt)) return [];
      return [{ kind: 'diagnosed', at: nowAt, by: itself, diagnosis }];
    });
  }

  async function touchOpen(filter: (investigation: Investigation) => boolean): Promise<void> {
    for (const investigation of await ports.investigations.listOpen()) {
      if (filter(investigation)) touch(investigation.id);
    }
  }

  function isWatched({ onsets, openedAt, timeline }: Investigation): boolean {
    const nowAt = clock.now();
    const attendedAt = timeline.findLast(({ by }) => by.kind === 'person')?.at ?? openedAt;
    return nowAt < attendedAt + attendedForMs || onsets.some(({ latestAt }) => nowAt < latestAt + watchedForMs);
  }

  const whenBroken = (error: unknown) => log.error({ error }, 'open investigations could not be judged anew');
  const timer = setInterval(() => void touchOpen(isWatched).catch(whenBroken), againEveryMs).unref();

  return {
    changed(investigation) {
      const { id, conclusion } = investigation;
      const rests = basisOf(investigation);
      if (conclusion !== null) basis.delete(id);
      else if (basis.get(id) !== rests) {
        basis.set(id, rests);
        if (investigation.onsets.length > 0) touch(id);
      }
    },
    learned(cluster) {
      touchOpen((investigation) => investigation.cluster === cluster && isWatched(investigation)).catch(whenBroken);
    },
    async close() {
      closed = true;
      clearInterval(timer);
      for (const each of due.values()) clearTimeout(each);
      await Promise.all(working.values());
    },
  };
}

/** Of all that an investigation holds, what a diagnosis rests on. */
function basisOf({ onsets, widened, endpoint, steps }: Investigation): string {
  const looked = Object.values(steps).map(({ runs }) => runs.map(({ status, evidence }) => [status, evidence.length]));
  return JSON.stringify([onsets, widened, endpoint, looked]);
}

/** As it is stored: ranges of clients have done their work once it is judged, and are long. */
function kept(diagnosis: Diagnosis): Diagnosis {
  const short = (hit: Hit): Hit => ({
    ...hit,
    change: hit.change.effect?.kind === 'passages' ? { ...hit.change, effect: null } : hit.change,
  });
  const answers = diagnosis.answers.map((answer) => ({ ...answer, hits: answer.hits.map(short) }));
  return { ...diagnosis, answers };
}

/** Whether it says something new; how far exactly sources have seen moves all the time, and is told now and then. */
function isNews(standing: Diagnosis, found: Diagnosis, { timeline }: Investigation, nowAt: number): boolean {
  if (isDeepStrictEqual(standing, found)) return false;
  if (!isDeepStrictEqual(withoutUnseen(standing), withoutUnseen(found))) return true;
  const last = timeline.findLast(({ text }) => text.startsWith('judged: '));
  return last === undefined || nowAt - last.at >= restlessMs;
}

function withoutUnseen(diagnosis: Diagnosis): Diagnosis {
  return { ...diagnosis, answers: diagnosis.answers.map((answer) => ({ ...answer, unseen: [] })) };
}
