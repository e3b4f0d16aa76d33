import { join } from 'node:path';
import { z } from 'zod';
import type { Outgoing } from '../../link/client-stream.ts';
import { PAYLOAD_BYTES } from '../../link/protocol.ts';
import type { Log } from '../../ops/log.ts';
import { StreamRecord } from '../../words/stream.ts';
import { laneFolder } from './folder.ts';
import { type Lane, makeLane } from './lane.ts';
import { diskWriter } from './writer.ts';

/** Where producers put what the bot shall know before it asks. */
export interface RecordSink {
  /** Takes it at once, durable soon after. Never throws, never waits. */
  put(record: StreamRecord): void;
}

/** What was seen and is not at the bot yet: on the disk, in order, within a bound. */
export interface Spool extends RecordSink {
  /** Changes and samples, each in its own order, so that neither waits for the other. */
  readonly outgoing: readonly Outgoing[];
  /** Resolves when all that was put is on the disk, and would be there after a kill; never while the disk takes nothing. */
  written(): Promise<void>;
  /** Writes what it can a last time. */
  close(): Promise<void>;
}

export interface SpoolOptions {
  readonly dir: string;
  readonly cluster: string;
  readonly instance: string;
  /** Of all that is kept; beyond it the oldest go, samples first. */
  readonly mostBytes: number;
  /** As long as the disk takes nothing. */
  readonly mostInMemoryBytes?: number | undefined;
  /** Epoch ms. */
  readonly clock: () => number;
  readonly log: Log;
}

/** A record must fit into a message, with the words around it. */
const RECORD_BYTES = PAYLOAD_BYTES - 1_000;
const IN_MEMORY_BYTES = 16 * 1024 * 1024;
const SEGMENTS = 32;
const SEGMENT_BYTES = 1024 * 1024;

/** Takes up what earlier lives left there. Works in memory alone where the folder can't be used, and says so. */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const { dir, cluster, instance, mostBytes, clock, log } = options;
  const mostInMemory = Math.min(mostBytes, options.mostInMemoryBytes ?? IN_MEMORY_BYTES);
  const folders = {
    changes: laneFolder({ dir: join(dir, 'changes'), cluster, instance, log }),
    samples: laneFolder({ dir: join(dir, 'samples'), cluster, instance, log }),
  };
  const writer = diskWriter({
    dir,
    flush: async () => {
      for (const lane of lanes) await lane.flush();
    },
    sync: async () => {
      for (const folder of Object.values(folders)) await folder.sync();
    },
    makeRoom: () => dropOldest('The disk was full.'),
    log,
  });

  async function openLane(name: keyof typeof folders): Promise<Lane> {
    const folder = folders[name];
    let left: Awaited<ReturnType<typeof folder.load>> = { counts: [], segments: [] };
    try {
      left = await folder.load();
    } catch (error) {
      log.warn({ error, dir }, 'What an earlier life kept for the bot can not be read');
    }
    const segmentBytes = Math.min(SEGMENT_BYTES, Math.ceil(mostBytes / SEGMENTS));
    return makeLane({
      name,
      folder,
      left,
      segmentBytes,
      saysGaps: name === 'changes',
      onDirty: writer.kick,
      clock,
      log,
    });
  }

  function dropOldest(why: string): boolean {
    return samples.dropOldest(why) || changes.dropOldest(why);
  }

  /** Samples are worth less than changes, the oldest less than the newest. */
  function keepWithinBounds(): void {
    while (total(lanes, 'bytes') > mostBytes) {
      if (!dropOldest(`The agent could not tell the bot, and may keep no more than ${mebibytes(mostBytes)}.`)) return;
    }
    while (writer.failing() && total(lanes, 'inMemory') > mostInMemory) {
      if (!dropOldest(`The agent could neither tell the bot nor write to its disk.`)) return;
    }
  }

  function add(record: StreamRecord): void {
    const parsed = StreamRecord.safeParse(record);
    const why = parsed.success ? tooLarge(parsed.data) : `It is malformed. ${z.prettifyError(parsed.error)}`;
    if (parsed.success && why === null) {
      (record.kind === 'samples' ? samples : changes).add(parsed.data);
      return;
    }
    log.error({ kind: record.kind, why }, 'A record for the bot can not be taken');
    const at = clock();
    if (record.kind !== 'samples')
      changes.add({ kind: 'gap', fromAt: at, toAt: at, lost: 1, why: `${why}`.slice(0, 500) });
  }

  const changes = await openLane('changes');
  const samples = await openLane('samples');
  const lanes = [changes, samples];
  keepWithinBounds();
  writer.kick();

  return {
    outgoing: lanes,
    put(record) {
      try {
        add(record);
        keepWithinBounds();
      } catch (error) {
        log.error({ error }, 'A record for the bot could not be taken');
      }
    },
    written: writer.written,
    async close() {
      await writer.close();
      for (const folder of Object.values(folders)) {
        await folder
          .close()
          .catch((error: unknown) => log.warn({ error, dir }, 'A file of the spool could not be closed'));
      }
    },
  };
}

function tooLarge(record: StreamRecord): string | null {
  const bytes = Buffer.byteLength(JSON.stringify(record));
  return bytes <= RECORD_BYTES ? null : `It is too large to be sent: ${bytes} bytes, at most ${RECORD_BYTES}.`;
}

function total(lanes: readonly Lane[], what: 'bytes' | 'inMemory'): number {
  return lanes.reduce((sum, lane) => sum + lane.size()[what], 0);
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 1024 / 1024)} MiB`;
}
