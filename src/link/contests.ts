import type { Role } from '../words/vantage.ts';
import type { Hub } from './hub.ts';

/** A name that more than one agent goes by. */
export interface Contest {
  readonly cluster: string;
  readonly role: Role;
  readonly instance: string;
  /** How often a connection was replaced by another while it stood. */
  readonly times: number;
}

/** An agent whose connection was cut without a word replaces itself once; two of one name do so for ever, every few minutes. */
const fromTimes = 3;
const withinMs = 30 * 60_000;

/** Remembers which agents take one another's place. */
export function rememberContests(
  hub: Pick<Hub, 'onChange'>,
  clock: () => number,
): { contests(): readonly Contest[]; stop(): void } {
  const connected = new Set<string>();
  const replaced = new Map<string, { place: Omit<Contest, 'times'>; at: readonly number[] }>();
  const recent = (at: readonly number[]) => at.filter((each) => each > clock() - withinMs);

  const stop = hub.onChange(({ kind, agent: { cluster, role, vantage } }) => {
    const key = JSON.stringify([cluster, role, vantage.instance]);
    if (kind === 'gone') connected.delete(key);
    if (kind !== 'connected') return;
    // Of a session that is replaced it is never said that it is gone.
    if (connected.has(key)) {
      const at = [...recent(replaced.get(key)?.at ?? []), clock()];
      replaced.set(key, { place: { cluster, role, instance: vantage.instance }, at });
    }
    connected.add(key);
  });

  return {
    contests: () =>
      [...replaced.values()].flatMap(({ place, at }) => {
        const times = recent(at).length;
        return times < fromTimes ? [] : [{ ...place, times }];
      }),
    stop,
  };
}
