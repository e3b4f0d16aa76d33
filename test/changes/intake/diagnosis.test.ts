import { expect, it } from 'vitest';
import { expectedSources } from '../../../src/changes/expected.ts';
import { diagnose } from '../../../src/correlation/diagnose.ts';
import type { Situation } from '../../../src/correlation/situation.ts';
import { evidence, onsetAt, probe, reached, situation } from '../../correlation/given.ts';
import { eventOf, NOW, type Stage, stage } from './stage.ts';

const pushed = (id: string, data: object) => eventOf({ id, data });

/** Judged three hours later, with what is expected of a cluster as it is configured. */
async function diagnosed(at: Stage, given: Partial<Situation> = {}) {
  const onset = onsetAt({ earliestAt: NOW - 60_000, latestAt: NOW - 55_000, recovery: null });
  const changes = await at.changes();
  return diagnose(situation({ onset, changes, ...given }));
}

it('a change that was pushed is ranked first when it is about the address that fails, its decoys are not', async () => {
  const at = await stage();
  const addresses = ['10.0.0.1'];
  await at.batch([
    pushed('other-port', { category: 'load-balancer', summary: 'web pool', target: { addresses, ports: [80] } }),
    pushed('other-place', { category: 'load-balancer', summary: 'mail pool', target: { addresses: ['192.0.2.9'] } }),
    pushed('the-one', {
      category: 'load-balancer',
      summary: 'backend cp-1 removed',
      target: { addresses, ports: [6443] },
    }),
  ]);
  const { causes, answers } = await diagnosed(at, {
    steps: [
      reached('bot', probe({ phase: 'connect', kind: 'timeout' }, { startedAt: NOW })),
      reached('pod', probe(null, { startedAt: NOW })),
    ].map((finding) => ({
      ...finding,
      evidence: finding.evidence.map((each) => ({ ...each, gatheredAt: NOW, asOfAt: NOW })),
    })),
  });
  expect(causes[0]).toMatchObject({ changeId: expect.stringMatching(/ the-one$/), standing: 'possible' });
  const hits = answers.find(({ rule }) => rule === 'load-balancer')?.hits ?? [];
  expect(hits.map(({ change, standing }) => [change.summary, standing])).toEqual([
    ['backend cp-1 removed', 'possible'],
    ['mail pool', 'coincides'],
    ['web pool', 'coincides'],
  ]);
});

it("a firewall before the node is not cleared by the node's own, which lets everybody in", async () => {
  const at = await stage();
  const target = { kind: 'firewall', name: 'edge', addresses: ['10.0.0.1'], ports: [6443] };
  await at.event(pushed('the-one', { category: 'firewall', summary: 'rule set 42 applied', target }));
  const failing = reached('bot', probe({ phase: 'connect', kind: 'timeout' }, { startedAt: NOW }));
  const { causes } = await diagnosed(at, {
    steps: [
      { ...failing, evidence: failing.evidence.map((each) => ({ ...each, gatheredAt: NOW, asOfAt: NOW })) },
      evidence('firewall', 'ok', { gatheredAt: NOW, asOfAt: NOW }),
    ],
  });
  expect(causes[0]).toMatchObject({ title: 'rule set 42 applied', standing: 'possible', against: [] });
  expect(causes[0]?.reasons[0]).toBe('It is about 10.0.0.1, which clients come by.');
});

it('a restart of something explains nothing by its hour alone, that of a control-plane node does', async () => {
  const at = await stage();
  const time = new Date(NOW - 70_000).toISOString();
  const restart = (id: string, target: object) => ({ ...pushed(id, { action: 'restart', summary: id, target }), time });
  await at.batch([
    restart('the wiki', { kind: 'service', name: 'wiki' }),
    restart('cp-1', { kind: 'Node', name: 'cp-1' }),
  ]);
  const onset = onsetAt({ earliestAt: NOW - 60_000, latestAt: NOW - 55_000 });
  const { answers } = await diagnosed(at, {
    onset,
    steps: [evidence('listening', 'unknown', { gatheredAt: NOW, asOfAt: NOW })],
  });
  const hits = answers.find(({ rule }) => rule === 'maintenance')?.hits ?? [];
  expect(Object.fromEntries(hits.map(({ change, standing }) => [change.summary, standing]))).toEqual({
    'cp-1': 'explains',
    'the wiki': 'possible',
  });
});

it('what was pushed says nothing of what was not: no rule answers "nothing" because of it', async () => {
  const at = await stage();
  await at.event(pushed('1', { category: 'security-group' }));
  const expected = expectedSources({ knowledge: { provider: 'self', controlPlaneNodes: ['cp-1'] } }, []);
  const { answers } = await diagnosed(at, { expected, coverage: [] });
  expect(new Set(answers.map(({ kind }) => kind))).toEqual(new Set(['inTheWindow', 'noData']));
  const groups = answers.find(({ rule }) => rule === 'security-group');
  expect(groups).toMatchObject({ kind: 'inTheWindow', hits: [{}] });
  expect(groups?.unseen.join()).toContain('no cloud account is configured');
});
