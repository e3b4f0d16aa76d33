import { learnedTargets, serverNameFor, withoutRepeats } from '../../checks/reachability/targets.ts';
import type { Probed } from '../../probe/keep-probing.ts';
import type { Place } from '../../probe/references.ts';
import type { ClusterKnowledge } from '../../words/endpoint.ts';
import type { ProbeTarget } from '../../words/probe.ts';
import type { WatchOrder } from '../../words/stream.ts';
import type { VantageKind } from '../../words/vantage.ts';

/**
 * What an agent probes: what the bot names, and what only it knows; nothing as long as nobody knows the cluster's CA,
 * since then nobody could tell who answers.
 */
export function targetsOf(order: WatchOrder, knowledge: ClusterKnowledge, from: VantageKind): Probed[] {
  const caPem = order.caPem === '' ? knowledge.caPem : order.caPem;
  if (caPem === '') return [];
  // Of what clients use the bot names the one that counts.
  const own = from === 'outside' ? [] : learnedTargets(knowledge, from).filter(({ path }) => OWN_PATHS.has(path));
  const loopback: ProbeTarget[] = from === 'node' ? [{ path: 'loopback', host: '127.0.0.1', port: order.apiPort }] : [];
  return withoutRepeats([...order.targets, ...own, ...loopback])
    .slice(0, MOST_TARGETS)
    .map((target) => ({
      key: `${target.path} ${target.host} ${target.port} ${caPem}`,
      target,
      caPem,
      ...serverNameOf(target),
    }));
}

const OWN_PATHS: ReadonlySet<ProbeTarget['path']> = new Set(['service-ip', 'service-dns', 'api-server-address']);
const MOST_TARGETS = 32;

function serverNameOf(target: ProbeTarget): { serverName?: string } {
  // Loopback is in no API server's certificate; this name is in every one.
  return target.path === 'loopback' ? { serverName: 'kubernetes.default.svc' } : serverNameFor(target);
}

/** Where an agent connects on its way to the bot: what speaks for its own network. `proxy`: null when it dials directly. */
export function wayToBot(botUrl: string, proxy: string | null): Place {
  const url = new URL(proxy ?? botUrl);
  const isSecure = url.protocol === 'https:' || url.protocol === 'wss:';
  const port = url.port === '' ? (isSecure ? 443 : 80) : Number(url.port);
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port };
}
