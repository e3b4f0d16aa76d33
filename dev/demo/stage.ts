import type { Stage, StageState } from '../workspace/page/stage.ts';
import type { Knows } from './knows.ts';
import type { Playable } from './story.ts';

/** What a stage plays in, once it stands: the cluster is the stories' own matter. */
interface StageWorld<Cluster> {
  readonly cluster: Cluster;
  readonly knows: Pick<Knows, 'isDown' | 'isBack' | 'hasSettled'>;
}

/**
 * One world that stories are played in, one after the other: each breaks it, and the next may begin once it is mended and
 * the prober has seen it answer for a while. What is said tells what was seen, and never why.
 *
 * @param ready resolves when the world stands and is watched; when it rejects the stage has failed for good
 */
export function createStage<Cluster>({
  ready,
  stories,
}: {
  readonly ready: Promise<StageWorld<Cluster>>;
  readonly stories: readonly Playable<Cluster>[];
}): Stage {
  const listeners = new Set<() => void>();
  let state: StageState = { kind: 'starting', story: null, said: [] };
  /** What is under way: whoever mends waits for it first. */
  let breaking: Promise<void> = Promise.resolve();
  let mending: Promise<void> | null = null;

  function become(kind: StageState['kind'], text: string, story = state.story): void {
    state = { kind, story, said: [...state.said, { at: Date.now(), text }].slice(-mostSaid) };
    for (const listener of listeners) listener();
  }

  function fail(what: string, error: unknown): void {
    become('failed', `${what}: ${error instanceof Error ? error.message : String(error)}.`);
  }

  ready.then(
    () => become('healthy', 'The cluster is well, and watched: choose what breaks.'),
    (error: unknown) => fail('The demo could not be started', error),
  );

  async function breakBy(story: Playable<Cluster>, { cluster, knows }: StageWorld<Cluster>): Promise<void> {
    try {
      await story.breakIt(cluster);
      become('breaking', 'It is done. Clients that connect from now on meet what came of it.');
      await knows.isDown();
      become('broken', 'The prober calls the API server down. Find out why: type /apidown investigate in the channel.');
    } catch (error) {
      fail('What happened did not bring the API server down', error);
    }
  }

  async function mendBy(story: Playable<Cluster>): Promise<void> {
    try {
      const { cluster, knows } = await ready;
      await breaking;
      become('mending', 'What was broken is put right.');
      await story.mend(cluster);
      await knows.isBack();
      become('mending', 'The prober sees it answer again; it is watched for a moment.');
      await knows.hasSettled(story.seenLate ?? []);
      become('healthy', 'The cluster is well again. Conclude your investigation, then choose what breaks next.', null);
    } catch (error) {
      fail('It could not be mended', error);
    }
  }

  return {
    stories: stories.map(({ id, title, about }) => ({ id, title, about })),
    state: () => state,
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async start(id) {
      const story = stories.find((one) => one.id === id);
      if (story === undefined) return refused('There is no such story.');
      switch (state.kind) {
        case 'starting':
          return refused('The cluster is still being started. It takes a few seconds.');
        case 'failed':
          return refused(state.story === null ? 'The demo could not be started.' : 'Something failed: mend it first.');
        case 'breaking':
        case 'broken':
          return refused('Another story plays: mend that one first.');
        case 'mending':
          return refused('What was broken is still being mended. It takes a few seconds.');
        case 'healthy':
          become('breaking', `${story.title}: ${story.about}`, story.id);
          breaking = ready.then((world) => breakBy(story, world));
          return { kind: 'started' };
        default:
          return state.kind satisfies never;
      }
    },
    async mend() {
      const story = stories.find(({ id }) => id === state.story);
      if (story === undefined) return;
      mending ??= mendBy(story).finally(() => {
        mending = null;
      });
      await mending;
    },
  };
}

/** More is nobody's to read. */
const mostSaid = 100;

function refused(why: string) {
  return { kind: 'refused', why } as const;
}
