/** The candidate that `text` was most likely meant to be; null when none is near (a third of its letters wrong, or more). */
export function closest(text: string, candidates: readonly string[]): string | null {
  const wanted = text.toLowerCase().slice(0, 64);
  let best: { candidate: string; steps: number } | null = null;
  for (const candidate of candidates) {
    const steps = editSteps(wanted, candidate.toLowerCase());
    const near = candidate.toLowerCase().startsWith(wanted) && wanted.length >= 2;
    if (!near && steps > Math.max(1, Math.floor(candidate.length / 3))) continue;
    if (best === null || steps < best.steps) best = { candidate, steps };
  }
  return best?.candidate ?? null;
}

/** Letters added, dropped, exchanged, or two neighbours swapped (optimal string alignment). */
function editSteps(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] = Math.min(
        (row[j - 1] ?? 0) + 1,
        (last[j] ?? 0) + 1,
        (last[j - 1] ?? 0) + (same ? 0 : 1),
        swapped ? (beforeLast[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
