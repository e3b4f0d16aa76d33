import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startWorkspace, type Workspace } from '../../dev/workspace/workspace.ts';
import { startBot } from '../../src/bin/start-bot.ts';
import { sourceKind } from '../../src/changes/sources/registry.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { InvestigationEvent } from '../../src/investigation/events.ts';
import { systemClock } from '../../src/ops/clock.ts';
import { createLog } from '../../src/ops/log.ts';
import { slackPaces } from '../../src/slack/lane.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import type { Change } from '../../src/words/change.ts';
import { type Ledger, ledgerSource, serveLedger } from '../../test/fakes/ledger.ts';
import { leavingAfter } from '../leave.ts';

/** One question about an onset that nothing is known of yet. All in ms. */
export interface Round {
  /** From the command to when the slowest source's answer had left its server. */
  readonly slowestMs: number;
  /** From then until the diagnosis that names the cause, which the slowest source alone knows, is kept. */
  readonly answerMs: number;
  /** Processor time that this process spent meanwhile, on servers and workspace too. */
  readonly answerCpuMs: number;
  /** From then until the card says so. */
  readonly cardMs: number;
  /** What Slack would not have forgiven. */
  readonly trouble: readonly string[];
}

/** How long each source takes before it answers, quickest first. */
export const delaysMs = [50, 150, 300, 600] as const;
export const eventsInAll = 10_000;
/** What a rule may look through. */
export const windowMs = 2 * 60 * 60_000;

const ana = { id: 'U0ANA', name: 'ana', tz: 'UTC' };
const channel = 'C0BENCH';
const patience = { timeoutMs: 30_000 };
const minute = 60_000;

/** The whole bot, its sources and the workspace in this process. `hangs`: one source more takes the question and never answers. */
export async function oneRound(hangs: boolean): Promise<Round> {
  const folder = await mkdtemp(join(tmpdir(), 'apidown-s-'));
  const closing: (() => Promise<void>)[] = [() => rm(folder, { recursive: true, force: true })];
  const leave = async (): Promise<void> => {
    for (const close of closing.splice(0).reverse()) await close();
  };
  return await leavingAfter(leave, async () => {
    // Further back than the sources are looked at ahead.
    const onsetAt = Math.floor(Date.now() / minute) * minute - 8 * 60 * minute;
    const ledgers: Ledger[] = [];
    for (const [index, delayMs] of delaysMs.entries()) {
      const ledger = await serveLedger(eventsOf(index, onsetAt));
      ledger.delay(delayMs);
      ledgers.push(ledger);
      closing.push(ledger.close);
    }
    const silent = await serveLedger();
    silent.behave('timedOut');
    closing.push(silent.close);
    const workspace = await startWorkspace({
      manifest: await readFile(new URL('../../app-manifest.yml', import.meta.url), 'utf8'),
      users: [ana],
      channels: [{ id: channel, name: 'incidents' }],
    });
    closing.push(workspace.close);
    const bot = await botBefore(workspace, folder, hangs ? [...ledgers, silent] : ledgers);
    closing.push(bot.close);
    while (ledgers.some((ledger) => ledger.answeredAt() === null)) await wait(20);
    await openedAndQuiet(workspace);
    const lookedAhead = ledgers.map((ledger) => ledger.answeredAt());

    let slowest = now();
    for (const ledger of ledgers) {
      ledger.onAnswered(() => {
        slowest = now();
      });
    }
    const typedAt = performance.now();
    const said = new Date(onsetAt).toISOString().slice(0, 16);
    const typed = workspace.as(ana.id).command(channel, '/apidown', `investigate prod since ${said}Z`);
    await workspace.waitFor(() => shown(workspace).includes(culprit), patience);
    const shownAt = performance.now();
    await typed;
    if (ledgers.some((ledger, index) => ledger.answeredAt() === lookedAhead[index])) {
      throw new Error('a source was not asked about the onset');
    }
    const answer = bot.answered();
    if (answer === null) throw new Error('the card names a cause that no diagnosis does');
    return {
      slowestMs: slowest.at - typedAt,
      answerMs: answer.at - slowest.at,
      answerCpuMs: answer.cpuMs - slowest.cpuMs,
      cardMs: shownAt - slowest.at,
      trouble: workspace.violations.map(({ message }) => message),
    };
  });
}

/** An investigation of which all messages stand, with room again for what Slack allows at once. */
async function openedAndQuiet(workspace: Workspace): Promise<void> {
  await workspace.as(ana.id).command(channel, '/apidown', 'investigate prod');
  await workspace.waitFor(() => shown(workspace) !== '', patience);
  let before = '';
  for (let quietMs = 0; quietMs < slackPaces.edit.burst * slackPaces.edit.everyMs + 1_000; quietMs += 100) {
    await wait(100);
    const after = JSON.stringify([shown(workspace), workspace.channel(channel).messages()]);
    if (after !== before) quietMs = 0;
    before = after;
  }
}

async function botBefore(workspace: Workspace, folder: string, ledgers: readonly Ledger[]) {
  const file = join(folder, 'apidown.yaml');
  const settings = {
    slack: { apiUrl: workspace.apiUrl },
    hub: { listen: '127.0.0.1:0' },
    http: { listen: '127.0.0.1:0' },
    outside: { vantage: false },
    store: { file: join(folder, 'apidown.db') },
    clusters: { prod: { endpoint: 'https://10.0.0.10:6443' } },
  };
  // JSON is YAML.
  await writeFile(file, JSON.stringify(settings));
  const env = { SLACK_BOT_TOKEN: workspace.botToken, SLACK_APP_TOKEN: workspace.appToken };
  const loaded = await loadConfig({ file, env });
  if (loaded.kind === 'bad') throw new Error(JSON.stringify(loaded.mistakes));
  const opened = await openStore({ kind: 'sqlite', file: settings.store.file });
  if (opened.kind === 'refused') throw new Error(opened.message);
  const kind = sourceKind(
    'ledger',
    () => ledgers.map(({ url }, index) => ({ url, instance: `account-${index}`, clusters: [] })),
    async () => (entry, needs) => [ledgerSource({ ...entry, clock: needs.clock.now, patienceMs: 60_000 })],
  );
  const { investigations, ...store } = opened.store;
  let answered: Moment | null = null;
  const append: Store['investigations']['append'] = async (id, expectedSeq, events) => {
    const isTaken = await investigations.append(id, expectedSeq, events);
    if (isTaken && events.some(namesTheCause)) answered ??= now();
    return isTaken;
  };
  const bot = await startBot(
    loaded.config,
    { ...store, investigations: { ...investigations, append } },
    systemClock,
    createLog({ name: 'bench', level: 'silent' }),
    [kind],
  );
  return { close: bot.close, answered: (): Moment | null => answered };
}

function namesTheCause(event: InvestigationEvent): boolean {
  return event.kind === 'diagnosed' && event.diagnosis.causes.some(({ title }) => title.includes(culprit));
}

interface Moment {
  readonly at: number;
  readonly cpuMs: number;
}

function now(): Moment {
  const { user, system } = process.cpuUsage();
  return { at: performance.now(), cpuMs: (user + system) / 1_000 };
}

const culprit = 'ingress to 6443 revoked from sg-api';
const decoy = (index: number) => `tags of account ${index} changed`;

/** Spread over the window; the last source holds the one that explains it. */
function eventsOf(index: number, onsetAt: number): readonly Change[] {
  const count = eventsInAll / delaysMs.length;
  const isSlowest = index === delaysMs.length - 1;
  return Array.from({ length: count }, (_, number) => {
    const at = onsetAt - Math.round((windowMs * (count - number)) / count);
    const isCulprit = isSlowest && number === count - 1;
    return {
      id: `ledger:${index}-${number}`,
      source: 'ledger',
      instance: `account-${index}`,
      category: 'security-group',
      earliestAt: at,
      latestAt: at,
      observedAt: at,
      certainty: 'seen',
      actor: 'deploy',
      action: 'update',
      target: {
        kind: 'security group',
        namespace: null,
        name: isCulprit ? 'sg-api' : `sg-${number}`,
        node: null,
        addresses: isCulprit ? ['10.0.0.10'] : ['10.9.9.9'],
        ports: isCulprit ? [6443] : [443],
      },
      summary: isCulprit ? culprit : decoy(index),
      diff: ['tcp 6443 from 203.0.113.0/24'],
      effect: { kind: 'judged', verdict: isCulprit ? 'breaks' : 'none', words: 'by the rules before and after it' },
      untilAt: null,
      link: null,
    };
  });
}

/** What stands on the card now; empty while there is none. */
function shown(workspace: Workspace): string {
  const [card] = workspace.channel(channel).messages();
  return card === undefined ? '' : JSON.stringify(card.blocks);
}
