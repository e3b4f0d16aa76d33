import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BotLink, connectToBot, type LinkState } from '../link/client.ts';
import { checkTarget } from '../link/client-dial.ts';
import { proxyFor } from '../link/client-proxy.ts';
import type { Log } from '../ops/log.ts';
import { probe } from '../probe/probe.ts';
import { ClusterKnowledge } from '../words/endpoint.ts';
import { WatchOrder } from '../words/stream.ts';
import { answerWith } from './answer.ts';
import type { LinkedConfig } from './config.ts';
import { enrolment } from './enrolled.ts';
import { beatHeart } from './heartbeat.ts';
import { keepNewest, keptFile } from './keep.ts';
import { growingKnowledge } from './knowledge.ts';
import { standingOrder } from './order.ts';
import { aborted, pause } from './pause.ts';
import { type AgentRole, makeRole } from './role.ts';
import { watchSources } from './sources.ts';
import { openSpool } from './spool/spool.ts';

export interface AgentNeeds {
  /** Of the agent program. */
  readonly version: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Epoch ms. */
  readonly clock: () => number;
  readonly log: Log;
}

export interface Agent {
  /** null before it dials for the first time. */
  linkState(): LinkState | null;
  /** Aborts what runs, keeps what is known, hangs up. */
  stop(): Promise<void>;
  /** Resolves when it has stopped; rejects with what broke it, everything else having ended then. */
  readonly ended: Promise<void>;
}

/** An agent that is asked the moment it connects should have seen something; one that sees nothing must connect all the same. */
const SETTLE_MS = 5_000;
const KEEP_EVERY_MS = 5_000;

/** Puts an agent together and starts it. @throws with what is missing or wrong when it can't start at all. */
export async function startAgent(config: LinkedConfig, needs: AgentNeeds): Promise<Agent> {
  const { clock, log, env, version } = needs;
  const stopping = new AbortController();
  const { signal } = stopping;
  const readKey = async () => (await enrolment(config.keyFile)).key;
  const enrolled = await enrolment(config.keyFile);
  const bot = {
    url: config.botUrl,
    ca: config.botCaFile === null ? (enrolled.botCaPem ?? undefined) : await readFile(config.botCaFile, 'utf8'),
    proxy: proxyFor(config.botUrl, env),
    allowPlain: config.allowPlain,
  };
  checkTarget(bot);

  const { cluster, instance } = config;
  const kept = keptFile({ dir: config.stateDir, name: 'knowledge', schema: ClusterKnowledge, cluster, log });
  let link: BotLink | null = null;
  const learned = growingKnowledge(await kept.read(), (knowledge) => {
    keeper.touch();
    link?.knowledge(knowledge);
  });
  const keeper = keepNewest({ kept, newest: learned.knowledge, everyMs: KEEP_EVERY_MS, log });
  const keptOrder = keptFile({ dir: config.stateDir, name: `order-${config.role}`, schema: WatchOrder, cluster, log });
  const order = standingOrder(await keptOrder.read(), log);
  const orderKeeper = keepNewest({ kept: keptOrder, newest: order.current, everyMs: KEEP_EVERY_MS, log });
  order.onChange(orderKeeper.touch);
  const spool = await openSpool({
    // Agents of two roles on one machine may share the folder.
    dir: join(config.stateDir, 'spool', config.role),
    cluster,
    instance,
    mostBytes: config.spoolBytes,
    clock,
    log,
  });
  let role: AgentRole;
  try {
    role = await makeRole({ config, env, learned, probe, sink: spool, order, clock, log });
  } catch (error) {
    await spool.close();
    throw error;
  }
  const sources = watchSources(learned);

  async function converse(): Promise<void> {
    await Promise.race([role.ready, pause(SETTLE_MS, signal)]);
    if (signal.aborted) return;
    link = connectToBot({
      ...bot,
      cluster,
      role: config.role,
      instance,
      version,
      key: readKey,
      checks: role.runners.map(({ check }) => check),
      leavesBy: sources.addresses,
      run: answerWith(role.runners, clock),
      outgoing: spool.outgoing,
      onOrder: order.take,
      clock,
      log,
    });
    link.knowledge(learned.knowledge());
    await aborted(signal);
    await link.close();
  }

  /** Whatever breaks, nothing else goes on half alive: the agent ends, and whoever started it starts it anew. */
  async function live(): Promise<void> {
    const work = [
      role.run(signal),
      keeper.run(signal),
      orderKeeper.run(signal),
      sources.run(signal),
      beatHeart({ dir: config.stateDir, clock, log, signal }),
      converse(),
    ];
    try {
      await Promise.all(work);
    } finally {
      stopping.abort();
      await Promise.allSettled(work);
      await spool.close();
    }
  }

  const ended = live();
  return {
    ended,
    linkState: () => link?.state() ?? null,
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}
