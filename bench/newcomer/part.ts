import { existsSync } from 'node:fs';
import { firewall } from '../../dev/demo/stories/firewall.ts';
import { chromiumFile, openBrowser } from '../../test/e2e/harness/page.ts';
import { openDemoPage } from '../../test/e2e/newcomer/demo-page.ts';
import { breakByStage, investigate, walkTheSteps } from '../../test/e2e/newcomer/walk.ts';
import { type Figure, ms, type Part } from '../figures.ts';
import { leavingAfter } from '../leave.ts';

export const newcomerTitle = 'From the start of the demo to a walked investigation, in its page';
const atMostMs = 90_000;

export async function measureNewcomer(): Promise<Part> {
  if (!existsSync(chromiumFile)) {
    return { kind: 'skipped', title: newcomerTitle, why: 'it needs Chromium: apt-get install chromium' };
  }
  const beganAt = performance.now();
  const open = new AsyncDisposableStack();
  return leavingAfter(
    () => open.disposeAsync(),
    async () => {
      const figures: Figure[] = [];
      const stands = (what: string, limitMs: number | null = null) => {
        const limit = limitMs === null ? null : ({ kind: 'atMost', value: limitMs } as const);
        figures.push({ what, measured: ms(performance.now() - beganAt), reference: null, limit });
      };
      const demo = open.use(await openDemoPage());
      stands('the page can be opened');
      const browser = open.use(await openBrowser());
      const desk = await browser.open(demo.url, { size: 'desktop', scheme: 'light' });
      await demo.world;
      stands('the cluster is up and watched');
      await breakByStage(desk, firewall);
      stands('a firewall is broken, and its outage stands in the channel');
      await investigate(desk, firewall);
      stands('the card names the true cause, with all six checks through');
      await walkTheSteps(desk);
      stands('all six steps are walked, one of them by hand', atMostMs);
      return {
        kind: 'measured',
        title: newcomerTitle,
        notes: [
          'All after the start of the demo, in this process; Chromium is driven without a pause, as nobody would who reads.',
        ],
        figures,
      };
    },
  );
}
