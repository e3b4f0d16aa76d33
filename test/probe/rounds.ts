import type { Round, Try, Way } from '../../src/probe/round.ts';
import type { Sample } from '../../src/words/onset.ts';

/** Rounds as probers make them, for tests. */

export const bot = { kind: 'outside', instance: 'bot' } as const;
export const eu = { kind: 'outside', instance: 'eu' } as const;
export const pod = { kind: 'pod', instance: 'agent-1' } as const;
export const node = { kind: 'node', instance: 'cp-1' } as const;

export function way(vantage: Way['vantage'] = bot, path: Way['path'] = 'endpoint'): Way {
  return { cluster: 'prod', vantage, path, host: 'api.example', port: 6443 };
}

type Outcome = 'good' | NonNullable<Sample['failure']>['kind'];

/** `tries`: what each address did; `null` as the address: the name did not resolve. */
export function round(
  at: number,
  tries: Readonly<Record<string, Outcome>> | Outcome,
  more: Partial<Round> & { readonly tookMs?: number } = {},
): Round {
  const { tookMs = 100, ...rest } = more;
  const each = typeof tries === 'string' ? { '192.0.2.1': tries } : tries;
  return {
    way: way(),
    at,
    tries: Object.entries(each).map(([address, outcome]) => oneTry(at, address, outcome, tookMs)),
    answeredBy: 'slack.example:443',
    leavesBy: [],
    ...rest,
  };
}

function oneTry(at: number, address: string, outcome: Outcome, tookMs: number): Try {
  const phase = address === 'null' ? 'resolve' : 'connect';
  return {
    address: address === 'null' ? null : address,
    at,
    tookMs,
    good: outcome === 'good',
    failure: outcome === 'good' ? null : { phase, kind: outcome },
    phases: {},
  };
}
