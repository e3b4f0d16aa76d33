import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { InvestigationEvent } from '../../src/investigation/events.ts';
import { openStore, type StoreAddress } from '../../src/store/open.ts';
import type { AgentKey, Store } from '../../src/store/store.ts';
import type { ClusterKnowledge } from '../../src/words/endpoint.ts';
import type { Vantage } from '../../src/words/vantage.ts';
import { changesContract } from './store-changes.ts';
import { healthContract } from './store-health.ts';
import { outageCardsContract } from './store-outage-cards.ts';
import { outageOf, outagesContract } from './store-outages.ts';
import { pastContract } from './store-past.ts';
import { changeOf, cp1, numbered, sampleAt, seriesOf, spanOf } from './store-records.ts';
import { samplesContract } from './store-samples.ts';
import { streamsContract } from './store-streams.ts';

/** An empty place to keep a store in. */
export interface StorePlace {
  readonly address: StoreAddress;
  remove(): Promise<void>;
}

/**
 * What every engine must do; `newPlace` gives each test a place of its own.
 * `outlives`: what was written is there for another handle, and after a close.
 */
export function storeContract(name: string, outlives: boolean, newPlace: () => Promise<StorePlace>): void {
  describe(`the store in ${name}`, () => {
    let place: StorePlace;
    let store: Store;

    beforeEach(async () => {
      place = await newPlace();
      store = await opened(place.address);
    });

    afterEach(async () => {
      await store.close();
      await place.remove();
    });

    describe('investigations', () => {
      it('gives the events back in order, as they were', async () => {
        const events = [opening('inv-a'), evidence, concluding];
        expect(await store.investigations.append('inv-a', 0, events.slice(0, 1))).toBe(true);
        expect(await store.investigations.append('inv-a', 1, events.slice(1))).toBe(true);
        expect(await store.investigations.events('inv-a')).toEqual(events);
      });

      it('knows nothing of an investigation that was never opened', async () => {
        expect(await store.investigations.events('inv-none')).toEqual([]);
        expect(await store.investigations.open()).toEqual([]);
        expect(await store.investigations.append('inv-none', 3, [concluding])).toBe(false);
      });

      it.each([
        ['too early', 0],
        ['too late', 2],
      ])('takes nothing from somebody who counts wrong: %s', async (_what, seq) => {
        await store.investigations.append('inv-a', 0, [opening('inv-a')]);
        expect(await store.investigations.append('inv-a', seq, [opening('inv-a'), concluding])).toBe(false);
        expect(await store.investigations.events('inv-a')).toEqual([opening('inv-a')]);
        expect(await store.investigations.open()).toEqual(['inv-a']);
      });

      it('answers for an empty list whether the count is right', async () => {
        await store.investigations.append('inv-a', 0, [opening('inv-a')]);
        expect(await store.investigations.append('inv-a', 1, [])).toBe(true);
        expect(await store.investigations.append('inv-a', 0, [])).toBe(false);
      });

      it('lets exactly one of many win the same place', async () => {
        await store.investigations.append('inv-a', 0, [opening('inv-a')]);
        const won = await Promise.all(
          Array.from({ length: 20 }, (_, index) => store.investigations.append('inv-a', 1, [movedBy(`U${index}`)])),
        );
        expect(won.filter(Boolean)).toHaveLength(1);
        expect(await store.investigations.events('inv-a')).toEqual([
          opening('inv-a'),
          movedBy(`U${won.indexOf(true)}`),
        ]);
      });

      it('keeps all of an append or none of it', async () => {
        const broken: InvestigationEvent = { ...concluding, at: Number.NaN };
        await store.investigations.append('inv-a', 0, [opening('inv-a')]);
        await expect(store.investigations.append('inv-a', 1, [movedBy('U1'), broken])).rejects.toThrow(
          /event 3 of inv-a/,
        );
        expect(await store.investigations.events('inv-a')).toEqual([opening('inv-a')]);
        expect(await store.investigations.append('inv-a', 1, [movedBy('U2')])).toBe(true);
      });

      it('refuses a history that does not begin with its own opening', async () => {
        await expect(store.investigations.append('inv-a', 0, [concluding])).rejects.toThrow(/opened/);
        await expect(store.investigations.append('inv-a', 0, [opening('inv-b')])).rejects.toThrow(/opened/);
        expect(await store.investigations.open()).toEqual([]);
      });

      it('lists the open ones newest first, by cluster and by channel', async () => {
        const { append, open } = store.investigations;
        await append('inv-old', 0, [opening('inv-old', { at: 1_000, cluster: 'prod', channel: 'C1' })]);
        await append('inv-new', 0, [opening('inv-new', { at: 3_000, cluster: 'stage', channel: 'C1' })]);
        await append('inv-mid', 0, [opening('inv-mid', { at: 2_000, cluster: 'prod', channel: null })]);
        expect(await open()).toEqual(['inv-new', 'inv-mid', 'inv-old']);
        expect(await open({ cluster: 'prod' })).toEqual(['inv-mid', 'inv-old']);
        expect(await open({ channel: 'C1' })).toEqual(['inv-new', 'inv-old']);
        expect(await open({ cluster: 'prod', channel: 'C1' })).toEqual(['inv-old']);
        expect(await open({ cluster: 'elsewhere' })).toEqual([]);
        expect(await store.investigations.concludedSince(0)).toEqual([]);
      });

      it('lists a concluded one no longer, and still has its events', async () => {
        await store.investigations.append('inv-a', 0, [opening('inv-a')]);
        await store.investigations.append('inv-a', 1, [concluding, movedBy('U1')]);
        expect(await store.investigations.open()).toEqual([]);
        expect(await store.investigations.events('inv-a')).toHaveLength(3);
        expect(await store.investigations.events('inv-a', 1)).toEqual([concluding, movedBy('U1')]);
        expect(await store.investigations.events('inv-a', 3)).toEqual([]);
        expect(await store.investigations.concludedSince(concluding.at)).toEqual(['inv-a']);
        expect(await store.investigations.concludedSince(concluding.at + 1)).toEqual([]);
      });

      it('keeps hostile text as it is', async () => {
        const told: InvestigationEvent = {
          ...concluding,
          summary: `'; drop table investigations; -- <!channel> \u202e\u0000 ${'é'.repeat(3_000)} 🚒`,
        };
        await store.investigations.append('inv-a', 0, [opening('inv-a'), told]);
        expect((await store.investigations.events('inv-a'))[1]).toEqual(told);
      });
    });

    describe('agent keys', () => {
      it('finds a key by its fingerprint, and none where there is none', async () => {
        expect(await store.keys.add(key('k1'))).toBe('added');
        expect(await store.keys.find('k1')).toEqual({ ...key('k1'), revokedAt: null });
        expect(await store.keys.find('k2')).toBeNull();
      });

      it('has room for two valid keys of one cluster and role, until one is revoked', async () => {
        await store.keys.add(key('k1'));
        await store.keys.add(key('k2'));
        expect(await store.keys.add(key('k3'))).toBe('tooMany');
        expect(await store.keys.find('k3')).toBeNull();
        expect(await store.keys.add(key('k4', { role: 'cluster' }))).toBe('added');
        expect(await store.keys.add(key('k5', { cluster: 'stage' }))).toBe('added');
        await store.keys.revoke('k1', 9_000);
        expect(await store.keys.add(key('k3'))).toBe('added');
      });

      it('never has a third when many are added at once', async () => {
        const outcomes = await Promise.all(['k1', 'k2', 'k3', 'k4', 'k5'].map((id) => store.keys.add(key(id))));
        expect(outcomes.filter((outcome) => outcome === 'added')).toHaveLength(2);
        expect(await store.keys.list('prod')).toHaveLength(2);
      });

      it('takes the same key twice, but not for another place and not after it was revoked', async () => {
        await store.keys.add(key('k1'));
        expect(await store.keys.add(key('k1'))).toBe('added');
        expect(await store.keys.list()).toHaveLength(1);
        await expect(store.keys.add(key('k1', { cluster: 'stage' }))).rejects.toThrow(/make a new one/);
        await store.keys.revoke('k1', 9_000);
        await expect(store.keys.add(key('k1'))).rejects.toThrow(/revoked/);
        expect(await store.keys.find('k1')).toMatchObject({ revokedAt: 9_000 });
      });

      it('keeps the time of the first revocation', async () => {
        await store.keys.add(key('k1'));
        expect(await store.keys.revoke('k1', 9_000)).toBe(true);
        expect(await store.keys.revoke('k1', 10_000)).toBe(true);
        expect(await store.keys.find('k1')).toMatchObject({ revokedAt: 9_000 });
        expect(await store.keys.revoke('k9', 10_000)).toBe(false);
      });

      it('lists keys of one cluster or of all, revoked ones too', async () => {
        await store.keys.add(key('k1'));
        await store.keys.add(key('k2', { cluster: 'stage' }));
        await store.keys.revoke('k1', 9_000);
        expect((await store.keys.list()).map(({ id }) => id)).toEqual(['k1', 'k2']);
        expect((await store.keys.list('prod')).map(({ id }) => id)).toEqual(['k1']);
      });
    });

    describe('agent sessions', () => {
      it('counts epochs up for each instance by itself', async () => {
        const next = (instance: string) => store.sessions.nextEpoch('prod', 'node', instance);
        const first = await next('cp-1');
        const second = await next('cp-1');
        expect(second).toBeGreaterThan(first);
        expect(await store.sessions.nextEpoch('stage', 'node', 'cp-1')).toBe(first);
        expect(await store.sessions.nextEpoch('prod', 'cluster', 'cp-1')).toBe(first);
        expect(await next('cp-2')).toBe(first);
      });

      it('never gives the same epoch to two', async () => {
        const epochs = await Promise.all(
          Array.from({ length: 20 }, () => store.sessions.nextEpoch('prod', 'node', 'cp-1')),
        );
        expect(new Set(epochs).size).toBe(20);
      });

      it('remembers who was seen last, where and with which version', async () => {
        await store.sessions.nextEpoch('prod', 'node', 'cp-1');
        expect(await store.sessions.list('prod')).toEqual([]);
        await store.sessions.seen('prod', 'node', vantage('cp-1', '10.0.0.1'), '0.1.0', 1_000);
        await store.sessions.seen('prod', 'node', vantage('cp-1', '10.0.0.9'), '0.2.0', 3_000);
        await store.sessions.seen('prod', 'node', vantage('cp-1', '10.0.0.5'), '0.1.0', 2_000);
        expect(await store.sessions.list('prod')).toEqual([
          { role: 'node', vantage: vantage('cp-1', '10.0.0.9'), version: '0.2.0', lastSeenAt: 3_000 },
        ]);
        expect(await store.sessions.list('stage')).toEqual([]);
      });

      it('keeps the epoch when an agent is seen, and the agent when the epoch moves', async () => {
        await store.sessions.seen('prod', 'node', vantage('cp-1', '10.0.0.1'), '0.1.0', 1_000);
        const first = await store.sessions.nextEpoch('prod', 'node', 'cp-1');
        await store.sessions.seen('prod', 'node', vantage('cp-1', '10.0.0.1'), '0.1.0', 2_000);
        expect(await store.sessions.nextEpoch('prod', 'node', 'cp-1')).toBeGreaterThan(first);
        expect(await store.sessions.list('prod')).toMatchObject([{ lastSeenAt: 2_000 }]);
      });
    });

    describe('knowledge', () => {
      it('gives back what was put last', async () => {
        expect(await store.knowledge.get('prod')).toBeNull();
        await store.knowledge.put('prod', knowledge(1_000));
        await store.knowledge.put('prod', knowledge(2_000));
        await store.knowledge.put('stage', knowledge(3_000));
        expect(await store.knowledge.get('prod')).toEqual(knowledge(2_000));
      });
    });

    describe('what sources saw last', () => {
      it('gives back to each what it kept last', async () => {
        const edge = store.sourceMemories.of('haproxy', 'edge-1');
        expect(await edge.last()).toBeNull();
        await edge.keep({ servers: ['cp-1'] });
        await edge.keep({ servers: ['cp-1', 'cp-2'], at: 1.5, none: null });
        await store.sourceMemories.of('haproxy', 'edge-2').keep('other');
        await store.sourceMemories.of('aws', 'edge-1').keep([]);
        const again = store.sourceMemories.of('haproxy', 'edge-1');
        expect(await again.last()).toEqual({ servers: ['cp-1', 'cp-2'], at: 1.5, none: null });
      });
    });

    describe('message records', () => {
      const where = { channel: 'C1', thread: null, at: 1_000 };
      const claimed = { key: 'card/inv-a', channel: 'C1', thread: null, ts: null, hash: null, claimedAt: 1_000 };

      it('lets one claim a key, and shows the others what stands', async () => {
        expect(await store.messages.claim('card/inv-a', where)).toEqual({ fresh: true, record: claimed });
        const second = await store.messages.claim('card/inv-a', { channel: 'C2', thread: '1.2', at: 2_000 });
        expect(second).toEqual({ fresh: false, record: claimed });
      });

      it('makes one of many claims at once the fresh one', async () => {
        const claims = await Promise.all(Array.from({ length: 20 }, () => store.messages.claim('card/inv-a', where)));
        expect(claims.filter(({ fresh }) => fresh)).toHaveLength(1);
      });

      it('keeps where the message is and what it says', async () => {
        await store.messages.claim('card/inv-a', where);
        await store.messages.sent('card/inv-a', '1700000000.000100', 'h1');
        await store.messages.sent('card/inv-a', '1700000000.000100', 'h2');
        const record = { ...claimed, ts: '1700000000.000100', hash: 'h2' };
        expect(await store.messages.find('card/inv-a')).toEqual(record);
        expect(await store.messages.claim('card/inv-a', where)).toEqual({ fresh: false, record });
      });

      it('gives a key up, so that it can be claimed anew', async () => {
        await store.messages.claim('card/inv-a', where);
        await store.messages.forget('card/inv-a');
        expect(await store.messages.find('card/inv-a')).toBeNull();
        expect(await store.messages.claim('card/inv-a', { ...where, at: 2_000 })).toMatchObject({ fresh: true });
      });

      it('says so when a message was sent that nobody claimed', async () => {
        await expect(store.messages.sent('card/inv-z', '1.2', 'h1')).rejects.toThrow(/claim it before/);
      });
    });

    changesContract(() => store);
    streamsContract(() => store);
    samplesContract(() => store);
    healthContract(() => store);
    outagesContract(() => store);
    outageCardsContract(() => store);
    pastContract(() => store);

    describe('life', () => {
      it('proves itself by a ping, and throws once it is closed', async () => {
        await store.ping();
        await store.ping();
        await store.close();
        await expect(store.ping()).rejects.toThrow();
        await expect(store.investigations.events('inv-a')).rejects.toThrow();
      });

      it('may be closed twice', async () => {
        await store.close();
        await store.close();
      });
    });

    if (!outlives) return;

    describe('more than one handle', () => {
      it('has everything after it was closed and opened again', async () => {
        await store.investigations.append('inv-a', 0, [opening('inv-a'), evidence]);
        await store.keys.add(key('k1'));
        const epoch = await store.sessions.nextEpoch('prod', 'node', 'cp-1');
        await store.knowledge.put('prod', knowledge(1_000));
        await store.messages.claim('card/inv-a', { channel: 'C1', thread: '1.2', at: 1_000 });
        await store.streams.take(cp1, 1, [...numbered(1, 2), { kind: 'coverage', span: spanOf(0, 2_000) }]);
        await store.samples.add(seriesOf('bot'), [sampleAt(1_000)]);
        await store.outages.put(outageOf('o1', 1_000));
        await store.outages.alive(1_000, 10);
        await store.close();

        store = await opened(place.address);
        expect(await store.investigations.events('inv-a')).toEqual([opening('inv-a'), evidence]);
        expect(await store.investigations.open()).toEqual(['inv-a']);
        expect(await store.keys.find('k1')).toMatchObject({ revokedAt: null });
        expect(await store.sessions.nextEpoch('prod', 'node', 'cp-1')).toBeGreaterThan(epoch);
        expect(await store.knowledge.get('prod')).toEqual(knowledge(1_000));
        expect(await store.messages.find('card/inv-a')).toMatchObject({ thread: '1.2' });
        expect(await store.streams.last('prod', 'node', 'cp-1', 's1')).toBe(3);
        expect(await numbersKept(store)).toEqual([1, 2]);
        expect(await store.changes.coverage('prod', 0, 9_000)).toEqual([spanOf(0, 2_000)]);
        expect(await store.samples.between(seriesOf('bot'), 0, 9_000)).toEqual([sampleAt(1_000)]);
        expect(await store.outages.since('prod', 0)).toEqual([outageOf('o1', 1_000)]);
        expect(await store.outages.downBetween(1_000, 1_010)).toEqual([]);
      });

      it('can be opened by many at once while it is new', async () => {
        const fresh = await newPlace();
        const stores = await Promise.all(Array.from({ length: 5 }, () => opened(fresh.address)));
        await Promise.all(stores.map((each, index) => each.keys.add(key(`k${index}`, { cluster: `c${index}` }))));
        expect(await stores[0]?.keys.list()).toHaveLength(5);
        await Promise.all(stores.map((each) => each.close()));
        await fresh.remove();
      });

      it('lets exactly one handle win the same place', async () => {
        const other = await opened(place.address);
        await store.investigations.append('inv-a', 0, [opening('inv-a')]);
        for (let seq = 1; seq <= 10; seq += 1) {
          const won = await Promise.all([
            store.investigations.append('inv-a', seq, [movedBy('U1')]),
            other.investigations.append('inv-a', seq, [movedBy('U2')]),
          ]);
          expect(won.filter(Boolean)).toHaveLength(1);
        }
        expect(await other.investigations.events('inv-a')).toHaveLength(11);
        await other.close();
      });

      it('loses and doubles nothing while two processes append to one investigation', async () => {
        await store.investigations.append('inv-a', 0, [opening('inv-a')]);
        const writers = [startWriter(place.address, 'UONE', '40'), startWriter(place.address, 'UTWO', '40')];
        const acknowledged = (await Promise.all(writers.map((writer) => writer.finished()))).flat();
        expect(acknowledged).toHaveLength(80);
        const told = (await store.investigations.events('inv-a')).slice(1).map(nameOf);
        expect(told.toSorted()).toEqual(acknowledged.toSorted());
      });

      it('keeps what was acknowledged when a writer is killed', async () => {
        await store.investigations.append('inv-a', 0, [opening('inv-a')]);
        const writer = startWriter(place.address, 'UONE', 'Infinity');
        const acknowledged = await writer.killedAfter(25);
        const told = (await store.investigations.events('inv-a')).slice(1).map(nameOf);
        expect(told.slice(0, acknowledged.length)).toEqual(acknowledged);
        // The one it was writing when it died may have gone through, unheard.
        expect(told.length - acknowledged.length).toBeLessThanOrEqual(1);
        expect(await store.investigations.append('inv-a', told.length + 1, [concluding])).toBe(true);
      });

      it('takes each record of a stream once, through whichever handle it comes first', async () => {
        const other = await opened(place.address);
        const fresh: string[] = [];
        for (let first = 1; first <= 40; first += 2) {
          const taken = await Promise.all([
            store.streams.take(cp1, first, numbered(first, first + 3)),
            other.streams.take(cp1, first, numbered(first, first + 1)),
            other.streams.take(cp1, first + 1, numbered(first + 1, first + 2)),
          ]);
          fresh.push(...taken.flatMap(({ newChanges }) => newChanges.map(({ id }) => id)));
        }
        expect(fresh.toSorted()).toEqual(
          numbered(1, 42)
            .map(({ change }) => change.id)
            .toSorted(),
        );
        expect(await other.streams.last('prod', 'node', 'cp-1', 's1')).toBe(42);
        expect(await numbersKept(other)).toHaveLength(42);
        await other.close();
      });

      it('merges what two handles cover and sample at the same time', async () => {
        const other = await opened(place.address);
        const turns = Array.from({ length: 20 }, (_, turn) => turn);
        await Promise.all(
          turns.flatMap((turn) => {
            const one = turn % 2 === 0 ? store : other;
            return [
              one.changes.cover('prod', spanOf(turn * 10, turn * 10 + 9)),
              one.samples.add(seriesOf('bot'), [sampleAt(turn)]),
              one.changes.add('prod', [changeOf('same', 1_000)]),
            ];
          }),
        );
        expect(await store.changes.coverage('prod', 0, 999)).toEqual([spanOf(0, 199)]);
        expect(await other.samples.between(seriesOf('bot'), 0, 99)).toHaveLength(20);
        await other.close();
      });

      it('has all that it acknowledged, and no half of a batch, when it is killed while it takes', async () => {
        let acknowledged = 0;
        for (const kills of [5, 30]) {
          const teller = startProcess(new URL('store-teller.ts', import.meta.url), [JSON.stringify(place.address)]);
          acknowledged = Number((await teller.killedAfter(kills)).at(-1));
          const last = await store.streams.last('prod', 'node', 'cp-1', 's1');
          expect(last).toBeGreaterThanOrEqual(acknowledged);
          const kept = await numbersKept(store);
          expect(kept).toEqual(Array.from({ length: last }, (_, index) => index + 1));
        }
        expect(acknowledged).toBeGreaterThan(50);
        const last = await store.streams.last('prod', 'node', 'cp-1', 's1');
        const again = await store.streams.take(cp1, 1, numbered(1, last + 1));
        expect(again.newChanges.map(({ id }) => id)).toEqual([`n${last + 1}`]);
      });
    });
  });
}

export async function opened(address: StoreAddress): Promise<Store> {
  const outcome = await openStore(address);
  if (outcome.kind === 'refused') throw new Error(outcome.message);
  return outcome.store;
}

/** In the order in which the changes of `numbered` happened. */
async function numbersKept(store: Store): Promise<readonly number[]> {
  const { changes } = await store.changes.between('prod', { fromAt: 0, toAt: 1e9, nearAt: 0, most: 1e6 });
  return changes.map(({ id }) => Number(id.slice(1)));
}

/** A process of its own that appends events named `<person>-1`, `<person>-2`, … and tells each once it is acknowledged. */
function startWriter(address: StoreAddress, person: string, count: string) {
  return startProcess(new URL('store-writer.ts', import.meta.url), [JSON.stringify(address), person, count]);
}

function startProcess(program: URL, args: readonly string[]) {
  const child = spawn(process.execPath, [fileURLToPath(program), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const told: string[] = [];
  const lines = createInterface({ input: child.stdout }).on('line', (line) => told.push(line));
  const ended = Promise.all([once(lines, 'close'), exitOf(child)]).then(([, code]) => code);
  return {
    async finished(): Promise<readonly string[]> {
      expect(await ended).toBe(0);
      return told;
    },
    async killedAfter(acknowledged: number): Promise<readonly string[]> {
      while (told.length < acknowledged) await once(lines, 'line');
      child.kill('SIGKILL');
      await ended;
      return told;
    },
  };
}

async function exitOf(child: ChildProcess): Promise<unknown> {
  const [code] = await once(child, 'exit');
  return code;
}

const by = { kind: 'person', id: 'U1' } as const;

function opening(
  id: string,
  { at = 1_000, cluster = 'prod', channel = 'C1' }: { at?: number; cluster?: string; channel?: string | null } = {},
): InvestigationEvent {
  return {
    kind: 'opened',
    at,
    by,
    id,
    cluster,
    endpoint: null,
    room: channel === null ? null : { channel, thread: null },
  };
}

export function movedBy(id: string): InvestigationEvent {
  return { kind: 'moved', at: 2_000, by: { kind: 'person', id }, to: 'inside' };
}

function nameOf(event: InvestigationEvent): string {
  return event.by.kind === 'person' ? event.by.id : 'itself';
}

const concluding = { kind: 'concluded', at: 5_000, by, summary: 'the firewall' } as const;

const evidence: InvestigationEvent = {
  kind: 'evidence-gathered',
  at: 1_500,
  by: { kind: 'itself' },
  step: 'listening',
  run: 1,
  evidence: {
    check: 'listening',
    vantage: { kind: 'node', instance: 'cp-1', leavesBy: ['10.0.0.10'] },
    verdict: 'ok',
    reason: 'port 6443 is bound',
    details: [{ label: 'interface', value: '*' }],
    facts: { listeners: [{ port: 6443, address: '::' }], nothing: null },
    gatheredAt: 1_400,
    tookMs: 12.5,
    asOfAt: 1_400,
  },
};

function key(id: string, other: Partial<AgentKey> = {}): Omit<AgentKey, 'revokedAt'> {
  return { id, cluster: 'prod', role: 'node', publicKeyPem: `public half of ${id}`, createdAt: 1_000, ...other };
}

function vantage(instance: string, address: string): Vantage {
  return { kind: 'node', instance, leavesBy: [address] };
}

function knowledge(asOfAt: number): ClusterKnowledge {
  return {
    endpoints: [
      { url: 'https://10.0.0.10:6443', host: '10.0.0.10', port: 6443, origin: 'cluster-info', learnedAt: 900 },
    ],
    caPem: 'a certificate',
    controlPlaneNodes: ['cp-1'],
    provider: 'self',
    asOfAt,
  };
}
