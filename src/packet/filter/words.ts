import type { Decision } from './packet.ts';
import type { Stop } from './traverse.ts';

/** A rule as a person finds it again. */
export interface RuleInWords {
  /** `nftables table inet filter, chain input, handle 12` */
  readonly place: string;
  /** The rule, or for a policy `policy drop`; long ones are cut. */
  readonly text: string;
}

/** What was decided, and where it stands. */
export function inWords(decision: Decision, how: Stop['how'] | 'accept', detail: string): RuleInWords {
  const { chain, rule } = decision;
  const handle = rule?.handle === null || rule?.handle === undefined ? '' : `, handle ${rule.handle}`;
  const policy = `policy ${chain.base?.policy ?? how}`;
  const text = rule === null ? policy : rule.text;
  return {
    place: `${chain.reader} table ${chain.family} ${chain.table}, chain ${chain.name}${handle}`,
    text: shortened(rule !== null && how === 'lost' && detail !== '' ? `${text} (${detail})` : text),
  };
}

/** What a client on Linux makes of a denial. */
export function seenByClient(direction: 'in' | 'replies', stops: readonly Stop[]): string {
  const seen = stops.flatMap((stop) => {
    // A rejected reply tells the API server, not the client, which goes on waiting.
    if (direction === 'replies') return 'a timeout';
    // Where nobody waits for it, it may be answered with a reset.
    if (stop.how === 'astray') return ['a timeout', 'connection refused'];
    return stop.how === 'reject' ? ofReject(stop.detail, stop.packet.family) : 'a timeout';
  });
  return [...new Set(seen)].join(' or ');
}

function ofReject(detail: string, family: 4 | 6): string {
  if (/reset|port/.test(detail)) return 'connection refused';
  if (/net-|no-route/.test(detail)) return 'network unreachable';
  if (/prohib|policy|reject-route/.test(detail) && family === 6) return 'permission denied';
  return 'host unreachable';
}

const longest = 400;

function shortened(text: string): string {
  return text.length <= longest ? text : `${text.slice(0, longest)}…`;
}
