import { createNarrator } from '../../../dev/demo/narrator.ts';
import { openDemo } from '../../../dev/demo/open.ts';
import { createStage } from '../../../dev/demo/stage.ts';
import { stories } from '../../../dev/demo/stories.ts';
import type { DemoWorld } from '../../../dev/demo/world.ts';

export interface DemoPage extends AsyncDisposable {
  readonly url: string;
  /** What stands behind it, once it does. */
  readonly world: Promise<DemoWorld>;
  /** Everything that it printed. */
  printed(): string;
}

/** `npm run demo`, in this process; resolves when its page can be opened. */
export async function openDemoPage(): Promise<DemoPage> {
  const ended = new AbortController();
  const page = Promise.withResolvers<string>();
  const world = Promise.withResolvers<DemoWorld>();
  let printed = '';
  const narrator = createNarrator(
    {
      write(text) {
        printed += text;
        const [url] = /http:\/\/127\.0\.0\.1:\d+\//.exec(text) ?? [];
        if (url !== undefined) page.resolve(url);
      },
    },
    {},
  );
  const demo = openDemo({
    narrator,
    interrupted: ended.signal,
    port: 0,
    stageFor(ready) {
      ready.then(world.resolve, world.reject);
      return createStage({ ready, stories });
    },
  });
  const failed = demo.then(() => {
    throw new Error(`The demo has ended:\n${printed}`);
  });
  failed.catch(() => undefined);
  world.promise.catch(() => undefined);
  return {
    url: await Promise.race([page.promise, failed]),
    world: world.promise,
    printed: () => printed,
    async [Symbol.asyncDispose]() {
      ended.abort(new Error('nobody looks any more'));
      await demo;
    },
  };
}
