import { describe, expect, test, vi } from 'vitest';
import { boundedLookups } from '../../src/probe/lookups.ts';

const never = new AbortController().signal;

describe('lookups', () => {
  test('run only so many at once, the others in their turn', async () => {
    const { lookups, running, answer } = made(2);
    const all = ['a', 'b', 'c', 'd'].map((host) => lookups.begin(host, never));
    await Promise.all(all.slice(0, 2));
    expect(running()).toEqual(['a', 'b']);
    answer('b');
    await all[2];
    expect(running()).toEqual(['a', 'c']);
    answer('a');
    answer('c');
    const last = await all[3];
    answer('d');
    expect(await last?.('d', never)).toEqual(['d']);
  });

  test('of one host are one, since what is under way can not be taken back', async () => {
    const { lookups, running, answer } = made(2);
    const [one, two] = [await lookups.begin('a', never), await lookups.begin('a', never)];
    expect(running()).toEqual(['a']);
    answer('a');
    expect(await Promise.all([one('a', never), two('a', never)])).toEqual([['a'], ['a']]);
    await lookups.begin('a', never);
    expect(running()).toEqual(['a']);
  });

  test('leave the line when they are no longer wanted', async () => {
    const { lookups, running, answer } = made(1);
    await lookups.begin('a', never);
    const leaving = new AbortController();
    const left = lookups.begin('b', leaving.signal);
    leaving.abort(new Error('no longer'));
    await expect(left).rejects.toThrow('no longer');
    answer('a');
    await lookups.begin('c', never);
    expect(running()).toEqual(['c']);
  });

  test('of hosts that were slow share one turn, so that they hold up nobody else', async () => {
    vi.useFakeTimers();
    try {
      const { lookups, running, answer } = made(3);
      await lookups.begin('slow-1', never);
      await lookups.begin('slow-2', never);
      vi.advanceTimersByTime(3_000);
      answer('slow-1');
      answer('slow-2');
      await vi.waitFor(() => expect(running()).toEqual([]));
      await lookups.begin('slow-1', never);
      const waiting = lookups.begin('slow-2', never);
      await lookups.begin('a', never);
      await lookups.begin('b', never);
      expect(running()).toEqual(['slow-1', 'a', 'b']);
      answer('a');
      await lookups.begin('c', never);
      answer('slow-1');
      await waiting;
      expect(running()).toEqual(['b', 'c', 'slow-2']);
    } finally {
      vi.useRealTimers();
    }
  });
});

/** A resolver that answers when told to. */
function made(most: number) {
  const under = new Map<string, (addresses: string[]) => void>();
  const lookups = boundedLookups({
    most,
    lookup: (host) => new Promise((resolve) => under.set(host, resolve)),
  });
  return {
    lookups,
    running: () => [...under.keys()],
    answer(host: string) {
      const resolve = under.get(host);
      if (resolve === undefined) throw new Error(`${host} is not under way`);
      under.delete(host);
      resolve([host]);
    },
  };
}
