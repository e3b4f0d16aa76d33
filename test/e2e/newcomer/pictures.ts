import { join } from 'node:path';
import { openBrowser } from '../harness/page.ts';
import { openDemoPage } from './demo-page.ts';
import { shrinkPng } from './shrink-png.ts';
import { tour } from './sights.ts';
import { walk } from './walk.ts';

const folder = join(import.meta.dirname, '../../../docs/pictures');

/** `npm run pictures`: makes those of docs/tour.md, on a newcomer's way through the demo. */
async function main(): Promise<void> {
  await using demo = await openDemoPage();
  await using browser = await openBrowser();
  const desktop = await browser.open(demo.url, { size: 'desktop', scheme: 'light' });
  const phone = await browser.open(demo.url, { size: 'phone', scheme: 'dark' });
  await walk(desktop, async (name, words) => {
    for (const { file, sight, size, of } of tour) {
      if (sight !== name) continue;
      const desk = size === 'phone' ? phone : desktop;
      if (desk === phone) await phone.follow(desktop);
      // No larger than a document shows them; of a thread, which is a third of the page, as much as can be read.
      else
        await desktop.page.setViewportSize(
          of === 'thread' ? { width: 1700, height: 860 } : { width: 1100, height: 860 },
        );
      await desk.lookAt(words);
      await desk.picture(join(folder, file), of);
      await shrinkPng(join(folder, file));
      process.stdout.write(`docs/pictures/${file}\n`);
    }
  });
}

await main();
