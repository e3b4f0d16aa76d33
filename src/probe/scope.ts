import type { OutageScope } from '../words/onset.ts';
import type { Track, WayState } from './tracks.ts';

/** How a vantage fares with the endpoint. */
type Fare = 'works' | 'fails' | 'partly';

/** Everyone who has something to say on the outage, and what follows. */
export interface Scope {
  readonly scope: OutageScope;
  readonly fares: ReadonlyMap<string, VantageFare>;
}

interface VantageFare {
  readonly vantage: WayState['way']['vantage'];
  readonly fare: Fare;
}

/**
 * From where it fails, by every vantage that probed at `sinceAt` or later; null when nobody did.
 * Outside what counts is the way clients take. Inside any way that leads to the API server does: a pod that reaches it
 * by its Service shows that it lives.
 */
export function scopeOf(ways: Iterable<WayState>, sinceAt: number, failuresInARow: number): Scope | null {
  const fares = new Map<string, VantageFare>();
  for (const { way, ...state } of ways) {
    if (state.newestAt < sinceAt || (way.vantage.kind === 'outside' && way.path !== 'endpoint')) continue;
    const fare = fareOf(state, failuresInARow);
    if (fare === null) continue;
    const key = `${way.vantage.kind} ${way.vantage.instance}`;
    const known = fares.get(key)?.fare ?? fare;
    fares.set(key, {
      vantage: way.vantage,
      fare: way.vantage.kind === 'outside' ? worse(known, fare) : better(known, fare),
    });
  }
  return fares.size === 0 ? null : { scope: judge([...fares.values()]), fares };
}

/** An address that never answered and that this machine has no way to (IPv6 without IPv6) is nobody's failure. */
export function failsFor(track: Track, rounds: number): boolean {
  if (track.run === null || track.run.rounds < rounds) return false;
  return track.wasGood || track.run.failure.kind !== 'networkUnreachable';
}

/** null: it began to fail, and whether it does can't be told yet. */
function fareOf({ whole, addresses }: Omit<WayState, 'way'>, failuresInARow: number): Fare | null {
  if (whole.run !== null) return whole.run.rounds >= failuresInARow ? 'fails' : null;
  return [...addresses.values()].some((track) => failsFor(track, failuresInARow)) ? 'partly' : 'works';
}

const FROM_GOOD_TO_BAD: readonly Fare[] = ['works', 'partly', 'fails'];

function worse(a: Fare, b: Fare): Fare {
  return FROM_GOOD_TO_BAD.indexOf(a) > FROM_GOOD_TO_BAD.indexOf(b) ? a : b;
}

function better(a: Fare, b: Fare): Fare {
  return worse(a, b) === a ? b : a;
}

function judge(fares: readonly VantageFare[]): OutageScope {
  const outside = fares.filter(({ vantage }) => vantage.kind === 'outside').map(({ fare }) => fare);
  const inside = fares.filter(({ vantage }) => vantage.kind !== 'outside').map(({ fare }) => fare);
  if (outside.length > 0 && outside.every((fare) => fare === 'partly')) return 'oneAddress';
  if (outside.some((fare) => fare !== 'fails')) return 'someVantages';
  const insideFails = inside.filter((fare) => fare === 'fails').length;
  if (insideFails > 0 && insideFails < inside.length) return 'someVantages';
  // Nobody outside, or nobody inside, could tell.
  if (outside.length === 0 || inside.length === 0) return 'unknown';
  return insideFails === 0 ? 'outsideOnly' : 'everywhere';
}
