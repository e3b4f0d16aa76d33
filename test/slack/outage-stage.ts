import { afterEach } from 'vitest';
import type { Message } from '../../dev/workspace/conversations.ts';
import { startWorkspace } from '../../dev/workspace/workspace.ts';
import { createInvestigations } from '../../src/investigation/service.ts';
import { createLog } from '../../src/ops/log.ts';
import { createOutageDesk, type OutageDesk } from '../../src/outages/desk.ts';
import type { OutageSettings } from '../../src/outages/ports.ts';
import { createSlackApp, type SlackApp, type SlackAppOptions } from '../../src/slack/app.ts';
import type { Outage } from '../../src/words/onset.ts';
import { opened } from '../contracts/store.ts';
import { scriptedVantages, threeVantages } from '../fakes/vantages.ts';
import { good, manifest } from './stage.ts';

export const minute = 60_000;
/** A Tuesday, in the afternoon everywhere in Europe. */
export const beganAt = Date.parse('2026-11-10T14:03:00Z');

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

export interface OutageStageOptions {
  readonly settings?: Partial<OutageSettings>;
  readonly slack?: Partial<SlackAppOptions>;
  readonly startAt?: number;
  /** Is the app in the channel of the card? */
  readonly isInvited?: boolean;
}

/** App, service, store and desk before a strict Slack; only the prober, the vantages' answers and the time are made up. */
export async function anOutageStage(options: OutageStageOptions = {}) {
  let nowAt = options.startAt ?? beganAt;
  const clock = { now: () => nowAt };
  const workspace = await startWorkspace({
    manifest,
    users: [
      { id: 'U1', name: 'ana' },
      { id: 'U2', name: 'bo' },
    ],
    channels: [
      { id: 'C1', name: 'incidents', hasApp: options.isInvited ?? true },
      { id: 'C2', name: 'elsewhere' },
    ],
    userGroups: [{ id: 'S1', handle: 'on-call', users: ['U1'] }],
    grantedOptionalScopes: ['channels:history', 'groups:history'],
    rateLimits: 'none',
    triggerLifeMs: 60_000,
    ackDeadlineMs: 60_000,
  });
  const store = await opened({ kind: 'sqlite', file: ':memory:' });
  const scripted = scriptedVantages(good);
  scripted.connected.push(...threeVantages);
  const logged: string[] = [];
  const log = createLog({ name: 'test', level: 'debug', to: { write: (line) => void logged.push(line) } });
  const settings: OutageSettings = {
    ...{ channel: 'C1', mention: null, remindEveryMs: 30 * minute, quiet: null },
    ...options.settings,
  };
  let desk: OutageDesk;
  let slack: SlackApp;
  const service = createInvestigations({
    store: store.investigations,
    vantages: scripted.vantages,
    clusters: {
      profile: async (name) => ({
        ...{ name, sources: [], gateways: [] },
        knowledge: { endpoints: [], caPem: '', controlPlaneNodes: ['cp-1'], provider: 'self', asOfAt: 1 },
      }),
    },
    clock,
    log,
    judge: () => ({ verdict: 'ok', reason: 'It is fine.', details: [] }),
    endpointIn: () => null,
    outagesOf: (cluster) => store.outages.since(cluster, nowAt - 10 * minute),
    endpointOf: async () => 'https://10.0.0.10:6443',
    onChange(investigation) {
      void slack.publish(investigation);
      desk.changed(investigation);
    },
  });

  async function start(): Promise<void> {
    desk = createOutageDesk({
      ...{ cards: store.outageCards, investigations: service, clock, log },
      settingsOf: (cluster) => (cluster === 'prod' ? settings : null),
      outagesOf: (cluster, sinceAt) => store.outages.since(cluster, sinceAt),
      show: (view) => slack.showOutage(view),
      // The test looks, not the timer.
      tickMs: 60 * minute,
    });
    const { find, snooze, stop } = desk;
    slack = createSlackApp({
      tokens: { bot: workspace.botToken, app: workspace.appToken },
      apiUrl: workspace.apiUrl,
      investigations: service,
      clusters: [
        { name: 'prod', channels: ['C1'] },
        { name: 'staging', channels: [] },
      ],
      grants: [],
      vantages: scripted.vantages,
      records: store.messages,
      outages: { find, snooze, stop },
      channelClusters: store.channelClusters,
      clock,
      log,
      paces: { post: { burst: 100, everyMs: 10 }, edit: { burst: 100, everyMs: 10 } },
      ...options.slack,
    });
    await slack.start();
  }

  await start();
  cleanups.push(async () => {
    await desk.close();
    await service.close();
    await slack.close();
    await workspace.close();
    await store.close();
  });

  const isOutage = ({ metadata }: Message) => /^outage\/[^/]+$/.test(String(metadata?.event_payload.key));
  const cards = (channel = 'C1') => workspace.channel(channel).messages().filter(isOutage);

  return {
    ...{ workspace, service, store, logged, cards },
    now: clock.now,
    advance(ms: number) {
      nowAt += ms;
    },
    /** What the prober does with what it sees. */
    async seen(outage: Outage) {
      await store.outages.put(outage);
      await service.outageSeen(outage);
      desk.seen(outage);
    },
    /** Some time later the desk looks what is due. */
    async later(ms: number) {
      nowAt += ms;
      await desk.look();
    },
    look: () => desk.look(),
    resume: () => desk.resume(['prod']),
    async restart() {
      await desk.close();
      await slack.close(0);
      await start();
    },
    card: (channel = 'C1') => workspace.waitFor(() => cards(channel)[0], { what: 'the card of an outage' }),
    /** What a person reads now. */
    async read(message: Message, isIt: (text: string) => boolean = () => true): Promise<string> {
      const text = () =>
        workspace
          .readAs('U1', { width: 1_000 })
          .message(workspace.channel(message.channel).message(message.ts) ?? message, { withThread: false });
      await workspace.waitFor(() => isIt(text()), { what: `another text than:\n${text()}` });
      return text();
    },
    replies: (message: Message) => workspace.channel(message.channel).thread(message.ts),
    reply: (message: Message, words: string, at = 0) =>
      workspace.waitFor(
        () =>
          workspace
            .channel(message.channel)
            .thread(message.ts)
            .filter((one) => JSON.stringify(one.blocks).includes(words))
            .at(at),
        { what: `a reply that says ${words}` },
      ),
  };
}

/** A down stretch of prod as the prober tells it; `end`: when it was over. */
export function downAt(at: number, end: number | null = null, more: Partial<Outage> = {}): Outage {
  const id = `prod:${at}`;
  return {
    ...{ id, incident: id, cluster: 'prod', words: 'connect: timeout at 10.0.0.10:6443 from the bot' },
    onset: {
      ...{ id: `prober:${id}`, method: 'prober', earliestAt: at - 2_000, latestAt: at },
      ...{ words: '2 bad probes in a row from the bot', sources: [], scope: 'everywhere' },
      recovery: end === null ? null : { earliestAt: end - 2_000, latestAt: end },
    },
    ...more,
  };
}
