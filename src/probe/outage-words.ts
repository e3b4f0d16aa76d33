import type { ProbeFailureKind } from '../words/probe.ts';
import { vantageName } from '../words/vantage.ts';
import type { Scope } from './scope.ts';
import type { Interval, WayState } from './tracks.ts';

/** A stretch in which a vantage could not probe, and why. */
export interface Unseen {
  readonly fromAt: number;
  readonly toAt: number;
  readonly why: 'notRunning' | 'cutOff';
}

/** How the onset was found and how sure that is. Holds no time of day: the onset's own are shown in the reader's zone. */
export function onsetWords(found: {
  readonly onset: Interval;
  readonly way: WayState;
  readonly failuresInARow: number;
  readonly probeEveryMs: number;
  readonly unseen: readonly Unseen[];
  readonly isUnknown: boolean;
}): string {
  const { onset, way, failuresInARow, probeEveryMs } = found;
  const who = vantageWords(way.way.vantage);
  const times = failuresInARow === 1 ? 'a bad probe' : `${failuresInARow} bad probes in a row`;
  return [
    `${times} from ${who}, which probes every ${span(probeEveryMs)}`,
    way.answeredBy === null
      ? 'nothing else could be asked meanwhile, so that it may be its own network that failed'
      : `meanwhile ${way.answeredBy} answered`,
    ...(found.isUnknown
      ? ['no good probe from before is known: it failed already at the first look']
      : gapWords(found)),
  ]
    .join('; ')
    .slice(0, MOST);

  function gapWords({ unseen }: { unseen: readonly Unseen[] }): string[] {
    const width = onset.latestAt - onset.earliestAt;
    if (width <= 3 * probeEveryMs) return [];
    const inside = unseen.filter(({ fromAt, toAt }) => toAt > onset.earliestAt && fromAt < onset.latestAt);
    if (inside.length === 0) return [`no probes are known for ${span(width)} before the first bad one`];
    return (['notRunning', 'cutOff'] as const).flatMap((why) => {
      const ms = inside
        .filter((one) => one.why === why)
        .map(({ fromAt, toAt }) => Math.min(toAt, onset.latestAt) - Math.max(fromAt, onset.earliestAt))
        .reduce((sum, one) => sum + one, 0);
      if (ms === 0) return [];
      return [
        why === 'notRunning'
          ? `the bot was not running for ${span(ms)} of it`
          : `${who} was itself cut off for ${span(ms)} of it`,
      ];
    });
  }
}

/** What failed, where, and from where: `connect: timeout at 10.0.0.10:6443 from the bot; works from pod agent-1`. */
export function outageWords(way: WayState, address: string | null, scope: Scope | null): string {
  const { host, port, vantage } = way.way;
  const run = (address === null ? way.whole : way.addresses.get(address))?.run;
  const failure =
    run === null || run === undefined ? 'failing' : `${run.failure.phase}: ${KIND_WORDS[run.failure.kind]}`;
  const place = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const where =
    address === null || way.addresses.size < 2
      ? place
      : `${address}, one of ${way.addresses.size} addresses of ${place}`;
  const others = [...(scope?.fares.values() ?? [])].filter(
    (one) => one.vantage.kind !== vantage.kind || one.vantage.instance !== vantage.instance,
  );
  const from = (fare: string) => others.filter((one) => one.fare === fare).map((one) => vantageWords(one.vantage));
  const fails = [vantageWords(vantage), ...from('fails')];
  const works = from('works');
  const partly = from('partly');
  return [
    `${failure} at ${where} from ${listed(fails)}`,
    ...(partly.length === 0 ? [] : [`some of its addresses from ${listed(partly)}`]),
    ...(works.length === 0 ? [] : [`works from ${listed(works)}`]),
  ]
    .join('; ')
    .slice(0, MOST);
}

/** As `Onset.words` and `Outage.words` are bounded. */
const MOST = 1_000;

function vantageWords(vantage: WayState['way']['vantage']): string {
  return vantageName({ ...vantage, leavesBy: [] });
}

function span(ms: number): string {
  if (ms < 90_000) return `${Math.round(ms / 100) / 10} s`;
  if (ms < 2 * 3_600_000) return `${Math.round(ms / 60_000)} min`;
  return `${Math.round(ms / 3_600_000)} h`;
}

/** When it ended without anybody having seen it work again. */
export function withoutRecovery(words: string, why: string): string {
  return `${words}; ${why}`.slice(0, MOST);
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(', ');
  return names.length > 5 ? `${shown} and ${names.length - 5} more` : shown;
}

const KIND_WORDS: Readonly<Record<ProbeFailureKind, string>> = {
  nameNotFound: 'the name does not resolve',
  resolverFailed: 'the resolver gives no answer',
  refused: 'connection refused',
  timeout: 'timeout',
  hostUnreachable: 'host unreachable',
  networkUnreachable: 'no way to it',
  blackholed: 'swallowed by a blackhole route',
  prohibited: 'prohibited by a route or filter',
  reset: 'connection reset',
  closed: 'connection closed',
  plainHttp: 'an answer without TLS',
  tlsAlert: 'the handshake fails',
  certificate: 'its certificate is not right',
  notAnApiServer: 'not what an API server answers',
  serverError: 'it answers, but is not ready',
  other: 'it failed',
};
