/** How many rows go into one statement: many enough to pay, and far from the engine's limit of parameters. */
const ROWS = 200;

export function* inChunks<T>(rows: readonly T[]): Generator<T[]> {
  for (let start = 0; start < rows.length; start += ROWS) yield rows.slice(start, start + ROWS);
}
