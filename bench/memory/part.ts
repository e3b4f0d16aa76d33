import { type Figure, mb, type Part } from '../figures.ts';
import type { Resident } from './resident.ts';

/** A process that was measured at rest. */
export interface Resting {
  readonly who: string;
  readonly program: 'agent' | 'bot';
  readonly resident: Resident;
}

export const memoryTitle = 'Memory at rest (RSS)';
const atMostMb = { agent: 190, bot: 220 } as const;

/** What the kernel counts is read as Linux tells it. */
export function memorySkipped(): Part | null {
  if (process.platform === 'linux') return null;
  return { kind: 'skipped', title: memoryTitle, why: `it is read from /proc, which ${process.platform} does not have` };
}

export function memoryPart(
  bare: Resident,
  resting: readonly Resting[],
  imports: readonly Figure[],
  missing: string | null,
): Part {
  const own = resting.map(({ who, resident }) => `${who}: ${(resident.own / 2 ** 20).toFixed(0)} MB`);
  return {
    kind: 'measured',
    title: memoryTitle,
    notes: [
      'As the kernel counts it (VmRSS), the largest of several readings, after 15 s in which the process had nothing to do but what it does by itself. No garbage collection is asked for.',
      `Part of it are pages of files, Node's own program above all, which processes share. Without them (RssAnon), bare Node: ${(bare.own / 2 ** 20).toFixed(0)} MB; ${own.join('; ')}.`,
      'What takes it: each import alone in a fresh process, median of 3; they share much, so they do not add up.',
      ...(missing === null ? [] : [`Without the agents: ${missing}`]),
    ],
    figures: [
      ...resting.map(
        ({ who, program, resident }): Figure => ({
          what: who,
          measured: mb(resident.rss),
          reference: { what: 'bare Node', amount: mb(bare.rss) },
          limit: { kind: 'atMost', value: atMostMb[program] },
        }),
      ),
      ...imports,
    ],
  };
}
