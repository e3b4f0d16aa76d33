import { beforeEach, describe, expect, it } from 'vitest';
import type { Past } from '../../src/investigation/past.ts';
import type { Store } from '../../src/store/store.ts';
import type { AuditEntry } from '../../src/words/audit.ts';

const ana = { kind: 'person' as const, id: 'U1' };

function pastOf(id: string, openedAt: number, over: Partial<Past> = {}): Past {
  return {
    id,
    cluster: 'prod',
    openedAt,
    openedBy: ana,
    channel: 'C1',
    concluded: null,
    cause: null,
    summary: '',
    impact: '',
    actions: [],
    onset: null,
    recovery: null,
    issueUrl: null,
    ...over,
  };
}

function entry(over: Partial<AuditEntry> = {}): AuditEntry {
  return {
    at: 1,
    actor: 'U1',
    via: 'press',
    channel: 'C1',
    action: 'next',
    cluster: 'prod',
    target: null,
    outcome: 'allowed',
    ...over,
  };
}

/** What every engine must do with what was investigated before, and with who asked for what. */
export function pastContract(storeNow: () => Store): void {
  describe('what was investigated before', () => {
    let store: Store;
    beforeEach(() => {
      store = storeNow();
    });
    const all = { clusters: ['prod'], words: [], sinceAt: null, before: null, most: 10 };
    const ids = async (query = {}) => (await store.pasts.find({ ...all, ...query })).map(({ id }) => id);

    it('is behind from the first event on, and again after each', async () => {
      const opened = {
        kind: 'opened' as const,
        at: 5,
        by: ana,
        id: 'inv-a',
        cluster: 'prod',
        endpoint: null,
        room: null,
      };
      await store.investigations.append('inv-a', 0, [opened]);
      expect(await store.pasts.behind(5)).toEqual(['inv-a']);
      await store.pasts.put(pastOf('inv-a', 5), 1);
      expect(await store.pasts.behind(5)).toEqual([]);
      await store.investigations.append('inv-a', 1, [{ kind: 'moved', at: 6, by: ana, to: null }]);
      expect(await store.pasts.behind(5)).toEqual(['inv-a']);
    });

    it('is not put back by who is slower', async () => {
      await store.pasts.put(pastOf('inv-a', 5, { summary: 'newer' }), 7);
      await store.pasts.put(pastOf('inv-a', 5, { summary: 'older' }), 6);
      expect(await store.pasts.find(all)).toEqual([pastOf('inv-a', 5, { summary: 'newer' })]);
    });

    it('is found newest first, of the clusters, since a time, after another, and by each word', async () => {
      await store.pasts.put(pastOf('inv-a', 1, { summary: 'A Firewall, 100%' }), 1);
      await store.pasts.put(pastOf('inv-b', 2, { cause: { title: 'firewall_rule', standing: 'explains' } }), 1);
      await store.pasts.put(pastOf('inv-c', 2, { actions: ['Ärger mit FIREWALL'] }), 1);
      await store.pasts.put(pastOf('inv-d', 3, { cluster: 'stage' }), 1);
      expect(await ids()).toEqual(['inv-b', 'inv-c', 'inv-a']);
      expect(await ids({ clusters: ['stage', 'prod'], most: 2 })).toEqual(['inv-d', 'inv-b']);
      expect(await ids({ clusters: [] })).toEqual([]);
      expect(await ids({ sinceAt: 2 })).toEqual(['inv-b', 'inv-c']);
      expect(await ids({ before: { openedAt: 2, id: 'inv-b' } })).toEqual(['inv-c', 'inv-a']);
      expect(await ids({ words: ['Firewall', '100%'] })).toEqual(['inv-a']);
      expect(await ids({ words: ['firewall_'] })).toEqual(['inv-b']);
      expect(await ids({ words: ['ärger'] })).toEqual(['inv-c']);
      expect(await ids({ words: ['%'] })).toEqual(['inv-a']);
    });
  });

  describe('who asked for what', () => {
    it('is given back newest first, by cluster, person and time, a part at a time, until it is forgotten', async () => {
      const { audit } = storeNow();
      await audit.add(entry({ at: 1 }));
      await audit.add(entry({ at: 2, actor: 'U2', cluster: null, via: 'terminal', channel: null, outcome: 'refused' }));
      await audit.add(entry({ at: 3, cluster: 'stage', outcome: 'failed' }));
      const every = { clusters: null, actor: null, sinceAt: null, before: null, most: 10 };
      const times = async (query = {}) => (await audit.find({ ...every, ...query })).map(({ at }) => at);
      expect(await times()).toEqual([3, 2, 1]);
      expect(await times({ clusters: ['prod'] })).toEqual([1]);
      expect(await times({ clusters: [] })).toEqual([]);
      expect(await times({ actor: 'U2' })).toEqual([2]);
      expect(await times({ sinceAt: 2 })).toEqual([3, 2]);
      const [first] = await audit.find({ ...every, most: 1 });
      expect(first).toMatchObject(entry({ at: 3, cluster: 'stage', outcome: 'failed' }));
      expect(await times({ before: first?.n ?? 0 })).toEqual([2, 1]);
      await audit.prune(2);
      expect(await times()).toEqual([3, 2]);
    });
  });
}
