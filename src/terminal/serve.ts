import { once } from 'node:events';
import { chmod, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { z } from 'zod';
import type { Investigations } from '../investigation/commands.ts';
import { onsetOfReport } from '../onset/onset-of-report.ts';
import { parseReport } from '../onset/report.ts';
import type { Clock } from '../ops/clock.ts';
import type { Log } from '../ops/log.ts';
import { rules } from '../playbook/rules.ts';
import type { AuditLog } from '../words/audit.ts';
import type { BotState } from './bot-state.ts';
import { summaryOf } from './summary.ts';

/** What `apidown investigate` asks of the running bot. */
export const Ask = z.object({
  /** null: the only one there is. */
  cluster: z.string().nullable(),
  /** `since 14:05 from 203.0.113.0/24`, as a person says it; empty: nothing said. */
  said: z.string().max(2_000),
  /** IANA name of the person's zone. */
  zone: z.string().max(100),
  /** Login name of the one who asks. */
  user: z.string().min(1).max(100),
  widen: z.boolean(),
});
export type Ask = z.infer<typeof Ask>;

export const Asked = z.object({
  id: z.string(),
  joined: z.boolean(),
  /** What was understood of the time, for the person to check; null: none was said. */
  understood: z
    .object({ at: z.string().nullable(), zone: z.string(), sources: z.array(z.string()), notes: z.array(z.string()) })
    .nullable(),
});
export type Asked = z.infer<typeof Asked>;

export interface TerminalPorts {
  readonly investigations: Investigations;
  readonly clusters: readonly string[];
  /** What `apidown agents` and `apidown doctor` ask for. */
  state(): BotState;
  /** Left out: it is not written down who asked. */
  readonly audit?: Pick<AuditLog, 'add'>;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * Answers `apidown investigate` on this machine, for when Slack is down. Whoever may write to the socket may ask:
 * it belongs to the bot's own user.
 * @throws when another bot answers on the socket, or it can't be made
 */
export async function serveTerminal(socket: string, ports: TerminalPorts): Promise<{ close(): Promise<void> }> {
  if (await isAnswered(socket)) throw new Error(`another bot answers on ${socket}`);
  // What a bot that was killed left behind.
  await rm(socket, { force: true });
  const server = createServer({ requestTimeout: 10_000 }, (request, response) => {
    answer(request, ports).then(
      ({ status, body }) => respond(response, status, body),
      (error: unknown) => {
        ports.log.error({ error, url: request.url }, 'a terminal could not be answered');
        respond(response, 500, { message: "The bot could not answer: see the bot's log." });
      },
    );
  });
  server.listen(socket);
  await once(server, 'listening');
  await chmod(socket, 0o600);
  return {
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

interface Reply {
  readonly status: number;
  readonly body: unknown;
}

async function answer(request: IncomingMessage, ports: TerminalPorts): Promise<Reply> {
  const path = request.url ?? '';
  if (request.method === 'POST' && path === '/investigate') {
    const asked = Ask.safeParse(await readJson(request));
    if (!asked.success) return refused(400, `The request is wrong: ${z.prettifyError(asked.error)}`);
    return investigate(asked.data, ports);
  }
  if (request.method === 'GET' && path === '/state') return { status: 200, body: ports.state() };
  const id = /^\/investigations\/([\w-]{1,64})$/.exec(path)?.[1];
  if (request.method === 'GET' && id !== undefined) {
    const found = await ports.investigations.find(id);
    return found === null
      ? refused(404, `There is no investigation ${id}.`)
      : { status: 200, body: summaryOf(found, ports.clock.now()) };
  }
  return refused(404, 'Nothing is asked for by this path.');
}

async function investigate(ask: Ask, ports: TerminalPorts): Promise<Reply> {
  const { clusters, investigations, clock } = ports;
  const cluster = ask.cluster ?? (clusters.length === 1 ? clusters[0] : undefined);
  if (cluster === undefined) return refused(400, `Say which cluster: ${clusters.join(', ')}.`);
  if (!clusters.includes(cluster))
    return refused(404, `No cluster "${cluster}" is configured; there are ${clusters.join(', ')}.`);
  const report = parseReport(ask.said, { nowAt: clock.now(), zone: ask.zone });
  if (report.kind === 'unclear') return refused(400, `"${report.part}" is not understood: ${report.why}.`);
  const by = { kind: 'person' as const, id: ask.user };
  const onset = onsetOfReport(report, { by: ask.user });
  await ports.audit?.add({
    at: clock.now(),
    actor: ask.user,
    via: 'terminal',
    channel: null,
    action: 'investigate',
    cluster,
    target: ask.said.slice(0, 200) || null,
    outcome: 'allowed',
  });
  const opened = await investigations.open({ cluster, by, room: null, endpoint: null, report: onset });
  if (opened.kind === 'refused') return refused(409, opened.message);
  const { id } = opened.investigation;
  if (ask.widen) await investigations.act(id, by, { kind: 'widen', rules: rules.map((rule) => rule.id) });
  const understood = report.since === null && report.sources.length === 0 ? null : report.understood;
  const body: Asked = {
    id,
    joined: opened.kind === 'joined',
    understood:
      understood === null ? null : { ...understood, sources: [...understood.sources], notes: [...understood.notes] },
  };
  return { status: 200, body };
}

function refused(status: number, message: string): Reply {
  return { status, body: { message } };
}

function respond(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

const mostBytes = 10_000;

async function readJson(request: IncomingMessage): Promise<unknown> {
  let text = '';
  for await (const chunk of request) {
    text += String(chunk);
    if (text.length > mostBytes) return null;
  }
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isAnswered(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const tried = connect(socket);
    tried.once('connect', () => {
      tried.destroy();
      resolve(true);
    });
    tried.once('error', () => resolve(false));
  });
}
