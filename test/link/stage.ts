import { onTestFinished, vi } from 'vitest';
import { type Authority, type LeafRequest, makeAuthority } from '../../dev/stand-in/certificates.ts';
import { type BotLink, type ClientOptions, connectToBot } from '../../src/link/client.ts';
import { type Hub, type HubOptions, startHub } from '../../src/link/hub.ts';
import { type LinkKeyPair, makeKeyPair } from '../../src/link/keys.ts';
import type { Answer } from '../../src/link/protocol.ts';
import type { Log, LogData } from '../../src/ops/log.ts';
import type { ClusterKnowledge } from '../../src/words/endpoint.ts';
import type { Role } from '../../src/words/vantage.ts';
import { memoryKeys, memorySessions } from '../fakes/agent-keys.ts';

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly data: LogData;
}

/** A hub behind real TLS on loopback, and agents that dial it; all of it ends with the test. */
export interface Stage {
  readonly hub: Hub;
  readonly url: string;
  readonly authority: Authority;
  readonly keys: ReturnType<typeof memoryKeys>;
  readonly sessions: ReturnType<typeof memorySessions>;
  readonly knowledge: readonly { cluster: string; knowledge: ClusterKnowledge }[];
  readonly hubLog: readonly LogLine[];
  enroll(role?: Role, cluster?: string): Promise<LinkKeyPair>;
  /** Dials with a fresh key unless one is given; does not wait. */
  agent(options?: Partial<ClientOptions>): Promise<StagedAgent>;
  /** Stops the hub and starts another on the same port, with the same keys and sessions. */
  restart(): Promise<Hub>;
}

interface StagedAgent {
  readonly link: BotLink;
  readonly log: readonly LogLine[];
}

export const QUICK = { first: 20, most: 100 };

export async function stage(options: Partial<HubOptions> = {}, leaf: Partial<LeafRequest> = {}): Promise<Stage> {
  const authority = await makeAuthority('apidown test');
  const served = await authority.issue({ commonName: 'bot', names: ['localhost'], addresses: ['127.0.0.1'], ...leaf });
  const keys = memoryKeys();
  const sessions = memorySessions();
  const knowledge: { cluster: string; knowledge: ClusterKnowledge }[] = [];
  const hubLog = recordedLog();
  const hubOptions: HubOptions = {
    listen: { host: '127.0.0.1', port: 0, tls: { cert: served.certPem, key: served.keyPem } },
    keys,
    sessions,
    knowsCluster: (name) => name === 'prod' || name === 'stage',
    onKnowledge: (cluster, told) => {
      knowledge.push({ cluster, knowledge: told });
    },
    clock: Date.now,
    log: hubLog.log,
    ...options,
  };
  let hub = await startHub(hubOptions);
  const { port } = hub;
  const links: BotLink[] = [];
  onTestFinished(async () => {
    await Promise.all(links.map((link) => link.close()));
    await hub.close();
  });

  async function enroll(role: Role = 'node', cluster = 'prod'): Promise<LinkKeyPair> {
    const key = makeKeyPair();
    const { id, publicKeyPem } = key;
    const added = await keys.add({ id, cluster, role, publicKeyPem, createdAt: Date.now() });
    if (added !== 'added') throw new Error(`${cluster} has two keys for the role ${role} already`);
    return key;
  }

  return {
    get hub() {
      return hub;
    },
    url: `https://127.0.0.1:${port}`,
    authority,
    keys,
    sessions,
    knowledge,
    hubLog: hubLog.lines,
    enroll,
    async agent(own = {}) {
      const { log, lines } = recordedLog();
      const role = own.role ?? 'node';
      const cluster = own.cluster ?? 'prod';
      const link = connectToBot({
        url: `https://127.0.0.1:${port}`,
        ca: authority.caPem,
        cluster,
        role,
        instance: 'cp-1',
        key: own.key ?? (await enroll(role, cluster)),
        version: '0.1.0',
        checks: ['listening', 'host-firewall'],
        run: async () => answered({}),
        outgoing: [],
        onOrder: () => {},
        leavesBy: () => ['192.0.2.7'],
        clock: Date.now,
        log,
        pace: { lost: QUICK, refused: QUICK, fenced: QUICK, notTaken: QUICK },
        ...own,
      });
      links.push(link);
      return { link, log: lines };
    },
    async restart() {
      await hub.close();
      hub = await startHub({ ...hubOptions, listen: { ...hubOptions.listen, port } });
      return hub;
    },
  };
}

export function answered(facts: unknown): Answer {
  const now = Date.now();
  return { kind: 'answered', facts, asOfAt: now, gatheredAt: now, tookMs: 1 };
}

export function recordedLog(): { log: Log; lines: LogLine[] } {
  const lines: LogLine[] = [];
  const line = (level: LogLine['level']) => (data: LogData, message: string) => {
    lines.push({ level, message, data });
  };
  return { log: { debug: line('debug'), info: line('info'), warn: line('warn'), error: line('error') }, lines };
}

export const NODE = { kind: 'node', instance: 'cp-1' } as const;

let commands = 0;

export function command(overrides: Partial<Parameters<Hub['run']>[2]> = {}): Parameters<Hub['run']>[2] {
  commands += 1;
  return { id: `command-${commands}`, check: 'listening', params: {}, deadlineAt: Date.now() + 10_000, ...overrides };
}

export const NEVER = new AbortController().signal;

/** Waits for a condition, as long as a machine with much else to do may need. */
export function eventually<T>(condition: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(condition, { timeout: 12_000, interval: 10 });
}
