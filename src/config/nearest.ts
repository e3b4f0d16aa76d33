/** The candidate that somebody who typed `word` most likely meant; null when none is near enough to be a slip. */
export function nearest(word: string, candidates: readonly string[]): string | null {
  const allowed = Math.max(1, Math.floor(word.length / 3));
  const ranked = candidates
    .map((candidate) => ({ candidate, distance: distanceOf(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ distance }) => distance <= allowed)
    .sort((a, b) => a.distance - b.distance);
  return ranked[0]?.candidate ?? null;
}

/** How many letters must be put in, taken out, replaced or swapped with their neighbour (optimal string alignment). */
function distanceOf(a: string, b: string): number {
  const at = (rows: readonly (readonly number[])[], i: number, j: number) => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  const rows: number[][] = [];
  for (let i = 0; i <= a.length; i += 1) {
    const row: number[] = [];
    rows.push(row);
    for (let j = 0; j <= b.length; j += 1) {
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row[j] =
        i === 0 || j === 0
          ? i + j
          : Math.min(
              at(rows, i - 1, j) + 1,
              at(rows, i, j - 1) + 1,
              at(rows, i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1),
              swapped ? at(rows, i - 2, j - 2) + 1 : Number.POSITIVE_INFINITY,
            );
    }
  }
  return at(rows, a.length, b.length);
}
