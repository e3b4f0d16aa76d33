import { expect, test } from 'vitest';
import { keptSamples } from '../../src/probe/kept-samples.ts';
import { logOf } from './log.ts';
import { pod, round, way } from './rounds.ts';

/** What is written of each address, as it goes. */
function kept() {
  const written: string[] = [];
  const add = async (series: { address: string | null }, samples: readonly { at: number; good: boolean }[]) => {
    for (const { at, good } of samples) written.push(`${series.address} ${at / 1_000} ${good ? 'good' : 'bad'}`);
  };
  return { written, samples: keptSamples({ add }, logOf()) };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

test('a few at a time while all is as before, and at once when it turns', async () => {
  const { written, samples } = kept();
  samples.keep(round(0, 'good'));
  await settled();
  expect(written).toEqual(['192.0.2.1 0 good']);
  for (const at of [1_000, 2_000, 3_000]) samples.keep(round(at, 'good'));
  await settled();
  expect(written).toHaveLength(1);
  samples.keep(round(4_000, 'refused'));
  await settled();
  expect(written.slice(1)).toEqual(['1 good', '2 good', '3 good', '4 bad'].map((text) => `192.0.2.1 ${text}`));
});

test('a name that leads elsewhere: what was good where it led before is written as well', async () => {
  const { written, samples } = kept();
  for (const at of [0, 1_000, 2_000]) {
    samples.keep(round(at, { '192.0.2.1': 'good' }));
    samples.keep(round(at + 500, 'good', { way: way(pod) }));
    await settled();
  }
  samples.keep(round(3_000, { '192.0.2.99': 'refused' }));
  await settled();
  expect(written).toEqual([
    '192.0.2.1 0 good',
    '192.0.2.1 0.5 good',
    '192.0.2.1 1 good',
    '192.0.2.1 2 good',
    '192.0.2.99 3 bad',
  ]);
});
