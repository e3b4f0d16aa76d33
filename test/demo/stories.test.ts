import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import { clusterName } from '../../dev/demo/deployment.ts';
import { createStage } from '../../dev/demo/stage.ts';
import { stories } from '../../dev/demo/stories.ts';
import type { Stage } from '../../dev/workspace/page/stage.ts';
import { type Stand, startStand } from './stand.ts';

/*
 * All stories in one world, one after the other: the fault is made where it happens, and the product, which is told
 * nothing, has to find its cause among what was changed beside it and in the stories before.
 */

const patience = 120_000;

let stand: Stand;
let stage: Stage;

beforeAll(async () => {
  stand = await startStand();
  stage = createStage({ ready: Promise.resolve(stand), stories });
}, patience);

afterAll(() => stand?.close());

describe('a story is played in the page', () => {
  test.each(stories)('$title: its cause is ranked first', { timeout: patience }, async ({ id, cause, script }) => {
    onTestFailed(() => console.log(stand.told(), stand.processes.tails()));
    const { person } = stand;
    await reached('healthy');
    expect(await stage.start(id)).toEqual({ kind: 'started' });
    await reached('broken');
    await person.investigate(clusterName, cause);
    await person.readDiagnosis(cause);
    await stage.mend();
    expect(stage.state()).toMatchObject({ kind: 'healthy', story: null });
    await person.conclude(script.conclusion);
    expect(stand.workspace.violations).toEqual([]);
    expect(stand.processes.errors()).toEqual([]);
  });

  test('what is said on the way gives no cause away', () => {
    const said = stage
      .state()
      .said.map(({ text }) => text)
      .join('\n');
    for (const { cause } of stories) expect(said).not.toMatch(cause.title);
  });
});

/** Resolves when the stage is there; rejects when it failed. */
function reached(kind: 'healthy' | 'broken'): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => {
      const state = stage.state();
      if (state.kind !== kind && state.kind !== 'failed') return;
      stop();
      if (state.kind === kind) resolve();
      else reject(new Error(state.said.at(-1)?.text));
    };
    const stop = stage.onChange(look);
    look();
  });
}
