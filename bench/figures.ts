type Unit = 'ms' | 'MB' | '×' | 'of' | '/s' | '/h';

/** One thing that was measured, beside what it is held against. */
export interface Figure {
  readonly what: string;
  readonly measured: Amount;
  /** Measured in the same run; null where the figure itself only explains another. */
  readonly reference: { readonly what: string; readonly amount: Amount | null } | null;
  readonly limit: Limit | null;
}

export interface Amount {
  readonly value: number;
  readonly unit: Unit;
  /** `500 of 500` */
  readonly of?: number;
}

/** In the unit of what was measured. */
export interface Limit {
  readonly kind: 'atMost' | 'atLeast';
  readonly value: number;
}

/** What belongs together in the printed table. */
export type Part = Measured | Skipped | Failed;

interface Measured {
  readonly kind: 'measured';
  readonly title: string;
  /** How it was measured, and what a reader might take wrongly. */
  readonly notes: readonly string[];
  readonly figures: readonly Figure[];
}

interface Skipped {
  readonly kind: 'skipped';
  readonly title: string;
  /** What is missing for it, and how to get it. */
  readonly why: string;
}

/** It broke before there was anything to print: what was promised is not met. */
interface Failed {
  readonly kind: 'failed';
  readonly title: string;
  readonly why: string;
}

/** null where nothing was promised. */
export function isMet({ measured, limit }: Figure): boolean | null {
  if (limit === null) return null;
  return limit.kind === 'atMost' ? measured.value <= limit.value : measured.value >= limit.value;
}

export function everyLimitMet(parts: readonly Part[]): boolean {
  return parts.every((part) => {
    if (part.kind !== 'measured') return part.kind === 'skipped';
    return part.figures.every((figure) => isMet(figure) !== false);
  });
}

export function ms(value: number): Amount {
  return { value, unit: 'ms' };
}

export function mb(bytes: number): Amount {
  return { value: bytes / 2 ** 20, unit: 'MB' };
}
