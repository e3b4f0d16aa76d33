import { expect, test } from 'vitest';
import { keepLearned } from '../../src/investigation/keep-learned.ts';
import { type ClusterKnowledge, parseEndpoint } from '../../src/words/endpoint.ts';

const told = (over: Partial<ClusterKnowledge>): ClusterKnowledge => ({
  endpoints: [],
  caPem: '',
  controlPlaneNodes: [],
  provider: 'unknown',
  asOfAt: 0,
  ...over,
});

test('agents that connect at the same moment undo nothing of each other', async () => {
  const kept = new Map<string, ClusterKnowledge>();
  const keep = keepLearned({
    // Somebody else always comes between asking and answering, as with a database.
    get: (cluster) => new Promise((resolve) => setImmediate(() => resolve(kept.get(cluster) ?? null))),
    put: async (cluster, knowledge) => void kept.set(cluster, knowledge),
  });
  const fromCluster = told({ asOfAt: 5, endpoints: [parseEndpoint('https://10.0.0.10:6443', 'endpointslice', 5)] });
  const fromNode = told({ controlPlaneNodes: ['cp-1'], provider: 'self' });
  await Promise.all([
    keep('prod', fromCluster, 'cluster'),
    keep('prod', fromNode, 'node'),
    keep('dev', fromNode, 'node'),
  ]);
  expect(kept.get('prod')).toEqual({ ...fromCluster, controlPlaneNodes: ['cp-1'], provider: 'self' });
  expect(kept.get('dev')).toEqual(fromNode);
});

test('one that can not be kept is told to whoever brought it, and keeps no other from being kept', async () => {
  const kept: ClusterKnowledge[] = [];
  const keep = keepLearned({
    get: async () => null,
    async put(_cluster, knowledge) {
      if (knowledge.asOfAt === 1) throw new Error('the disk is full');
      kept.push(knowledge);
    },
  });
  const outcomes = await Promise.allSettled([
    keep('prod', told({ asOfAt: 1 }), 'cluster'),
    keep('prod', told({ asOfAt: 2 }), 'cluster'),
  ]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
  expect(kept).toEqual([told({ asOfAt: 2 })]);
});
