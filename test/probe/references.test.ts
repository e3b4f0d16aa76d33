import { describe, expect, test, vi } from 'vitest';
import { boundedLookups } from '../../src/probe/lookups.ts';
import { type Place, references } from '../../src/probe/references.ts';
import { closedPort, serveTcp } from './servers.ts';

const stop = new AbortController();
/** Ends what they do by themselves. */
const never = new AbortController().signal;

describe('references', () => {
  test('that were configured have to answer; any one of them does', async () => {
    const silent = here(await closedPort());
    const open = here(await serveTcp((socket) => socket.end()));
    expect(await asked({ configured: [silent, open] })).toEqual({ kind: 'answered', by: `127.0.0.1:${open.port}` });
    expect(await asked({ configured: [silent] })).toEqual({ kind: 'silent' });
  });

  test('that were configured are asked and nobody else', async () => {
    const silent = here(await closedPort());
    const open = here(await serveTcp((socket) => socket.end()));
    expect(await asked({ configured: [silent] }, [open])).toEqual({ kind: 'silent' });
  });

  test('are other targets when none was configured', async () => {
    const open = here(await serveTcp((socket) => socket.end()));
    expect(await asked({}, [open])).toEqual({ kind: 'answered', by: `127.0.0.1:${open.port}` });
    expect(await asked({}, [here(await closedPort())])).toEqual({ kind: 'silent' });
    expect(await asked({}, [])).toEqual({ kind: 'none' });
  });

  test('that are assumed count once they have answered', async () => {
    const port = await serveTcp((socket) => socket.end());
    const lookup = async () => ['127.0.0.1'];
    const proven = made({ assumed: [{ host: 'slack.example', port }], lookup });
    await vi.waitFor(async () =>
      expect(await proven.ask([], false, never)).toEqual({ kind: 'answered', by: `slack.example:${port}` }),
    );
    const silent = made({ assumed: [{ host: 'slack.example', port: await closedPort() }], lookup });
    expect(await silent.ask([], false, never)).toEqual({ kind: 'none' });
  });

  test('on loopback speak for no network unless somebody configured them', async () => {
    const open = here(await serveTcp((socket) => socket.end()));
    const assumed = made({ assumed: [open] });
    // It would count by now: connecting over loopback takes no longer than this one.
    expect(await asked({ configured: [open] })).toMatchObject({ kind: 'answered' });
    expect(await assumed.ask([], false, never)).toEqual({ kind: 'none' });
  });

  test('may count when they refuse, which shows the way there and back', async () => {
    const silent = here(await closedPort());
    expect(await asked({ configured: [silent], refusalCounts: true })).toMatchObject({ kind: 'answered' });
  });

  test('must be looked up anew where it is a lookup that failed', async () => {
    const port = await serveTcp((socket) => socket.end());
    let resolves = true;
    const lookup = async () => {
      if (!resolves) throw new Error('EAI_AGAIN');
      return ['127.0.0.1'];
    };
    const one = made({ configured: [{ host: 'gw.example', port }], lookup });
    expect(await one.ask([], true, never)).toMatchObject({ kind: 'answered' });
    resolves = false;
    expect(await one.ask([], true, never)).toEqual({ kind: 'silent' });
    // The way itself still stands, by the address of last time.
    expect(await one.ask([], false, never)).toMatchObject({ kind: 'answered' });
    expect(await asked({ configured: [here(port)] }, [], true)).toEqual({ kind: 'none' });
  });

  test('that take no connection are given up on in time', async () => {
    const lookup = () => new Promise<string[]>(() => {});
    const one = made({ configured: [{ host: 'gw.example', port: 1 }], lookup, deadlineMs: 30 });
    expect(await one.ask([], false, never)).toEqual({ kind: 'silent' });
  });
});

interface Given {
  readonly configured?: readonly Place[];
  readonly assumed?: readonly Place[];
  readonly lookup?: () => Promise<string[]>;
  readonly deadlineMs?: number;
  readonly refusalCounts?: boolean;
}

function made({ configured = [], assumed = [], lookup, deadlineMs = 5_000, refusalCounts = false }: Given) {
  const lookups = boundedLookups(lookup === undefined ? {} : { lookup });
  return references({ configured, assumed, refusalCounts, deadlineMs, lookups, signal: stop.signal });
}

function asked(given: Given, others: readonly Place[] = [], byName = false) {
  return made(given).ask(others, byName, never);
}

function here(port: number): Place {
  return { host: '127.0.0.1', port };
}
