import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { Summary } from '../../src/terminal/summary.ts';
import { agentsConnected, deployAgents, removeAgents } from './harness/agents.ts';
import { type Asking, askingIn, utcNow } from './harness/asking.ts';
import { ana, cluster, type Staged, stageBot } from './harness/bot.ts';
import { decoys, decoysAmongCauses, eventually, firstCauseIs, journalLive, summaryOnce } from './harness/diagnosis.ts';
import { output } from './harness/exec.ts';
import {
  apiServerStartedAt,
  badFlag,
  healthy,
  manifestMovedAway,
  nodeRules,
  otherCertificate,
  outsideSees,
  type Undo,
} from './harness/faults.ts';
import { cutGateway, deployGateway, policy, removeGateway } from './harness/gateway.ts';
import { loadImage } from './harness/image.ts';
import { passTime } from './harness/pass-time.ts';
import { kubectl, onNode, testbed, testbedUp } from './harness/testbed.ts';

const channels = Array.from({ length: 20 }, (_, index) => `C0DIA${String(index).padStart(2, '0')}`);
const alertsChannel = 'C0ALERTS';
let staged: Staged;
let asking: Asking;
const undos: Undo[] = [];

/** Clients beyond the host, behind the node's default route. */
const farClients = '10.98.0.0/24';

beforeAll(async () => {
  await testbedUp();
  await healthy();
  await loadImage();
  staged = await stageBot([...channels, alertsChannel], {
    alertsOpen: alertsChannel,
    sources: [testbed.hostAddress, farClients],
    reference: [`${testbed.nodeAddress}:10250`],
  });
  asking = askingIn(staged, channels);
  await deployAgents(staged);
  await deployGateway();
  await journalLive(staged);
});

afterEach(async () => {
  const undone = await Promise.allSettled(undos.splice(0).map((undo) => undo()));
  await healthy();
  await agentsConnected(staged, 2);
  await journalLive(staged, await apiServerStartedAt());
  await asking.concludeAll();
  expect(undone.filter(({ status }) => status === 'rejected')).toEqual([]);
  expect(staged.workspace.violations).toEqual([]);
});

afterAll(async () => {
  await removeGateway();
  await removeAgents({ wait: false });
  await staged?.close();
});

async function make(fault: Promise<Undo>): Promise<void> {
  undos.push(await fault);
}

/** The leading onset is the prober's and contains the true moment. */
function expectOnset(summary: Summary, trueAt: { from: number; to: number }): void {
  const [leads] = summary.onsets;
  expect(leads?.method).toBe('prober');
  expect(Date.parse(leads?.earliest ?? '')).toBeLessThanOrEqual(trueAt.to);
  expect(Date.parse(leads?.latest ?? '')).toBeGreaterThanOrEqual(trueAt.from);
}

async function timed(fault: () => Promise<Undo>): Promise<{ from: number; to: number }> {
  const from = Date.now();
  await make(fault());
  return { from, to: Date.now() };
}

const input = (rule: string) => `chain in { type filter hook input priority 0; iifname "eth0" ${rule}; }`;

// Scenarios share one journal, as outages of one evening do: those that leave traces which may explain a later failure come last.
test('nothing that is seen has changed: no cause is found, and what lies in the windows is listed', async () => {
  await make(decoys());
  await make(upstreamCut());
  await outsideSees(({ good }) => !good);
  const summary = await asking.diagnosed(({ rules, complete, onsets }) => {
    if (onsets.length === 0 || !complete) return 'not complete';
    const listed = rules.flatMap(({ hits }) => hits.map(({ summary: words }) => words)).join('\n');
    return /decoy/.test(listed) ? null : `the decoys are not listed: ${listed}`;
  });
  expect(summary.causes.filter(({ standing }) => standing === 'explains' || standing === 'possible')).toEqual([]);
});

test('a change after the onset is not the cause', async () => {
  await make(upstreamCut());
  await outsideSees(({ good }) => !good);
  await summaryOnce(staged, ({ onsets }) => (onsets.length > 0 ? null : 'no onset yet'));
  await make(nodeRules(input('tcp dport 6443 drop')));
  const summary = await asking.diagnosed(({ rules, steps }) => {
    const seen = steps.find(({ id }) => id === 'firewall');
    if (seen?.verdict === null) return 'the firewall is not looked at yet';
    return rules.some(({ id }) => id === 'firewall') ? null : 'not judged yet';
  });
  expect(summary.causes.filter(({ rule, standing }) => rule === 'firewall' && standing === 'explains')).toEqual([]);
});

test('the certificate has expired while nobody looked: a cause without a change', async () => {
  const names = `IP:${testbed.nodeAddress},IP:10.96.0.1,DNS:kubernetes,DNS:kubernetes.default.svc`;
  // What a bot sees change it calls a change: one that was away saw nothing, as with a certificate that runs out by itself.
  await staged.stop();
  await make(otherCertificate({ names, days: { from: '20200101000000Z', to: '20210101000000Z' } }));
  await outsideSees(({ failure }) => failure?.kind === 'certificate');
  await staged.start();
  const { causes } = await asking.diagnosed(firstCauseIs({ rule: null, title: /certificate.*expired/i }));
  expect(causes[0]?.standing).toBe('explains');
});

test('a short flap, then the real failure: each has its own onset', async () => {
  const flap = await nodeRules(input('tcp dport 6443 drop'));
  await outsideSees(({ good }) => !good);
  await summaryOnce(staged, ({ onsets }) => (onsets.length >= 1 ? null : 'the flap is not seen yet'));
  await flap();
  await summaryOnce(staged, ({ onsets }) => (onsets.some(({ recovery }) => recovery !== null) ? null : 'not over yet'));
  await make(nodeRules(input('tcp dport 6443 reject')));
  await outsideSees(({ good }) => !good);
  const summary = await asking.diagnosed((found) => {
    if (found.onsets.filter(({ method }) => method === 'prober').length < 2) return 'one onset only';
    return firstCauseIs({ rule: 'firewall', title: /tcp dport 6443 reject/ })(found);
  });
  expect(summary.onsets[0]?.recovery).toBeNull();
});

test('a firewall rule drops the API port: the rule explains it, and the onset contains the moment it was made', async () => {
  await make(decoys());
  const moment = await timed(() => nodeRules(input('tcp dport 6443 drop')));
  await outsideSees(({ good }) => !good);
  const summary = await asking.diagnosed(firstCauseIs({ rule: 'firewall', title: /tcp dport 6443 drop/ }));
  expectOnset(summary, moment);
});

describe('a report of clients that began to fail 25 minutes after a firewall rule was added', () => {
  const longAgoMs = 25 * 60_000;

  test('the rule is found only once the windows are widened, and explains it', async () => {
    await make(nodeRules(input(`ip saddr ${farClients} tcp dport 6443 drop`)));
    await journalLive(staged);
    await passTime(staged, longAgoMs);
    await agentsConnected(staged, 2);
    await make(decoys());
    const asked = await asking.ask(`since ${utcNow()} UTC from 10.98.0.1`);
    asking.opened.push(asked);
    const narrow = await summaryOnce(staged, ({ rules }) => {
      const firewall = rules.find(({ id }) => id === 'firewall');
      return firewall !== undefined && firewall.justOutside > 0 ? null : 'nothing lies just outside the window';
    });
    expect(firewallCauses(narrow)).toEqual([]);
    await pressed(asked, 'widen');
    const wide = await summaryOnce(staged, firstCauseIs({ rule: 'firewall', title: /10\.98\.0\.0\/24.*drop/ }));
    const hits = wide.rules.find(({ id }) => id === 'firewall')?.hits ?? [];
    expect(hits.find(({ standing }) => standing === 'explains')).toMatchObject({ side: 'before', onlyWidened: true });
    expect(hits.find(({ onlyWidened }) => !onlyWidened)?.summary).toMatch(/9999/);
    expect(decoysAmongCauses(wide)).toEqual([]);
  });

  test('a rule of which nobody can tell what it does is contradicted by good probes of that path since', async () => {
    await make(nodeRules(input(`ip saddr ${testbed.hostAddress} tcp dport 6443 limit rate over 5000/second drop`)));
    const addedAt = Date.now();
    await journalLive(staged);
    await outsideSees(({ good, startedAt }) => good && startedAt > addedAt);
    await passTime(staged, longAgoMs);
    await agentsConnected(staged, 2);
    const asked = await asking.ask(`since ${utcNow()} UTC from ${testbed.hostAddress}`);
    asking.opened.push(asked);
    await pressed(asked, 'widen');
    const summary = await summaryOnce(staged, ({ causes }) => {
      const rule = causes.find(({ title }) => /limit rate over/.test(title));
      return rule?.standing === 'contradicted' ? null : `the rule is ${rule?.standing ?? 'not told'}`;
    });
    const [first] = summary.causes.filter(({ title }) => /limit rate over/.test(title));
    expect(first?.against.join('\n')).toMatch(/good/);
    expect(firewallCauses(summary)).toEqual([]);
  });
});

test('the route back to far clients is withdrawn: their report is explained by it', async () => {
  await make(decoys());
  await output('ip', ['addr', 'add', '10.98.0.1/32', 'dev', 'lo']);
  undos.push(async () => void (await output('ip', ['addr', 'del', '10.98.0.1/32', 'dev', 'lo'])));
  await onNode('ip', 'route', 'del', 'default');
  undos.push(
    async () => void (await onNode('ip', 'route', 'add', 'default', 'via', testbed.hostAddress, 'dev', 'eth0')),
  );
  await asking.diagnosed(firstCauseIs({ rule: 'routing', title: /default/ }), `since ${utcNow()} UTC from 10.98.0.1`);
});

describe('a gateway before the API server', () => {
  const allowAll = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { namespace: 'edge', name: 'let-clients-in' },
    spec: { podSelector: { matchLabels: { app: 'gateway' } }, policyTypes: ['Ingress'], ingress: [{}] },
  };

  test('a policy is created that cuts it off: the report is explained by it', async () => {
    await make(decoys());
    await make(policy('edge', 'deny-gateway', { app: 'gateway' }));
    await make(cutGateway());
    await asking.diagnosed(firstCauseIs({ rule: 'network-policy', title: /deny-gateway/ }), `since ${utcNow()} UTC`);
  });

  test('the policy that let clients in is deleted: the deletion explains it', async () => {
    await output(testbed.script, ['kubectl', 'apply', '-f', '-'], { input: JSON.stringify(allowAll) });
    await make(policy('edge', 'deny-others', { app: 'gateway' }));
    await make(decoys());
    await kubectl('-n', 'edge', 'delete', 'networkpolicy', 'let-clients-in');
    await make(cutGateway());
    await asking.diagnosed(firstCauseIs({ rule: 'network-policy', title: /let-clients-in/ }), `since ${utcNow()} UTC`);
  });
});

test('a ConfigMap of kube-system is changed, then the API server restarts: told together', async () => {
  await make(decoys());
  const settings = `apiserver-settings-${Date.now()}`;
  await kubectl('-n', 'kube-system', 'create', 'configmap', settings, '--from-literal=flags=a');
  undos.push(() => eventually('-n', 'kube-system', 'delete', 'configmap', settings));
  await kubectl('-n', 'kube-system', 'patch', 'configmap', settings, '-p', '{"data":{"flags":"b"}}');
  await make(manifestMovedAway());
  await outsideSees(({ good }) => !good);
  const summary = await asking.diagnosed(firstCauseIs({ rule: 'control-plane', title: /kube-apiserver/ }));
  const hits = summary.rules.find(({ id }) => id === 'control-plane')?.hits.map(({ summary: words }) => words) ?? [];
  expect(hits.join('\n')).toMatch(/apiserver-settings/);
});

test('a flag breaks the API server: the edit of its manifest explains it', async () => {
  await make(decoys());
  await make(badFlag());
  await outsideSees(({ good }) => !good);
  await asking.diagnosed(firstCauseIs({ rule: 'control-plane', title: /kube-apiserver/ }));
});

test('the API server is stopped before the bot is asked: the journal and the node still answer', async () => {
  await make(decoys());
  await make(manifestMovedAway());
  await outsideSees(({ good }) => !good);
  const asked = await asking.ask();
  asking.opened.push(asked);
  const summary = await summaryOnce(staged, firstCauseIs({ rule: 'control-plane', title: /kube-apiserver/ }));
  expect(summary.steps.find(({ id }) => id === 'listening')?.verdict).toBe('problem');
  expect(summary.steps.find(({ id }) => id === 'network-policies')?.verdict).not.toBeNull();
});

test('an alert opens an investigation by itself, which knows what its startsAt means and what the prober saw', async () => {
  await make(nodeRules(input('tcp dport 6443 drop')));
  await outsideSees(({ good }) => !good);
  const labels = { alertname: 'KubeAPIDown', cluster, severity: 'critical' };
  const times = { startsAt: new Date().toISOString(), endsAt: '0001-01-01T00:00:00Z' };
  const alert = { status: 'firing', labels, annotations: {}, ...times, generatorURL: '', fingerprint: 'a1b2' };
  const group = { receiver: 'apidown', status: 'firing', groupKey: '{}:{}', groupLabels: {}, commonAnnotations: {} };
  const told = await fetch(`${staged.healthUrl}/alerts`, {
    method: 'POST',
    headers: { authorization: `Bearer ${staged.alertsToken}` },
    body: JSON.stringify({
      version: '4',
      externalURL: '',
      truncatedAlerts: 0,
      ...group,
      commonLabels: labels,
      alerts: [alert],
    }),
  });
  expect(told.status).toBe(200);
  const { ts } = await staged.workspace.waitFor(() => staged.workspace.channel(alertsChannel).messages()[0], {
    timeoutMs: 30_000,
  });
  asking.opened.push({ channel: alertsChannel, ts });
  const summary = await summaryOnce(staged, (found) => {
    const methods = found.onsets.map(({ method }) => method);
    if (!methods.includes('starts-at') || !methods.includes('prober')) return `onsets by ${methods.join(', ')}`;
    return firstCauseIs({ rule: 'firewall', title: /tcp dport 6443 drop/ })(found);
  });
  expect(summary.onsets[0]?.method).toBe('prober');
  const stranger = await fetch(`${staged.healthUrl}/alerts`, { method: 'POST', body: '{}' });
  expect(stranger.status).toBe(401);
});

function firewallCauses({ causes }: Summary): readonly string[] {
  return causes
    .filter(({ rule, standing }) => rule === 'firewall' && standing !== 'contradicted')
    .map(({ title }) => title);
}

async function pressed({ channel, ts }: { channel: string; ts: string }, actionId: string): Promise<void> {
  const card = await staged.workspace.waitFor(() => {
    const standing = staged.workspace.channel(channel).message(ts);
    return JSON.stringify(standing?.blocks).includes(`"${actionId}"`) ? standing : null;
  });
  await staged.workspace.as(ana).click(card, { actionId });
}

/** Cut on the host, between the bot and the node: nothing that any agent can see. */
async function upstreamCut(): Promise<Undo> {
  const rules =
    'table inet upstream {\nchain out { type filter hook output priority 0; ip daddr 10.99.0.10 tcp dport 6443 drop; }\n}\n';
  await output('nft', ['-f', '-'], { input: rules });
  return async () => void (await output('nft', ['delete', 'table', 'inet', 'upstream']));
}
