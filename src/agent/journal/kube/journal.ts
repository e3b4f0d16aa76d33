import type { Log } from '../../../ops/log.ts';
import type { Change } from '../../../words/change.ts';
import type { KubeSnapshot } from '../../../words/kube.ts';
import type { Entry } from '../../kube/follow.ts';
import type { NoteTaker } from '../../kube/notes.ts';
import { asOf, type Standing } from '../../kube/standing.ts';
import type { StandingOrder } from '../../order.ts';
import { pause } from '../../pause.ts';
import type { RecordSink } from '../../spool/spool.ts';
import { changeOf } from './change-of.ts';
import { coverageTeller } from './coverage.ts';
import { foundAtFirstLook } from './first-look.ts';
import { happenedAt, type Interval } from './happened.ts';
import { type Judged, judgeChange } from './judge-change.ts';
import type { Memory } from './memory.ts';
import { type Note, tell } from './note.ts';
import { nameOf, type Told } from './told.ts';
import { noteOf } from './watched.ts';

/** Turns what the watches see into changes for the bot, and says how far they see. */
export interface KubeJournal {
  /** To be told of everything that is followed. */
  readonly taker: NoteTaker<Note>;
  /** Something was listed, proven or lost. */
  progressed(): void;
  /** Until the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
}

/** The agent's own state, which is asked once it is there. */
interface Followed {
  snapshot(): KubeSnapshot | null;
  tried(): boolean;
  standings(): ReadonlyMap<string, Standing>;
  otherPolicies(): readonly Standing[] | null;
  clockOffsetMs(): number | null;
}

const TICK_MS = 1_000;
/** Pods and nodes that went, by name, to know what took their place. */
const MOST_DEPARTED = 200;
/** Policies whose changes wait for an order to be judged by. */
const MOST_UNJUDGED = 200;

interface Difference extends Judged {
  readonly version: string | null;
  readonly told: readonly { readonly words: Told; readonly when: Interval }[];
  readonly certainty: Change['certainty'];
}

export function kubeJournal(options: {
  readonly instance: string;
  readonly sink: RecordSink;
  readonly order: StandingOrder;
  readonly memory: Memory;
  readonly followed: () => Followed;
  readonly clock: () => number;
  readonly log: Log;
}): KubeJournal {
  const { instance, sink, order, memory, followed, clock, log } = options;
  const departed = new Map<string, Note>();
  const unjudged = new Map<string, { readonly change: Change; readonly difference: Difference }>();
  /** In the order seen: policies can't be judged before every kind was tried once. */
  let waiting: Difference[] = [];
  const offset = () => followed().clockOffsetMs() ?? 0;
  const coverage = coverageTeller({ instance, sink, clock });

  function differ(uid: string, version: string | null, before: Note | null, after: Note | null, seen: Interval) {
    const predecessor = before === null && after !== null ? (departed.get(keyOf(after)) ?? null) : null;
    if (before !== null && version === null) depart(before);
    const told = tell(before, after, predecessor).map((words) => ({
      words,
      when: happenedAt(words, seen, after, offset()),
    }));
    if (told.length > 0) queue({ uid, version, before, after, told, certainty: 'seen', beforeUnknown: false });
  }

  function depart(note: Note) {
    if (note.kind !== 'Pod' && note.kind !== 'Node') return;
    departed.delete(keyOf(note));
    departed.set(keyOf(note), note);
    const [oldest] = departed.keys();
    if (departed.size > MOST_DEPARTED && oldest !== undefined) departed.delete(oldest);
  }

  function queue(difference: Difference) {
    waiting.push(difference);
    flush();
  }

  function flush() {
    if (waiting.length === 0 || !followed().tried()) return;
    const differences = waiting;
    waiting = [];
    for (const difference of differences) put(difference);
  }

  function put(difference: Difference) {
    const { before, after, uid, version, told, certainty } = difference;
    const note = after ?? before;
    if (note === null) return;
    const standing = order.current();
    const effect = judgeChange(difference, followed().snapshot, standing, log);
    for (const { words, when } of told) {
      const parts = { told: words, note, before, uid, version, instance, when, observedAt: clock(), certainty, effect };
      const change = changeOf(parts);
      sink.put({ kind: 'change', change });
      if (note.kind !== 'NetworkPolicy' || standing !== null || unjudged.size >= MOST_UNJUDGED) continue;
      unjudged.set(change.id, { change, difference });
    }
  }

  /** What was told before the bot said which clients and gateways matter is told again, judged. */
  function judgeAgain() {
    for (const { change, difference } of unjudged.values()) {
      const effect = judgeChange(difference, followed().snapshot, order.current(), log);
      sink.put({ kind: 'change', change: { ...change, effect } });
    }
    unjudged.clear();
  }

  function firstEver(resource: string, entries: Iterable<Entry<Note>>, at: number) {
    const all = [...entries];
    for (const { uid, version, record } of all) memory.put(resource, uid, { version, note: record });
    for (const { uid, version, note, told, when, isCreation } of foundAtFirstLook(all, at, offset())) {
      queue({
        uid,
        version,
        before: null,
        after: note,
        told: [{ words: told, when: { ...when, latestAt: Math.min(when.latestAt, Math.max(at, when.earliestAt)) } }],
        certainty: 'latestKnown',
        beforeUnknown: !isCreation,
      });
    }
  }

  /** What differs from what an earlier life saw happened while there was no agent. */
  function firstSince(resource: string, entries: Iterable<Entry<Note>>, seen: Interval) {
    const now = new Map(Array.from(entries, (entry) => [entry.uid, entry]));
    for (const [uid, { note }] of [...memory.objects(resource)]) {
      if (now.has(uid)) continue;
      memory.remove(resource, uid);
      differ(uid, null, note, null, seen);
    }
    for (const { uid, version, record } of now.values()) {
      const known = memory.objects(resource).get(uid);
      memory.put(resource, uid, { version, note: record });
      if (known?.version !== version) differ(uid, version, known?.note ?? null, record, seen);
    }
  }

  function progressed() {
    flush();
    const { standings, otherPolicies } = followed();
    const now = standings();
    for (const [resource, standing] of now) if (standing.listed) memory.prove(resource, asOf(standing));
    // A change is never told after coverage of its time.
    if (waiting.length === 0) coverage.progressed(now, otherPolicies());
  }

  return {
    taker: {
      note(resource, raw) {
        try {
          return noteOf(resource, raw);
        } catch (error) {
          log.warn({ resource, error }, 'the journal leaves out an object that has not the form expected');
          return null;
        }
      },
      first(resource, entries, askedAt, answeredAt) {
        const earliestAt = memory.provenAt(resource);
        if (earliestAt === null) firstEver(resource, entries, askedAt);
        else firstSince(resource, entries, { earliestAt: Math.min(earliestAt, answeredAt), latestAt: answeredAt });
        memory.prove(resource, askedAt);
      },
      changed(resource, { uid, version, before, after, earliestAt, latestAt }) {
        if (after === null) memory.remove(resource, uid);
        else if (version !== null) memory.put(resource, uid, { version, note: after });
        // It is there and of no interest any more: that is no deletion.
        if (after === null && version !== null) return;
        differ(uid, version, before, after, { earliestAt, latestAt });
      },
    },
    progressed,
    async run(signal) {
      const forget = order.onChange(judgeAgain);
      const kept = memory.run(signal);
      while (!signal.aborted) {
        progressed();
        await pause(TICK_MS, signal);
      }
      forget();
      progressed();
      await kept;
    },
  };
}

function keyOf(note: Note): string {
  return `${note.kind} ${nameOf(note)}`;
}
