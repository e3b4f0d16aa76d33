import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { renderHealth } from '../../src/slack/render/health-message.ts';
import { ms, type Part } from '../figures.ts';
import { leavingAfter } from '../leave.ts';
import { max, median } from '../spread.ts';
import { clusters, everyMs, fill, filled, gather, gatherByObjects, hours } from './fleet.ts';

export const healthTitle = 'Health of a fleet, gathered for one post';
const rounds = 5;
const atMostMs = 5_000;
/** Slack wants an answer within three seconds, and people press meanwhile. */
const heldAtMostMs = 200;

export async function measureHealth(): Promise<Part> {
  const folder = await mkdtemp(join(tmpdir(), 'apidown-bench-'));
  return leavingAfter(
    () => rm(folder, { recursive: true, force: true }),
    async () => {
      const store = await fill(join(folder, 'fleet.db'));
      try {
        const took: number[] = [];
        const held: number[] = [];
        let rendered = 0;
        for (let round = 0; round < rounds; round++) {
          const watch = watchLoop();
          const beganAt = performance.now();
          const report = await gather(store);
          took.push(performance.now() - beganAt);
          held.push(watch.stop());
          const renderedAt = performance.now();
          renderHealth(report, { kind: 'shown', ref: '*' });
          rendered = Math.max(rendered, performance.now() - renderedAt);
        }
        const objectsAt = performance.now();
        await gatherByObjects(store);
        const byObjects = performance.now() - objectsAt;
        return {
          kind: 'measured',
          title: healthTitle,
          notes: [
            `${clusters} clusters, probed every ${everyMs / 1000} s for ${hours} h: ${filled.toLocaleString('en')} samples in the store on disk. Availability, p50 and p99 of each phase, problems and changes of each. ${rounds} times.`,
            'Beside it: the same samples read as objects, each phase sorted for its exact quantiles, and nothing else.',
            'The event loop is held: the longest time in which nothing else had its turn.',
          ],
          figures: [
            {
              what: 'gathered, slowest round',
              measured: ms(max(took)),
              reference: { what: 'samples as objects, sorted', amount: ms(byObjects) },
              limit: { kind: 'atMost', value: atMostMs },
            },
            { what: 'gathered, median', measured: ms(median(took)), reference: null, limit: null },
            {
              what: 'event loop held, worst',
              measured: ms(max(held)),
              reference: { what: 'median of the rounds', amount: ms(median(held)) },
              limit: { kind: 'atMost', value: heldAtMostMs },
            },
            { what: 'rendered, slowest', measured: ms(rendered), reference: null, limit: null },
          ],
        };
      } finally {
        await store.close();
      }
    },
  );
}

/** The longest time between two turns of a timer that wants one every millisecond. */
function watchLoop(): { stop(): number } {
  let lastAt = performance.now();
  let worst = 0;
  const turn = (): void => {
    const nowAt = performance.now();
    worst = Math.max(worst, nowAt - lastAt);
    lastAt = nowAt;
  };
  const timer = setInterval(turn, 1);
  return {
    stop() {
      turn();
      clearInterval(timer);
      return worst;
    },
  };
}
