import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Page, startPage } from '../../dev/workspace/page/page.ts';
import { startWorkspace, type Workspace } from '../../dev/workspace/workspace.ts';
import { type Desk, looks, openBrowser, type PageBrowser } from './harness/page.ts';
import { type ScriptedApp, startScriptedApp } from './page/app.ts';
import { aStage } from './page/stage.ts';

/**
 * Debian's Chromium on the workspace's page, with a small app behind it that answers with one of everything. With
 * `PAGE_PICTURES=folder` it keeps what it saw there.
 */
let browser: PageBrowser;

beforeAll(async () => {
  browser = await openBrowser();
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
});

interface Room extends AsyncDisposable {
  readonly workspace: Workspace;
  readonly app: ScriptedApp;
  readonly page: Page;
  /** Opens it so, in #incidents. */
  open(look: (typeof looks)[number]): Promise<Desk>;
}

async function aRoom(): Promise<Room> {
  const workspace = await startWorkspace({
    manifest: await readFile(join(import.meta.dirname, '../workspace/fixtures/app-manifest.yml'), 'utf8'),
    users: [
      { id: 'U1', name: 'ana', realName: 'Ana', tz: 'Europe/Berlin' },
      { id: 'U2', name: 'ben', realName: 'Ben' },
    ],
    channels: [
      { id: 'C1', name: 'incidents' },
      { id: 'C2', name: 'elsewhere', hasApp: false },
    ],
    rateLimits: 'none',
  });
  const app = await startScriptedApp(workspace);
  const page = await startPage({ workspace, stage: aStage(), port: 0 });
  const desks: Desk[] = [];
  return {
    workspace,
    app,
    page,
    async open(look) {
      const desk = await browser.open(page.url, look);
      desks.push(desk);
      await desk.enter('incidents');
      return desk;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(desks.map((desk) => desk.close()));
      await page.close();
      await app[Symbol.asyncDispose]();
      await workspace.close();
    },
  };
}

const last = (heard: readonly string[]) => expect.poll(() => heard.at(-1), { timeout: 15_000 });

describe.each(looks)('the page on a $size, $scheme', (look) => {
  const keep = async (desk: Desk, name: string) => {
    expect(await desk.axe(), name).toEqual([]);
    expect(await desk.overflowing(), name).toEqual([]);
    const folder = process.env.PAGE_PICTURES;
    if (folder !== undefined) await desk.picture(join(folder, `${name}-${look.size}-${look.scheme}.png`));
  };

  test('every element is used, and the app hears of it', async () => {
    await using room = await aRoom();
    const { app, workspace } = room;
    const desk = await room.open(look);

    await desk.room.locator('.composer textarea').fill('/t');
    await desk.room.getByRole('option', { name: '/try [what]' }).waitFor();
    await keep(desk, 'hints');
    await desk.room.locator('.composer textarea').fill('');

    await desk.type('/try card');
    await desk.sees('prod API server: problem, step 1 of 6');
    await desk.sees('LISTEN 0 4096 *:6443');
    await desk.room.locator('.replies', { hasText: '3 replies' }).waitFor();
    // The head of a card that is higher than a phone is in sight, not its end.
    const head = desk.room.getByRole('heading', { name: /problem, step 1 of 6/ });
    await expect.poll(async () => (await head.boundingBox())?.y).toBeGreaterThan(50);
    await keep(desk, 'card');

    await desk.press('Next');
    await desk.sees('step 2 of 6');
    await desk.choose('Choose a cluster', 'Staging');
    await last(app.heard).toBe('cluster=stage');
    await desk.choose('Choose somebody', '@ben');
    await last(app.heard).toBe('who=U2');
    await desk.choose('Choose a channel', '#elsewhere');
    await last(app.heard).toBe('where=C2');
    await desk.overflow('Hide it');
    await last(app.heard).toBe('more=hide');
    await desk.room.locator('input[type=date]').fill('2026-03-01');
    await last(app.heard).toBe('day=2026-03-01');

    await desk.press('Stop');
    await keep(desk, 'confirm');
    await desk.confirm('Go on');
    expect(app.heard).not.toContain('stop');
    await desk.press('Stop');
    await desk.confirm('Stop it');
    await desk.sees('It is stopped.');
    await desk.sees(/Only visible to you/);

    await desk.openThread('prod API server');
    await desk.thread.getByText('Diagnosis').waitFor();
    await desk.thread.getByText('Postmortem of prod').waitFor();
    await desk.thread.getByText('<script>alert(1)</script>').waitFor();
    expect(await desk.thread.locator('.file-body table td').first().innerText()).toBe('14:02');
    const picture = desk.thread.getByRole('img', { name: /failures began at 14:03/ });
    await picture.scrollIntoViewIfNeeded();
    await expect.poll(() => picture.evaluate((image: { naturalWidth?: number }) => image.naturalWidth)).toBe(640);
    await keep(desk, 'thread');
    await desk.type('Thank you, @ben', 'thread');
    await desk.thread.locator('.mention', { hasText: '@ben' }).waitFor();
    await desk.closeSide();

    await desk.type('@tester are you there?');
    await desk.openThread('are you there?');
    await desk.thread.getByText('You called?').waitFor();
    await desk.closeSide();
    await desk.type('What is this?');
    await desk.shortcut('Try on this message', 'What is this?');
    await last(app.heard).toBe('try_message');
    expect(workspace.violations).toEqual([]);
  });

  test('a modal: what is missing, what the app finds wrong, an update, a stack', async () => {
    await using room = await aRoom();
    const { app, workspace } = room;
    const desk = await room.open(look);
    await desk.type('/try card');
    await desk.press('Record by hand');
    await desk.sees('What did you find on');
    expect(await desk.focused.getAttribute('data-action')).toBe('v');

    await desk.submit();
    await desk.sees('Please complete this required field.');
    await keep(desk, 'modal-missing');
    await desk.fill({ 'What it printed': 'nothing', Verdict: 'problem' });
    await desk.submit();
    await desk.sees('That is not what ss prints.');
    await keep(desk, 'modal-error');
    expect(await desk.modal.locator('textarea').inputValue()).toBe('nothing');

    await desk.fill({ 'What it printed': 'LISTEN 0 4096 *:6443' });
    await desk.fill({ Schedule: 'every monday' });
    await desk.modal.getByPlaceholder('every day at 9').press('Enter');
    await desk.sees('Next: every monday');
    // What was typed and not submitted goes along, and stays.
    expect(app.heard.at(-1)).toBe('schedule=every monday, printed=LISTEN 0 4096 *:6443');
    expect(await desk.modal.locator('textarea').inputValue()).toBe('LISTEN 0 4096 *:6443');

    await desk.press('Go deeper');
    await desk.sees('One more of the stack.');
    await desk.page.keyboard.press('Escape');
    await desk.sees('What did you find on');
    await desk.fill({
      'Seen from': ['inside', 'outside'],
      Clusters: ['Production', 'Staging'],
      When: '2026-03-01T14:05',
      'Every day at': '09:30',
    });
    await keep(desk, 'modal');
    await desk.submit();
    await desk.modal.waitFor({ state: 'detached' });
    // 14:05 in Berlin.
    const at = Date.parse('2026-03-01T13:05:00Z') / 1000;
    await last(app.heard).toBe(`form=LISTEN 0 4096 *:6443 problem in+out prod+stage ${at} 09:30`);
    expect(workspace.violations).toEqual([]);
  });

  test('Home, and the stage', async () => {
    await using room = await aRoom();
    const desk = await room.open(look);
    await desk.enter('tester');
    await desk.sees(/You came 1 times/);
    await desk.press('Look again');
    await desk.sees(/You came 2 times/);
    await keep(desk, 'home');

    await desk.enter('incidents');
    await desk.breakBy('A firewall rule');
    await desk.stage.getByText('The API server can’t be reached').waitFor();
    await desk.stage.getByText('A rule was added.').waitFor();
    await keep(desk, 'stage');
    await desk.mend();
    await desk.stage.getByText('The cluster is healthy').waitFor();
  });
});

const desktop = { size: 'desktop', scheme: 'light' } as const;

test('an app that does not answer, or is away: said as Slack says it', async () => {
  await using room = await aRoom();
  const { app, workspace } = room;
  const desk = await room.open(desktop);
  await desk.type('/try card');
  await desk.press('Too slow');
  await desk.sees('tester did not respond. Try again?');
  expect(workspace.forgive('unacked')).toHaveLength(1);
  await desk.type('/nope');
  await desk.sees(/\/nope is not a valid command/);
  await app[Symbol.asyncDispose]();
  await desk.page.locator('.sidebar').getByText('tester is not connected.').waitFor();
  await desk.page.locator('main .composer textarea').fill('/try card');
  await desk.page.keyboard.press('Escape');
  await desk.page.keyboard.press('Enter');
  await desk.sees('/try failed with the error "dispatch_failed".');
});

test('by keyboard alone, and what an update replaces keeps the focus', async () => {
  await using room = await aRoom();
  const { app, workspace } = room;
  const desk = await room.open(desktop);
  const { keyboard } = desk.page;
  const focused = async () => (await desk.focused.innerText()).trim();
  await desk.room.locator('.composer textarea').focus();
  await keyboard.type('/t');
  await keyboard.press('Tab');
  await keyboard.type('card');
  await keyboard.press('Enter');
  await desk.sees('step 1 of 6');

  await desk.room.getByRole('button', { name: 'Next' }).focus();
  await keyboard.press('Enter');
  await desk.sees('step 2 of 6');
  expect(await focused()).toBe('Next');
  await keyboard.press('Enter');
  await desk.sees('step 3 of 6');
  expect(await focused()).toBe('Next');

  // A change elsewhere takes away no menu that is open.
  await desk.room.getByRole('button', { name: 'Choose a cluster' }).focus();
  await keyboard.press('ArrowDown');
  await keyboard.type('sta');
  workspace.as('U2').say('C1', 'Something else');
  await desk.sees('Something else');
  await keyboard.press('Enter');
  await last(app.heard).toBe('cluster=stage');
  expect(await focused()).toBe('Staging');

  await desk.room.getByRole('button', { name: 'Record by hand' }).focus();
  await keyboard.press('Enter');
  await desk.sees('What did you find on');
  for (let pressed = 0; pressed < 30; pressed += 1) {
    await keyboard.press('Tab');
    // In the modal, or for a moment on the browser itself.
    expect(await desk.page.locator('.page > :not(dialog) :focus').count()).toBe(0);
  }
  await keyboard.press('Escape');
  await desk.modal.waitFor({ state: 'detached' });
  expect(await focused()).toBe('Record by hand');
});

test('several people: what is new, what only one sees, and an invitation', async () => {
  await using room = await aRoom();
  const { app, workspace } = room;
  const desk = await room.open(desktop);
  await desk.type('/try alone');
  await desk.sees('Only you may read this');
  await desk.actAs('Ben');
  await desk.enter('incidents');
  await desk.sees(/Nothing here yet/);
  workspace.as('U1').say('C2', 'Look, <@U2>');
  await desk.page.locator('.sidebar .entry.unread', { hasText: 'elsewhere' }).waitFor();
  expect(await desk.page.locator('.sidebar .count').innerText()).toBe('1');
  await desk.enter('elsewhere');
  expect(await desk.page.locator('.sidebar .entry.unread').count()).toBe(0);

  await desk.type('@tester hello');
  await desk.sees(/is not in this channel/);
  await desk.type('/invite @tester');
  await desk.type('@tester hello again');
  await last(app.heard).toBe('mention');
});

test('light and dark by switch', async () => {
  await using room = await aRoom();
  const desk = await room.open(desktop);
  const paper = () => desk.page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
  expect(await paper()).toBe('rgb(255, 255, 255)');
  await desk.page.getByRole('button', { name: 'Light or dark' }).click();
  await desk.page.getByRole('menuitemradio', { name: 'Dark' }).click();
  expect(await paper()).toBe('rgb(23, 25, 28)');
});
