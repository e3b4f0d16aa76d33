import type { Log } from '../ops/log.ts';
import { StreamRecord } from '../words/stream.ts';
import { onBotClock } from './hub-clock.ts';
import type { Place, Roster } from './hub-roster.ts';
import type { AgentInfo, Session } from './hub-session.ts';
import { Resume, type StreamAnswer, StreamBatch } from './protocol.ts';

/** Where the records of agents go. */
export interface RecordPorts {
  /** Resolves once they are durable: only then is the agent told that it may forget them. Times are on the bot's clock. */
  onRecords(
    from: AgentInfo,
    stream: string,
    firstSeq: number,
    records: readonly StreamRecord[],
  ): Promise<{ readonly last: number }>;
  /** The last number of this agent's stream that is durable; 0: none. */
  lastSeq(from: AgentInfo, stream: string): Promise<number>;
}

/** Takes what agents tell unasked: in order, once, and from the newest session alone. Its answers never reject. */
export interface StreamDesk {
  resume(session: Session, message: unknown): Promise<StreamAnswer>;
  take(session: Session, message: unknown): Promise<StreamAnswer>;
  /** Resolves when nothing is being kept any more, which it is not for long once no agent is connected. */
  idle(): Promise<void>;
}

/** An honest agent has one batch of each of its few streams under way. */
const AT_ONCE = 4;

export function streamDesk(options: {
  /** null: this bot keeps no records. */
  readonly ports: RecordPorts | null;
  readonly roster: Pick<Roster, 'at'>;
  readonly log: Log;
}): StreamDesk {
  const { ports, roster, log } = options;
  const lines = placeLines();
  const underWay = new WeakMap<Session, number>();

  async function inTurn(
    session: Session,
    work: (ports: RecordPorts, from: AgentInfo) => Promise<StreamAnswer>,
  ): Promise<StreamAnswer> {
    if (ports === null) return refused('This bot keeps no changes ahead of being asked.');
    const already = underWay.get(session) ?? 0;
    if (already >= AT_ONCE)
      return refused(`${AT_ONCE} of this agent's messages are under way; wait for their answers.`);
    underWay.set(session, already + 1);
    try {
      return await lines.inTurn(session.place, async () => {
        // What an older session still had under way must not mix with what the newer one was told.
        if (roster.at(session.place) !== session) return refused('This session is over.');
        return await work(ports, session.info());
      });
    } catch (error) {
      log.error({ error, ...session.place, epoch: session.epoch }, 'What an agent told could not be kept');
      return refused("The bot could not keep it: see the bot's log.");
    } finally {
      underWay.set(session, (underWay.get(session) ?? 1) - 1);
    }
  }

  return {
    idle: lines.idle,

    async resume(session, message) {
      const resume = Resume.safeParse(message);
      if (!resume.success) return refused('This names no stream.');
      return await inTurn(session, async ({ lastSeq }, from) => ({
        kind: 'taken',
        last: await lastSeq(from, resume.data.stream),
      }));
    },

    async take(session, message) {
      const batch = StreamBatch.safeParse(message);
      if (!batch.success) {
        const where = [...new Set(batch.error.issues.map((issue) => issue.path.slice(0, 2).join('.')))].join(', ');
        return refused(`The batch is wrong at ${where || 'the message as a whole'}.`.slice(0, 500));
      }
      const { stream, firstSeq, records } = batch.data;
      return await inTurn(session, async ({ lastSeq, onRecords }, from) => {
        const last = await lastSeq(from, stream);
        if (firstSeq > last + 1) {
          return {
            kind: 'outOfStep',
            last,
            message: `The batch begins at ${firstSeq}; ${last + 1} is what comes next.`,
          };
        }
        if (firstSeq + records.length - 1 <= last) return { kind: 'taken', last };
        const read = readRecords(records.slice(last + 1 - firstSeq), last + 1, from);
        if (read.kind === 'spoilt') {
          log.warn({ ...session.place, stream, seq: read.seq, why: read.message }, 'A record of an agent was refused');
          return read;
        }
        const taken = await onRecords(from, stream, last + 1, read.records);
        return { kind: 'taken', last: taken.last };
      });
    },
  };
}

type Read =
  | { readonly kind: 'read'; readonly records: readonly StreamRecord[] }
  | Extract<StreamAnswer, { kind: 'spoilt' }>;

function readRecords(records: readonly unknown[], firstSeq: number, from: AgentInfo): Read {
  const read: StreamRecord[] = [];
  for (const [index, raw] of records.entries()) {
    const seq = firstSeq + index;
    const record = StreamRecord.safeParse(raw);
    if (!record.success) {
      const where = [...new Set(record.error.issues.map((issue) => issue.path.join('.')))].join(', ');
      return { kind: 'spoilt', seq, message: `It is wrong at ${where || 'the record as a whole'}.`.slice(0, 500) };
    }
    // A key lets an agent speak for its own cluster alone.
    if (record.data.kind === 'samples' && record.data.series.cluster !== from.cluster) {
      return { kind: 'spoilt', seq, message: `These are samples of another cluster than ${from.cluster}.` };
    }
    read.push(onBotClock(record.data, from.clockOffsetMs));
  }
  return { kind: 'read', records: read };
}

/** For each place, one piece of work after the other, whichever session it comes from. */
function placeLines(): { inTurn<T>(place: Place, work: () => Promise<T>): Promise<T>; idle(): Promise<void> } {
  const ends = new Map<string, Promise<unknown>>();
  return {
    async idle() {
      await Promise.all(ends.values());
    },
    async inTurn(place, work) {
      const key = JSON.stringify([place.cluster, place.role, place.instance]);
      const before = ends.get(key) ?? Promise.resolve();
      const own = before.then(work);
      // How it ends is the business of whoever waits for it; the next one only waits.
      const end = own.catch(() => undefined);
      ends.set(key, end);
      try {
        return await own;
      } finally {
        if (ends.get(key) === end) ends.delete(key);
      }
    },
  };
}

function refused(message: string): StreamAnswer {
  return { kind: 'refused', message };
}
