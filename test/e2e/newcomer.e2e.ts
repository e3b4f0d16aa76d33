import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest';
import { firewall } from '../../dev/demo/stories/firewall.ts';
import { stories } from '../../dev/demo/stories.ts';
import { type Desk, type Look, looks, openBrowser, type PageBrowser } from './harness/page.ts';
import { type DemoPage, openDemoPage } from './newcomer/demo-page.ts';
import { type SightName, sights } from './newcomer/sights.ts';
import { breakByStage, conclude, investigate, mendByStage, walk } from './newcomer/walk.ts';

/**
 * Debian's Chromium on the demo's page, with the real bot and agents behind it: a newcomer's whole way, and every story.
 * With `PAGE_PICTURES=folder` it keeps what it saw there.
 */
let demo: DemoPage;
let browser: PageBrowser;
const startedAt = performance.now();
const desks = new Map<Look, Desk>();

beforeAll(async () => {
  [demo, browser] = await Promise.all([openDemoPage(), openBrowser()]);
  for (const look of looks) desks.set(look, await browser.open(demo.url, look));
});

afterAll(async () => {
  await browser?.[Symbol.asyncDispose]();
  await demo?.[Symbol.asyncDispose]();
});

/** On each size one walk; whatever it comes past is looked at in dark and light. */
describe.each([
  { size: 'desktop', scheme: 'light' },
  { size: 'phone', scheme: 'dark' },
] as const)('a newcomer on a $size', (own) => {
  test('from what breaks to the postmortem', async () => {
    onTestFailed(tellAll);
    const beside = { size: own.size, scheme: own.scheme === 'dark' ? 'light' : 'dark' } as const;
    const walking = deskOf(own);
    const seen: SightName[] = [];
    await walk(walking, async (name, words) => {
      seen.push(name);
      await deskOf(beside).follow(walking);
      await Promise.all([own, beside].map((look) => lookWell(look, name, words)));
      if (name === 'walked') tell(`${own.size}: all six steps walked`);
    });
    expect(seen).toEqual(sights);
    await nothingIsWrong();
    tell(`${own.size}: all seen`);
  });
});

async function lookWell(look: Look, name: SightName, words: RegExp): Promise<void> {
  const desk = deskOf(look);
  const file = `newcomer-${name}-${look.size}-${look.scheme}.png`;
  await desk.lookAt(words);
  expect(await desk.axe(), file).toEqual([]);
  expect(await desk.overflowing(), file).toEqual([]);
  const folder = process.env.PAGE_PICTURES;
  if (folder !== undefined) await desk.picture(join(folder, file));
}

test.each(stories.filter((story) => story !== firewall))(
  '$title: its cause stands first in the card',
  async (story) => {
    onTestFailed(tellAll);
    const desk = deskOf({ size: stories.indexOf(story) % 2 === 0 ? 'desktop' : 'phone', scheme: 'light' });
    await breakByStage(desk, story);
    await investigate(desk, story);
    await mendByStage(desk);
    await conclude(desk);
    await nothingIsWrong();
    tell(story.title);
  },
);

function deskOf({ size, scheme }: Look): Desk {
  for (const [look, desk] of desks) if (look.size === size && look.scheme === scheme) return desk;
  throw new Error(`Nobody looks at it on a ${size}, ${scheme}`);
}

async function nothingIsWrong(): Promise<void> {
  const { workspace, processes } = await demo.world;
  expect(workspace.violations).toEqual([]);
  expect(processes.errors()).toEqual([]);
}

function tell(what: string): void {
  console.log(`${what}: ${((performance.now() - startedAt) / 1000).toFixed(1)} s after the start`);
}

async function tellAll(): Promise<void> {
  for (const [{ size, scheme }, desk] of desks) console.log(`${size}, ${scheme}:\n${await desk.read()}`);
  const { processes } = await demo.world;
  console.log(processes.tails());
}
