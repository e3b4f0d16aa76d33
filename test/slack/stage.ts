import { readFileSync } from 'node:fs';
import { afterEach } from 'vitest';
import type { Message } from '../../dev/workspace/conversations.ts';
import type { WorkspaceOptions } from '../../dev/workspace/options.ts';
import { startWorkspace, type Workspace } from '../../dev/workspace/workspace.ts';
import { createHistory } from '../../src/investigation/history.ts';
import type { CheckAnswer, ConnectedVantage } from '../../src/investigation/ports.ts';
import { createInvestigations, type InvestigationService } from '../../src/investigation/service.ts';
import type { Investigation } from '../../src/investigation/state.ts';
import { createLog } from '../../src/ops/log.ts';
import { createSlackApp, type SlackApp, type SlackAppOptions } from '../../src/slack/app.ts';
import { manifestFor } from '../../src/slack/app-manifest.ts';
import type { SlackState } from '../../src/slack/connection.ts';
import { EVENTS_PATH } from '../../src/slack/inlet.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import type { Finding } from '../../src/words/evidence.ts';
import { type Asked, scriptedVantages, threeVantages } from '../fakes/vantages.ts';

export const manifest = readFileSync(new URL('../../app-manifest.yml', import.meta.url), 'utf8');

/** By which way people's doings reach the app. */
export type Mode = 'socket' | 'http';

export interface StageOptions {
  /** Socket Mode when left out. */
  readonly mode?: Mode;
  readonly workspace?: Partial<WorkspaceOptions>;
  readonly slack?: Partial<SlackAppOptions> | ((store: Store) => Partial<SlackAppOptions>);
  readonly answer?: (asked: Asked, signal: AbortSignal) => Promise<CheckAnswer>;
  readonly judge?: (asked: { check: string; facts: unknown }) => Finding;
  readonly endpoint?: string | null;
  readonly connected?: readonly ConnectedVantage[];
  /** Told of every change, as what else watches investigations. */
  readonly onChange?: (investigation: Investigation) => void;
}

export interface Stage {
  readonly workspace: Workspace;
  readonly service: InvestigationService;
  readonly store: Store;
  readonly scripted: ReturnType<typeof scriptedVantages>;
  /** Lines of the log, as JSON. */
  readonly logged: string[];
  readonly states: SlackState[];
  slack(): SlackApp;
  /** Another process takes over: the store is all that is left of the one before. */
  restart(): Promise<void>;
  /** The card in the channel, once it stands. */
  card(channel?: string): Promise<Message>;
}

export const good = async (): Promise<CheckAnswer> => ({
  kind: 'answered',
  facts: { fine: true },
  gatheredAt: Date.now(),
  asOfAt: Date.now(),
  tookMs: 5,
});

const cleanups: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

/** The real app, service and store before a strict Slack; only the vantages' answers are made up. */
export async function aStage(options: StageOptions = {}): Promise<Stage> {
  const { mode = 'socket' } = options;
  const workspace = await startWorkspace({
    manifest: mode === 'socket' ? manifest : manifestFor(manifest, { mode, url: 'https://apidown.example' }),
    users: [
      { id: 'U1', name: 'ana' },
      { id: 'U2', name: 'bo' },
    ],
    channels: [
      { id: 'C1', name: 'incidents' },
      { id: 'C2', name: 'elsewhere', hasApp: false },
    ],
    userGroups: [{ id: 'S1', handle: 'on-call', users: ['U1'] }],
    grantedOptionalScopes: ['channels:history', 'groups:history'],
    ...options.workspace,
  });
  const opened = await openStore({ kind: 'sqlite', file: ':memory:' });
  if (opened.kind !== 'open') throw new Error(opened.message);
  const { store } = opened;
  const scripted = scriptedVantages(options.answer ?? good);
  scripted.connected.push(...(options.connected ?? threeVantages));
  const logged: string[] = [];
  const log = createLog({ name: 'test', level: 'debug', to: { write: (line) => void logged.push(line) } });
  const clock = { now: () => Date.now() };
  const states: SlackState[] = [];

  const service = createInvestigations({
    store: store.investigations,
    vantages: scripted.vantages,
    clusters: {
      profile: async (name) => ({
        name,
        knowledge: { endpoints: [], caPem: '', controlPlaneNodes: ['cp-1'], provider: 'self', asOfAt: 1 },
        sources: [],
        gateways: [],
      }),
    },
    clock,
    log,
    judge: (check, _params, facts) =>
      options.judge?.({ check, facts }) ?? { verdict: 'ok', reason: `The ${check} check is fine.`, details: [] },
    endpointIn: () => null,
    outagesOf: async () => [],
    endpointOf: async () => (options.endpoint === undefined ? 'https://10.0.0.10:6443' : options.endpoint),
    onChange(investigation) {
      options.onChange?.(investigation);
      void slack.publish(investigation);
    },
  });

  function start(): SlackApp {
    return createSlackApp({
      tokens:
        mode === 'socket'
          ? { bot: workspace.botToken, app: workspace.appToken }
          : {
              bot: workspace.botToken,
              signingSecret: workspace.signingSecret,
              listen: { host: '127.0.0.1', port: 0 },
            },
      apiUrl: workspace.apiUrl,
      investigations: service,
      clusters: [{ name: 'prod', channels: [] }],
      grants: [],
      vantages: scripted.vantages,
      records: store.messages,
      history: createHistory({ investigations: store.investigations, shelf: store.pasts }),
      audit: store.audit,
      clock,
      log,
      onState: (state) => states.push(state),
      paces: { post: { burst: 100, everyMs: 10 }, edit: { burst: 100, everyMs: 10 } },
      ...(typeof options.slack === 'function' ? options.slack(store) : options.slack),
    });
  }

  async function connect(): Promise<void> {
    await slack.start();
    const port = slack.port();
    if (port !== null) await workspace.http.pointAt(`http://127.0.0.1:${port}${EVENTS_PATH}`);
  }

  let slack = start();
  cleanups.push(async () => {
    await service.close();
    await slack.close();
    await workspace.close();
    await store.close();
  });
  await connect();

  return {
    workspace,
    service,
    store,
    scripted,
    logged,
    states,
    slack: () => slack,
    async restart() {
      await slack.close(0);
      slack = start();
      await connect();
    },
    card: (channel = 'C1') =>
      workspace.waitFor(() => workspace.channel(channel).messages().find(isCard), { what: `a card in ${channel}` }),
  };
}

export function isCard({ metadata }: Message): boolean {
  return typeof metadata?.event_payload.key === 'string' && metadata.event_payload.key.endsWith('/card');
}

/** All that a person reads in a message. */
export function words(message: Pick<Message, 'blocks'>): string {
  return JSON.stringify(message.blocks);
}
