import { expect, test } from 'vitest';
import { createStage } from '../../dev/demo/stage.ts';
import type { Stage, StageState } from '../../dev/workspace/page/stage.ts';

/*
 * The stage alone: what it allows when, and in which order. The cluster is a list of what was done to it, and the prober
 * sees what the test says; stories.test.ts plays with the real ones.
 */

type Sight = 'isDown' | 'isBack' | 'hasSettled';

interface Played {
  readonly stage: Stage;
  /** What was done to the cluster, in order. */
  readonly done: string[];
  stands(): void;
  fails(error: Error): void;
  /** The prober sees it, as soon as somebody waits for that, or it gives up with an error. */
  sees(sight: Sight, error?: Error): void;
  reaches(kind: StageState['kind']): Promise<void>;
}

function play(): Played {
  const done: string[] = [];
  const sights = Object.fromEntries(
    (['isDown', 'isBack', 'hasSettled'] as const).map((name) => [name, Promise.withResolvers<void>()]),
  );
  const wait = (name: Sight) => async () => {
    const sight = sights[name];
    await sight?.promise.finally(() => (sights[name] = Promise.withResolvers()));
  };
  const knows = {
    isDown: async () => {
      await wait('isDown')();
      return outage;
    },
    isBack: wait('isBack'),
    hasSettled: wait('hasSettled'),
  };
  const ready = Promise.withResolvers<{ cluster: string[]; knows: typeof knows }>();
  const stories = ['flood', 'fire'].map((id) => ({
    id,
    title: `The ${id}`,
    about: `There is a ${id}.`,
    breakIt: async (cluster: string[]) => void cluster.push(`break ${id}`),
    mend: async (cluster: string[]) => void cluster.push(`mend ${id}`),
  }));
  const stage = createStage({ ready: ready.promise, stories });
  return {
    stage,
    done,
    stands: () => ready.resolve({ cluster: done, knows }),
    fails: ready.reject,
    sees(sight, error) {
      if (error === undefined) sights[sight]?.resolve();
      else sights[sight]?.reject(error);
    },
    reaches: (kind) =>
      new Promise((resolve) => {
        const look = () => {
          if (stage.state().kind !== kind) return;
          stop();
          resolve();
        };
        const stop = stage.onChange(look);
        look();
      }),
  };
}

const outage = {
  id: 'outage',
  cluster: 'demo',
  incident: 'incident',
  words: 'it is down',
  onset: {
    id: 'onset',
    method: 'prober' as const,
    earliestAt: 0,
    latestAt: 0,
    words: 'it began',
    sources: [],
    scope: 'unknown' as const,
    recovery: null,
  },
};

test('story after story: broken when the prober says so, mended when it has settled', async () => {
  const { stage, done, stands, sees, reaches } = play();
  stands();
  await reaches('healthy');
  for (const id of ['flood', 'fire', 'flood']) {
    expect(await stage.start(id)).toEqual({ kind: 'started' });
    expect(stage.state()).toMatchObject({ kind: 'breaking', story: id });
    sees('isDown');
    await reaches('broken');
    const mended = stage.mend();
    sees('isBack');
    await reaches('mending');
    sees('hasSettled');
    await mended;
    expect(stage.state()).toMatchObject({ kind: 'healthy', story: null });
  }
  expect(done).toEqual(['break flood', 'mend flood', 'break fire', 'mend fire', 'break flood', 'mend flood']);
});

test('one story at a time, and none before the cluster stands; each refusal says what to do', async () => {
  const { stage, done, stands, sees, reaches } = play();
  expect(await stage.start('flood')).toMatchObject({ kind: 'refused', why: expect.stringMatching(/being started/) });
  stands();
  await reaches('healthy');
  expect(await stage.start('plague')).toMatchObject({ kind: 'refused', why: expect.stringMatching(/no such story/) });
  await stage.start('flood');
  expect(await stage.start('fire')).toMatchObject({ kind: 'refused', why: expect.stringMatching(/mend that one/) });
  sees('isDown');
  await reaches('broken');
  expect(await stage.start('fire')).toMatchObject({ kind: 'refused' });
  const mended = stage.mend();
  await reaches('mending');
  expect(await stage.start('fire')).toMatchObject({ kind: 'refused', why: expect.stringMatching(/being mended/) });
  sees('isBack');
  sees('hasSettled');
  await mended;
  expect(done).toEqual(['break flood', 'mend flood']);
});

test('mended while it breaks, and by two at once: mended once, after it was broken', async () => {
  const { stage, done, stands, sees, reaches } = play();
  await stage.mend();
  stands();
  await reaches('healthy');
  await stage.mend();
  await stage.start('flood');
  const both = [stage.mend(), stage.mend()];
  sees('isDown');
  sees('isBack');
  sees('hasSettled');
  await Promise.all(both);
  expect(stage.state().kind).toBe('healthy');
  expect(done).toEqual(['break flood', 'mend flood']);
});

test('a prober that never calls it down: said, and mended all the same', async () => {
  const { stage, done, stands, sees, reaches } = play();
  stands();
  await reaches('healthy');
  await stage.start('flood');
  sees('isDown', new Error('not within 40 s'));
  await reaches('failed');
  expect(stage.state().said.at(-1)?.text).toMatch(/not within 40 s/);
  expect(await stage.start('fire')).toMatchObject({ kind: 'refused', why: expect.stringMatching(/mend it first/) });
  sees('isBack');
  sees('hasSettled');
  await stage.mend();
  expect(stage.state()).toMatchObject({ kind: 'healthy', story: null });
  expect(done).toEqual(['break flood', 'mend flood']);
});

test('a world that could not be started has failed, and says why', async () => {
  const { stage, fails, reaches } = play();
  fails(new Error('no room left'));
  await reaches('failed');
  expect(stage.state().said.at(-1)?.text).toMatch(/could not be started: no room left/);
  expect(await stage.start('flood')).toMatchObject({ kind: 'refused' });
});

test('every change is told to those who listen, until they leave', async () => {
  const { stage, stands, sees, reaches } = play();
  const heard: string[] = [];
  const leave = stage.onChange(() => heard.push(stage.state().kind));
  stands();
  await reaches('healthy');
  await stage.start('flood');
  sees('isDown');
  await reaches('broken');
  leave();
  const mended = stage.mend();
  sees('isBack');
  sees('hasSettled');
  await mended;
  expect(heard).toEqual(['healthy', 'breaking', 'breaking', 'broken']);
});
