import type { OutsideSource, SourceTrouble } from './source.ts';

/** How a source fares. Times are epoch ms. */
export type SourceHealth =
  /** Its first look is not over. */
  | { readonly kind: 'notYet' }
  | { readonly kind: 'working'; readonly sinceAt: number }
  /** The last look failed, or a part of it. */
  | { readonly kind: 'inTrouble'; readonly sinceAt: number; readonly troubles: readonly Trouble[] };

/** `broke`: not what it asks failed, but the source itself, or keeping what it told. */
export type Trouble = Omit<SourceTrouble, 'kind'> & { readonly kind: SourceTrouble['kind'] | 'broke' };

/** `partly`: something failed while another part answered. */
export type LookOutcome = 'whole' | 'partly' | 'failed';

export interface SourceState {
  readonly source: OutsideSource;
  readonly health: SourceHealth;
  /** When its last look ended. Epoch ms; null before the first. */
  readonly lastLookedAt: number | null;
  readonly looks: Readonly<Record<LookOutcome, number>>;
}

export function outcomeOf(troubles: readonly Trouble[], isCovered: boolean): LookOutcome {
  if (troubles.length === 0) return 'whole';
  return isCovered ? 'partly' : 'failed';
}

export function healthAfter(before: SourceHealth, troubles: readonly Trouble[], nowAt: number): SourceHealth {
  if (troubles.length === 0) return before.kind === 'working' ? before : { kind: 'working', sinceAt: nowAt };
  return { kind: 'inTrouble', sinceAt: before.kind === 'inTrouble' ? before.sinceAt : nowAt, troubles };
}
