type ReadAgo =
  | { readonly kind: 'ago'; readonly agoMs: number; readonly sureToMs: number }
  | { readonly kind: 'unclear'; readonly part: string; readonly why: string };

/**
 * Largest first. `sureToMs`: how far off the word may be in either direction; people say `25 min ago` for anything nearer
 * to 25 than to 24 or 26, and need a few seconds to say it.
 */
const UNITS = [
  { names: /^(d|days?)$/, ms: 86_400_000, sureToMs: 43_200_000 },
  { names: /^(h|hrs?|hours?)$/, ms: 3_600_000, sureToMs: 1_800_000 },
  { names: /^(m|mins?|minutes?)$/, ms: 60_000, sureToMs: 30_000 },
  { names: /^(s|secs?|seconds?)$/, ms: 1_000, sureToMs: 5_000 },
] as const;

/** `25 min ago`, `10m ago`, `1h 20m ago`, `an hour ago`; null when it does not end with `ago`. Pure. */
export function readAgo(words: string): ReadAgo | null {
  const text = /^(.*?) ?\bago$/i.exec(words)?.[1]?.toLowerCase();
  if (text === undefined) return null;
  const wrong = { kind: 'unclear', part: words, why: 'say it as 25 min ago, 1h 20m ago or 30 s ago' } as const;
  const pieces = [...text.matchAll(/(\d{1,5}|\ban?\b) ?([a-z]+)/g)];
  const between = text.replaceAll(/(\d{1,5}|\ban?\b) ?([a-z]+)/g, '').replaceAll(/[\s,]/g, '');
  if (pieces.length === 0 || between !== '') return wrong;
  let smallest = -1;
  let agoMs = 0;
  for (const [, count = '', name = ''] of pieces) {
    const unit = UNITS.findIndex(({ names }) => names.test(name));
    // Each unit once, the larger before the smaller.
    if (unit <= smallest) return wrong;
    smallest = unit;
    agoMs += (/^an?$/.test(count) ? 1 : Number(count)) * (UNITS[unit]?.ms ?? 0);
  }
  return { kind: 'ago', agoMs, sureToMs: UNITS[smallest]?.sureToMs ?? 0 };
}
