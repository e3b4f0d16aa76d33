import type { Store } from '../../src/store/store.ts';
import { changeNumber } from '../journal/fill.ts';
import { quantile } from '../spread.ts';

/** The same store with nobody between: what agent, link and hub are held against. */
export interface Bare {
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** In batches as large as the link's. */
  readonly perSecond: number;
}

const singles = 500;
const batchSize = 500;
const batches = 20;

export async function storeAlone({ streams }: Store): Promise<Bare> {
  const stream = { cluster: 'beside', role: 'cluster', instance: 'beside', stream: 'beside' } as const;
  let done = 0;
  const take = async (count: number): Promise<number> => {
    const now = Date.now();
    const records = Array.from({ length: count }, (_, index) => ({
      kind: 'change' as const,
      change: changeNumber(done + index, now),
    }));
    const beganAt = performance.now();
    await streams.take(stream, done + 1, records);
    done += count;
    return performance.now() - beganAt;
  };
  const one: number[] = [];
  while (one.length < singles) one.push(await take(1));
  let many = 0;
  for (let batch = 0; batch < batches; batch++) many += await take(batchSize);
  return {
    p50Ms: quantile(one, 0.5),
    p99Ms: quantile(one, 0.99),
    perSecond: (batches * batchSize * 1_000) / many,
  };
}
