import { createHmac } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { IntakeSecrets } from '../../../src/changes/intake/admit.ts';
import { changesRoutes } from '../../../src/changes/intake/route.ts';
import type { IntakeParts } from '../../../src/changes/intake/take.ts';
import { serveHttp } from '../../../src/ops/http-server.ts';
import { createLog } from '../../../src/ops/log.ts';
import { openStore } from '../../../src/store/open.ts';
import type { Store } from '../../../src/store/store.ts';
import type { Change } from '../../../src/words/change.ts';

/** What time it is for the bot. */
export const NOW = Date.parse('2026-11-22T12:00:00Z');
export const TOKEN = 'of-sixteen-chars-and-more';
export const KEY = 'a-key-to-sign-with';

interface Answered {
  readonly status: number;
  readonly headers: Headers;
  readonly body: {
    readonly error?: string;
    readonly taken?: number;
    readonly duplicates?: number;
    readonly ignored?: number;
    readonly refused?: number;
    readonly events?: readonly {
      id: string | null;
      outcome: string;
      clusters?: string[];
      why?: string;
      notes?: string[];
    }[];
  };
}

export interface Stage {
  readonly port: number;
  readonly learned: readonly string[];
  readonly logged: readonly string[];
  /** Sent as it is, by default with the token. */
  send(body: string, headers?: Record<string, string>): Promise<Answered>;
  /** One structured event. */
  event(event: object, headers?: Record<string, string>): Promise<Answered>;
  batch(events: readonly unknown[]): Promise<Answered>;
  ask(init: RequestInit): Promise<Response>;
  changes(cluster?: string): Promise<readonly Change[]>;
  /** Closes the store and opens it anew from its file. */
  restart(): Promise<void>;
  setTime(at: number): void;
}

interface Given {
  readonly clusters?: readonly string[];
  readonly rules?: IntakeParts['rules'];
  readonly secrets?: IntakeSecrets;
}

/** The routes behind a real server on loopback, over a real store in a file; all of it ends with the test. */
export async function stage(given: Given = {}): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'apidown-intake-'));
  let store = await open(folder);
  let nowAt = NOW;
  const learned: string[] = [];
  const logged: string[] = [];
  const routes = changesRoutes({
    clusters: given.clusters ?? ['prod', 'stage'],
    rules: given.rules ?? [],
    secrets: given.secrets ?? { token: TOKEN, hmacKey: KEY },
    journal: { add: (...told) => store.changes.add(...told) },
    onLearned: (cluster) => learned.push(cluster),
    clock: { now: () => nowAt },
    log: createLog({ name: 'test', to: { write: (line) => logged.push(line) } }),
  });
  const log = createLog({ name: 'test', level: 'silent' });
  const server = await serveHttp({ host: '127.0.0.1', port: 0 }, routes, log);
  onTestFinished(async () => {
    await server.close();
    await store.close();
    await rm(folder, { recursive: true });
  });

  const url = `http://127.0.0.1:${server.port}/changes`;
  async function send(body: string, headers: Record<string, string> = {}): Promise<Answered> {
    const all = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/cloudevents+json', ...headers };
    const shown = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
    const response = await fetch(url, { method: 'POST', headers: shown, body });
    return { status: response.status, headers: response.headers, body: JSON.parse(await response.text()) };
  }
  return {
    port: server.port,
    learned,
    logged,
    send,
    event: (event, headers) => send(JSON.stringify(event), headers),
    batch: (events) => send(JSON.stringify(events), { 'content-type': 'application/cloudevents-batch+json' }),
    ask: (init) => fetch(url, init),
    async changes(cluster = 'prod') {
      const all = { fromAt: 0, toAt: NOW * 2, nearAt: NOW, most: 1_000 };
      return (await store.changes.between(cluster, all)).changes;
    },
    async restart() {
      await store.close();
      store = await open(folder);
    },
    setTime(at) {
      nowAt = at;
    },
  };
}

/** A change two minutes ago, with everything that an event needs. */
export function eventOf(given: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    specversion: '1.0',
    id: 'change-1',
    source: '//ci.example/deploys',
    type: 'example.deployed',
    time: '2026-11-22T11:58:00Z',
    apidowncluster: 'prod',
    ...given,
  };
}

/** As a sender does it. */
export function signed(body: string, timestamp = NOW / 1_000, key = KEY): Record<string, string> {
  const signature = createHmac('sha256', key).update(`${timestamp}.${body}`).digest('hex');
  return {
    authorization: '',
    'x-apidown-timestamp': String(timestamp),
    'x-apidown-signature': `sha256=${signature}`,
  };
}

export function fixture(name: string): Promise<string> {
  return readFile(new URL(`./fixtures/${name}.json`, import.meta.url), 'utf8');
}

async function open(folder: string): Promise<Store> {
  const outcome = await openStore({ kind: 'sqlite', file: join(folder, 'apidown.db') });
  if (outcome.kind === 'refused') throw new Error(outcome.message);
  return outcome.store;
}
