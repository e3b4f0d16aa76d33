import { firewall } from '../../../dev/demo/stories/firewall.ts';
import type { Story } from '../../../dev/demo/story.ts';
import type { Desk } from '../harness/page.ts';
import type { SightName } from './sights.ts';

/** Called wherever the newcomer stands still. @param words what they look at: it is in sight */
type Look = (name: SightName, words: RegExp) => Promise<void>;

/** The cluster may take so long to fail and to recover; machines are busy. */
const clusterMs = 90_000;
const channel = 'incidents';

/**
 * The whole way of somebody who has never seen it, by the page alone: a host's firewall breaks, and is found and mended.
 * @throws when something is not there in time
 */
export async function walk(desk: Desk, look: Look): Promise<void> {
  await breakByStage(desk, firewall, look);
  await investigate(desk, firewall, look);
  await walkTheSteps(desk, look);
  await lookFurther(desk, look);
  await scheduleAndGoHome(desk, look);
  await beRefused(desk, look);
  await mendAndRunAgain(desk);
  await conclude(desk, look);
  await readPostmortem(desk, look);
  await askForHealth(desk, look);
}

/** From the opened page to the outage's card in the channel. */
export async function breakByStage(desk: Desk, story: Story, look: Look = nobodyLooks): Promise<void> {
  await desk.openStage();
  await desk.stage.locator('.state.healthy').waitFor({ timeout: clusterMs });
  await look('stage', /What breaks/);
  await desk.breakBy(story.title);
  await desk.stage.locator('.state.broken').waitFor({ timeout: clusterMs });
  await toChannel(desk);
  await desk.sees(/API server (is down|fails)/);
  await look('outage', /API server (is down|fails)/);
}

/** Asks, and has the card say what leads. */
export async function investigate(
  desk: Desk,
  { cause }: Pick<Story, 'cause'>,
  look: Look = nobodyLooks,
): Promise<void> {
  await desk.type('/apidown investigate');
  const card = desk.room
    .locator('article')
    .filter({ hasText: /step 1 of 6/ })
    .last();
  await card.getByText(leading(cause)).last().waitFor();
  // All six checks are through.
  await card.filter({ hasNotText: /⏳|▫️/ }).waitFor();
  await look('card', /step 1 of 6/);
}

/** The diagnosis in the thread, then all six steps by their buttons, one of them by hand. */
export async function walkTheSteps(desk: Desk, look: Look = nobodyLooks): Promise<void> {
  await desk.openThread(/step 1 of 6/);
  await desk.sees(/Diagnosis · Failing since/);
  await look('thread', /Diagnosis · Failing since/);
  await desk.closeSide();
  await next(desk, 'From inside');
  await next(desk, 'Listening');
  await desk.press('Record by hand');
  await desk.sees('What does it show?');
  await desk.fill({
    'What does it show?': 'ok',
    'Which command was it?': '1. ',
    'What did it print?': 'LISTEN 0 4096 *:6443 *:* users:(("kube-apiserver",pid=4711,fd=3))',
    Note: 'Looked at it over the console as well.',
  });
  await look('by-hand', /What does it show\?/);
  await desk.submit();
  await closed(desk);
  await desk.sees(/3 Listening ok, by hand/);
  await next(desk, 'Firewall');
  await next(desk, 'Network policies');
  await next(desk, 'Control plane pods');
  await desk.press('Finish the walk');
  await desk.sees(/All six steps are walked/);
  await look('walked', /All six steps are walked/);
}

/** One window, then all of them; the picture. */
async function lookFurther(desk: Desk, look: Look): Promise<void> {
  await desk.openThread(/All six steps are walked/);
  await desk.choose('Widen one window…', 'Maintenance: 1 → 2 h');
  await desk.sees(/Maintenance \(2 h before or after, widened\)/);
  await desk.press('Widen all windows');
  const news = /🆕 new .*NetworkPolicy shop\/default-deny/;
  await desk.sees(news);
  await look('widened', news);
  await desk.closeSide();
  await desk.press('Draw the timeline');
  await desk.openThread(/All six steps are walked/);
  await desk.thread.getByRole('figure', { name: 'Timeline', exact: true }).getByRole('img').waitFor();
  await desk.press('Enlarge: Timeline');
  await look('timeline', /^Timeline$/);
  await desk.page.getByRole('button', { name: 'Close', exact: true }).click();
  await desk.closeSide();
}

async function scheduleAndGoHome(desk: Desk, look: Look): Promise<void> {
  await desk.type('/apidown schedule add');
  await desk.sees('When?');
  await desk.fill({ 'When?': 'weekdays at 9:00' });
  await desk.sees(/Next: (\w+ \d+ \w+ 09:00(, )?){3} \(Europe\/Berlin\)/);
  await look('schedule', /When\?/);
  await desk.submit();
  await desk.sees(/Scheduled: health of demo to #incidents|It is scheduled already/);
  await desk.submit();
  await closed(desk);
  await desk.enter('apidown');
  await desk.sees(/demo is down since/);
  await desk.sees(/09:00:00 .*: demo$/);
  await desk.sees(/Look, and investigate \(open, walk, record, conclude\): demo/);
  await look('home', /Clusters: 1 down/);
}

/** Cleo may look, and nothing else. */
async function beRefused(desk: Desk, look: Look): Promise<void> {
  await desk.actAs('Cleo');
  await desk.enter(channel);
  await desk.press('Conclude');
  await desk.sees(/You need investigate for demo/);
  await desk.submit();
  await closed(desk);
  await desk.type('/apidown investigate');
  await desk.sees(/You need investigate for demo\. It is granted to @ana, @ben\./);
  await look('refused', /You need investigate for demo/);
  await desk.enter('apidown');
  await desk.sees(/Look, but not investigate: demo/);
  await desk.actAs('Ana');
  await desk.enter(channel);
}

async function mendAndRunAgain(desk: Desk): Promise<void> {
  await mendByStage(desk);
  for (const step of ['4 Firewall', '2 From inside']) {
    await desk.choose('Another step…', step);
    await desk.sees(new RegExp(`▸ ${step}`));
    await desk.press('Run again');
    await desk.sees(new RegExp(`▸ ${step} ok`));
  }
  await desk.sees(/Reachable from outside and from inside/);
}

/** Resolves in the channel, when the next story may begin. */
export async function mendByStage(desk: Desk): Promise<void> {
  await desk.mend();
  await desk.stage.locator('.state.healthy').waitFor({ timeout: clusterMs });
  await toChannel(desk);
}

export async function conclude(desk: Desk, look: Look = nobodyLooks): Promise<void> {
  await desk.press('Conclude');
  await desk.sees('What was the cause?');
  await desk.fill({
    'What was the cause?': /1 (explains|possible): /,
    'In your own words': 'The hardening of cp-1 let nobody in from outside. The rule is deleted; clients are back.',
    'What did it mean, and for whom?': 'Nobody outside the cluster could deploy.',
    'What is to be done now?': ['Review rules of the nodes before they are loaded', 'Alert on refused connections'],
  });
  await look('conclude', /What was the cause\?/);
  await desk.submit();
  await closed(desk);
  await desk.sees(/Concluded by @ana/);
  await look('concluded', /demo API server: concluded/);
}

async function readPostmortem(desk: Desk, look: Look): Promise<void> {
  await desk.openThread(/demo API server: concluded/);
  const file = desk.thread.locator('.file').last();
  await file.getByRole('heading', { name: 'Summary' }).waitFor();
  await look('postmortem', /^Postmortem: demo/);
  await desk.closeSide();
}

async function askForHealth(desk: Desk, look: Look): Promise<void> {
  await desk.type('/apidown health');
  await desk.sees(/Health of the last 24 h/);
  await look('health', /demo needs a look/);
  await desk.press('Post it here');
  await desk.sees(/asked by @ana/);
}

/** From the stage, with nothing beside it any more. */
async function toChannel(desk: Desk): Promise<void> {
  await desk.enter(channel);
  if (await desk.stage.isVisible()) await desk.closeSide();
}

async function next(desk: Desk, title: string): Promise<void> {
  await desk.press(`Next: ${title}`);
  await desk.sees(new RegExp(`▸ \\d ${title}`));
}

const closed = (desk: Desk) => desk.modal.waitFor({ state: 'detached' });

/** The page shows what is code without its backticks. */
function leading({ standing, title }: Story['cause']): RegExp {
  return new RegExp(`Leading cause \\(${standing}\\): .*${title.source.replaceAll('`', '')}`);
}

async function nobodyLooks(): Promise<void> {}
