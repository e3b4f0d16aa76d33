import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium, type Locator, type Page } from 'playwright-core';

/** Debian's; `test/e2e/prepare` installs it. */
export const chromiumFile = '/usr/bin/chromium';

/** Root has no sandbox, a container little shared memory. */
const args = ['--no-sandbox', '--disable-dev-shm-usage'];

const sizes = { desktop: { width: 1280, height: 860 }, phone: { width: 390, height: 844 } } as const;

export interface Look {
  readonly size: keyof typeof sizes;
  readonly scheme: 'light' | 'dark';
}

/** How people look at the page. */
export const looks: readonly Look[] = [
  { size: 'desktop', scheme: 'light' },
  { size: 'desktop', scheme: 'dark' },
  { size: 'phone', scheme: 'light' },
  { size: 'phone', scheme: 'dark' },
];

/** What somebody enters into a field of a modal, by its label: text, an option's words, several of them, or null for nothing. */
type Filling = Readonly<Record<string, string | RegExp | readonly string[] | null>>;

/**
 * The workspace's page in a browser, driven as a person would. Everything waits until it is there.
 *
 *     await using browser = await openBrowser();
 *     const desk = await browser.open(page.url, { size: 'phone', scheme: 'dark' });
 *     await desk.actAs('Ana');
 *     await desk.enter('incidents');
 *     await desk.type('/apidown investigate');
 *     await desk.press('Next');
 *     await desk.fill({ 'What it printed': 'LISTEN 0 4096' });
 *     await desk.submit();
 *     expect(await desk.axe()).toEqual([]);
 *     await desk.picture('docs/pictures/card.png');
 */
export interface Desk {
  /** For whatever has no word here. */
  readonly page: Page;
  /** What stands in front of this person: a modal, else the thread when one is open, else the room. */
  readonly front: Locator;
  readonly room: Locator;
  readonly thread: Locator;
  readonly modal: Locator;
  readonly stage: Locator;
  /** @param name a person's name as the page shows it: `Ana` */
  actAs(name: string): Promise<void>;
  /** @param room a channel's name without `#`, or the app's for its Home */
  enter(room: string): Promise<void>;
  /** Types into the channel and sends it; with `thread` into the open thread. */
  type(text: string, where?: 'room' | 'thread'): Promise<void>;
  /** Presses the last button with these words of what stands in front. */
  press(words: string | RegExp): Promise<void>;
  /** Answers the dialog that asks whether one is sure. */
  confirm(words: string): Promise<void>;
  /** Picks from the menu with this placeholder or label. @param options the words of one or several */
  choose(menu: string | RegExp, ...options: readonly string[]): Promise<void>;
  /** Does it from a message's ⋯ menu: an overflow. */
  overflow(item: string): Promise<void>;
  /** Uses a shortcut on the last message with these words. */
  shortcut(name: string, onMessage: string | RegExp): Promise<void>;
  /** Opens the thread of the last message with these words. */
  openThread(onMessage: string | RegExp): Promise<void>;
  closeSide(): Promise<void>;
  /** Fills in the modal's fields by their labels. */
  fill(fields: Filling): Promise<void>;
  /** Presses the modal's last button, which submits where there is something to submit. */
  submit(): Promise<void>;
  /** What the keyboard is on. */
  readonly focused: Locator;
  /** Waits until these words stand in front. */
  sees(words: string | RegExp): Promise<void>;
  /** What stands in front, as text. */
  read(): Promise<string>;
  /** Brings to sight where these words begin, wherever on the page they stand last. */
  lookAt(words: string | RegExp): Promise<void>;
  /** Goes where another desk is: the same person, room and thread. */
  follow(other: Desk): Promise<void>;
  openStage(): Promise<void>;
  /** Starts a story of the stage, by its title. */
  breakBy(title: string): Promise<void>;
  mend(): Promise<void>;
  /** Serious and critical findings of an accessibility checker, each in a line. */
  axe(): Promise<string[]>;
  /** What is too wide for the window. */
  overflowing(): Promise<string[]>;
  /** Takes a screenshot of the page, or of a part of it. @param file where it goes; folders are made */
  picture(file: string, of?: 'thread'): Promise<void>;
  close(): Promise<void>;
}

export interface PageBrowser extends AsyncDisposable {
  open(url: string, look: Look): Promise<Desk>;
}

/** How long anything on the page may take: an app has 3 s to answer, and machines are busy. */
const patienceMs = 20_000;

export async function openBrowser(): Promise<PageBrowser> {
  const browser = await chromium.launch({ executablePath: chromiumFile, args });
  return {
    async open(url, { size, scheme }) {
      const context = await browser.newContext({
        viewport: sizes[size],
        colorScheme: scheme,
        locale: 'en-GB',
        hasTouch: size === 'phone',
        reducedMotion: 'reduce',
      });
      context.setDefaultTimeout(patienceMs);
      const page = await context.newPage();
      await page.goto(url);
      await page.locator('.sidebar').waitFor({ state: 'attached' });
      return createDesk(page);
    },
    [Symbol.asyncDispose]: () => browser.close(),
  };
}

function createDesk(page: Page): Desk {
  const room = page.locator('main.room');
  const thread = page.locator('aside.thread');
  const stage = page.locator('aside.stage');
  const modal = page.locator('dialog.modal');
  const front = page.locator(
    'dialog.modal, .page:not(:has(dialog.modal)) aside.thread, .page:not(:has(dialog.modal, aside.thread)) main.room',
  );

  const toList = async () => {
    const closing = page.locator('aside.side:visible .room-head').getByRole('button').last();
    const isPhone = (page.viewportSize()?.width ?? 0) <= 700;
    if (isPhone && (await closing.count()) > 0) await closing.click();
    const back = page.getByRole('button', { name: 'All channels' });
    if (await back.isVisible()) await back.click();
  };
  const messages = (words: string | RegExp) => page.locator('article.message:visible').filter({ hasText: words });

  const desk: Desk = {
    page,
    front,
    room,
    thread,
    modal,
    stage,
    async actAs(name) {
      await toList();
      await page.locator('.whoami .menu-button').click();
      await page.getByRole('menuitemradio', { name }).click();
      await page.locator('.whoami .menu-button', { hasText: name }).waitFor();
    },
    async enter(name) {
      await toList();
      await page.locator('.sidebar .entry', { hasText: name }).first().click();
      await room.locator('h1', { hasText: name }).waitFor();
    },
    async type(text, where = 'room') {
      const field = (where === 'room' ? room : thread).locator('.composer textarea');
      await field.fill(text);
      // Puts away what is offered, so that Enter sends.
      await field.press('Escape');
      await field.press('Enter');
      await (where === 'room' ? room : thread).locator('.send[aria-busy=false]').waitFor();
    },
    press: (words) =>
      front
        .getByRole('button', { name: words, exact: typeof words === 'string' })
        .last()
        .click(),
    async confirm(words) {
      await page.locator('dialog.ask').getByRole('button', { name: words, exact: true }).click();
      await page.locator('dialog.ask').waitFor({ state: 'detached' });
    },
    async choose(menu, ...options) {
      await front.locator('.pick').getByRole('button', { name: menu }).last().click();
      for (const option of options) await page.getByRole('option', { name: option }).click();
      if ((await page.locator('.pick .popup').count()) > 0) await page.keyboard.press('Escape');
    },
    async overflow(item) {
      await front.locator('.block .menu-button').last().click();
      await page.getByRole('menuitem', { name: item }).click();
    },
    async shortcut(name, onMessage) {
      const message = messages(onMessage).last();
      await message.hover();
      await message.getByRole('button', { name: 'More actions on this message' }).click();
      await page.getByRole('menuitem', { name }).click();
    },
    async openThread(onMessage) {
      const message = messages(onMessage).last();
      const replies = message.locator('.replies');
      if ((await replies.count()) > 0) await replies.click();
      else {
        await message.hover();
        await message.getByRole('button', { name: 'Reply in thread' }).click();
      }
      await thread.waitFor();
    },
    async closeSide() {
      const side = page.locator('aside.side');
      await side.locator('.room-head').getByRole('button').last().click();
      await side.waitFor({ state: 'detached' });
    },
    async fill(fields) {
      for (const [label, filling] of Object.entries(fields)) await fillOne(page, modal, label, filling);
    },
    submit: () => modal.locator('.dialog-foot button').last().click(),
    focused: page.locator(':focus'),
    sees: (words) => front.getByText(words).filter({ visible: true }).last().waitFor(),
    read: () => front.innerText(),
    lookAt: (words) =>
      page
        .getByText(words)
        .filter({ visible: true })
        .last()
        .evaluate((one: { scrollIntoView?: (how: object) => void }) => one.scrollIntoView?.({ block: 'start' })),
    async follow(other) {
      await page.goto(other.page.url());
    },
    async openStage() {
      if (await stage.isVisible()) return;
      await toList();
      await page.locator('.stage-button').click();
    },
    async breakBy(title) {
      await desk.openStage();
      await stage.locator('.story:not([aria-disabled=true])', { hasText: title }).click();
    },
    async mend() {
      await desk.openStage();
      await stage.getByRole('button', { name: 'Mend it' }).click();
    },
    async axe() {
      const { violations } = await new AxeBuilder({ page }).analyze();
      return violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
    },
    overflowing: () =>
      // As text, since here nothing of a browser's is known.
      page.evaluate<string[]>(`[...document.querySelectorAll('.page *')]
        .filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest('.table, .hidden'))
        .map((one) => one.tagName + ' ' + one.className)`),
    async picture(file, of) {
      await mkdir(dirname(file), { recursive: true });
      // What the mouse hovers over looks otherwise.
      await page.mouse.move(0, 0);
      const shown = of === undefined ? page : thread;
      await shown.screenshot({ path: file });
    },
    close: () => page.context().close(),
  };
  return desk;
}

async function fillOne(page: Page, modal: Locator, label: string, filling: Filling[string]): Promise<void> {
  const input = modal.locator('.asked').filter({ has: page.locator('.label', { hasText: label }) });
  const options =
    filling === null ? [] : typeof filling === 'string' || filling instanceof RegExp ? [filling] : filling;
  const pick = input.locator('.pick-button');
  const choices = input.locator('.choices');
  await input.waitFor();
  if ((await pick.count()) > 0) {
    await pick.click();
    for (const option of options) await page.getByRole('option', { name: option }).click();
    if ((await page.locator('.pick .popup').count()) > 0) await page.keyboard.press('Escape');
  } else if ((await choices.count()) > 0) {
    for (const option of options) await choices.getByText(option, { exact: true }).click();
  } else {
    await input.locator('input, textarea').fill(options.join('\n'));
    await input.locator('input, textarea').blur();
  }
}
