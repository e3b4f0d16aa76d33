import { proxyFor } from '../../link/client-proxy.ts';
import { keepProbing, type Probed, type Probing } from '../../probe/keep-probing.ts';
import { boundedLookups } from '../../probe/lookups.ts';
import { references } from '../../probe/references.ts';
import { VANTAGE_OF_ROLE } from '../../words/vantage.ts';
import { pause } from '../pause.ts';
import type { RoleInput } from '../role.ts';
import { batches } from './batches.ts';
import { targetsOf, wayToBot } from './targets.ts';

/** How long samples of an uneventful stretch wait for others; and how often what was learned is looked at again. */
const FLUSH_EVERY_MS = 10_000;
const REFERENCE_SHARE = 0.4;

type Needs = Pick<RoleInput, 'config' | 'env' | 'learned' | 'order' | 'sink' | 'probe' | 'clock' | 'log'>;

/**
 * Probes what the bot ordered, as often as it ordered, and tells it what it sees; nothing before the first order. What
 * fails while the bot does not answer either is no data, unless it is on this machine itself. Until the signal aborts.
 */
export async function probeOn(needs: Needs, signal: AbortSignal): Promise<void> {
  const { config, env, learned, order, sink, probe, clock, log } = needs;
  const vantage = { kind: VANTAGE_OF_ROLE[config.role], instance: config.instance };
  const told = batches((record) => sink.put(record));
  const lookups = boundedLookups();
  const bot = wayToBot(config.botUrl, proxyFor(config.botUrl, env));
  const now: { running: { readonly everyMs: number; readonly probing: Probing<Probed> } | null } = { running: null };
  let isCutOff = false;
  let changing = Promise.resolve();

  function begin(everyMs: number): Probing<Probed> {
    return keepProbing<Probed>({
      everyMs,
      probe,
      lookups,
      references: references({
        configured: [bot],
        assumed: [],
        // A bot that is down keeps nobody from seeing.
        refusalCounts: true,
        deadlineMs: REFERENCE_SHARE * everyMs,
        lookups,
        signal,
      }),
      clock,
      onRound({ target }, finished) {
        if ((finished.kind === 'cutOff') !== isCutOff && target.path !== 'loopback') {
          isCutOff = finished.kind === 'cutOff';
          log.info({ isCutOff, host: target.host }, 'whether this agent is itself cut off from the bot changed');
        }
        if (finished.kind === 'cutOff') return;
        const { path, host, port } = target;
        told.add({ cluster: config.cluster, vantage, path, host, port }, finished);
      },
      log,
    });
  }

  async function follow(): Promise<void> {
    const current = order.current();
    if (current === null || signal.aborted) return;
    const { probeEveryMs: everyMs } = current;
    if (now.running?.everyMs !== everyMs) {
      await now.running?.probing.close();
      now.running = { everyMs, probing: begin(everyMs) };
    }
    now.running.probing.set(targetsOf(current, learned.knowledge(), vantage.kind));
  }

  const followSoon = (): void => {
    changing = changing
      .then(follow)
      .catch((error: unknown) => log.error({ error }, 'what to probe could not be set anew; it is tried again soon'));
  };

  const unlisten = order.onChange(followSoon);
  try {
    while (!signal.aborted) {
      followSoon();
      await pause(FLUSH_EVERY_MS, signal);
      told.flush();
    }
  } finally {
    unlisten();
    await changing;
    await now.running?.probing.close();
    told.flush();
  }
}
