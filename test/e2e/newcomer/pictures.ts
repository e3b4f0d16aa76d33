import { join } from 'node:path';
import { firewall } from '../../../dev/demo/stories/firewall.ts';
import { openBrowser } from '../harness/page.ts';
import { openDemoPage } from './demo-page.ts';
import { tour } from './sights.ts';
import { walk } from './walk.ts';

const folder = join(import.meta.dirname, '../../../docs/pictures');

/** `npm run pictures`: makes those of docs/tour.md, on a newcomer's way through the demo. */
async function main(): Promise<void> {
  await using demo = await openDemoPage();
  await using browser = await openBrowser();
  const desktop = await browser.open(demo.url, { size: 'desktop', scheme: 'light' });
  const phone = await browser.open(demo.url, { size: 'phone', scheme: 'dark' });
  // No larger than a document shows them.
  await desktop.page.setViewportSize({ width: 1100, height: 800 });
  await walk(desktop, firewall, async (name, words) => {
    for (const { file, sight, size, of } of tour) {
      if (sight !== name) continue;
      const desk = size === 'phone' ? phone : desktop;
      if (desk === phone) await phone.follow(desktop);
      await desk.lookAt(words);
      await desk.picture(join(folder, file), of);
      process.stdout.write(`docs/pictures/${file}\n`);
    }
  });
}

await main();
