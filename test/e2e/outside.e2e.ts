import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import type { Summary } from '../../src/terminal/summary.ts';
import { afresh, watched } from './harness/afresh.ts';
import { agentsConnected, deployAgents, removeAgents } from './harness/agents.ts';
import { type Asking, askingIn, utcNow } from './harness/asking.ts';
import { type AwsEdge, startAwsEdge } from './harness/aws-edge.ts';
import { cluster, type Staged, stageBot } from './harness/bot.ts';
import { type ChangeManagement, startChangeManagement } from './harness/change-management.ts';
import { decoys, firstCauseIs } from './harness/diagnosis.ts';
import { type DnsServer, startDns } from './harness/dns.ts';
import { cutBeforeEdge, type Edge, startEdge } from './harness/edge.ts';
import { output } from './harness/exec.ts';
import { healthy, otherCertificate, type Undo } from './harness/faults.ts';
import { loadImage } from './harness/image.ts';
import { testbed, testbedUp } from './harness/testbed.ts';

/*
 * The testbed's API server behind HAProxy, under a name that dnsmasq has, in an account that moto keeps, with a GitHub
 * beside it that announces work. Each scenario changes one of them; what else is changed meanwhile is no cause.
 */

const channels = Array.from({ length: 12 }, (_, index) => `C0OUT${String(index).padStart(2, '0')}`);
/** A name of the API server's certificate. */
const host = testbed.node;
/** Where CI connects from; the prober does from the host. */
const ci = '203.0.113.0/24';
const minute = 60_000;
const ofAgents = ['kube control-plane', 'node-firewall firewall'];

let edge: Edge;
let aws: AwsEdge;
let dns: DnsServer;
let gitHub: ChangeManagement;
let staged: Staged;
let asking: Asking;
const undos: Undo[] = [];

beforeAll(async () => {
  await testbedUp();
  await healthy();
  await loadImage();
  edge = await startEdge();
  const { address, port, socket, configFile } = edge;
  // Asked by the cluster's own resolver as well.
  dns = await startDns(testbed.hostAddress, 53);
  await dns.lead(host, [address], 2);
  aws = await startAwsEdge({ address, network: '10.99.0.16/28', port, allowed: [`${testbed.hostAddress}/32`, ci] });
  gitHub = await startChangeManagement();
  const { baseUrl, repository } = gitHub;
  staged = await stageBot(channels, {
    endpoint: `https://${host}:${port}`,
    sources: [testbed.hostAddress, ci],
    reference: [`${testbed.nodeAddress}:10250`],
    resolver: testbed.hostAddress,
    env: aws.env,
    files: { 'github-token': gitHub.token },
    changes: {
      aws: [{ name: 'edge', region: aws.region, endpointUrl: aws.url }],
      haproxy: [{ name: 'edge', socket, configFile, backends: ['kube-api-servers'], frontends: ['kube-api'] }],
      github: [{ repository, baseUrl, tokenFile: 'github-token', read: ['issues'] }],
    },
  });
  asking = askingIn(staged, channels);
  const sinceAt = Date.now();
  await deployAgents(staged);
  // What a node's agent kept of an earlier run is told, and forgotten with the rest.
  await watched(staged, sinceAt, ofAgents);
});

beforeEach(async () => {
  aws.forget();
  const sinceAt = Date.now();
  await afresh(staged);
  await agentsConnected(staged, 2);
  await watched(staged, sinceAt, [...ofAgents, 'prober dns', 'prober endpoint']);
  // What others record is told late, so that it covers nothing of now.
  await watched(staged, 0, ['aws security-group', 'haproxy load-balancer', 'github maintenance']);
  for (const decoy of [decoys, aws.decoys, edge.decoy, gitHub.decoys]) undos.push(await decoy());
  await dns.lead('decoy.example', [testbed.nodeAddress]);
  undos.push(() => dns.lead('decoy.example', []));
});

afterEach(async () => {
  const undone = await Promise.allSettled(undos.splice(0).map((undo) => undo()));
  await healthy();
  await asking.concludeAll();
  expect(undone.filter(({ status }) => status === 'rejected')).toEqual([]);
  expect(staged.workspace.violations).toEqual([]);
});

afterAll(async () => {
  await removeAgents({ wait: false });
  await staged?.close();
  await gitHub?.close();
  await aws?.close();
  await dns?.close();
  await edge?.close();
});

async function make(fault: Promise<Undo>): Promise<void> {
  undos.push(await fault);
}

test('a security group rule is revoked: it is told by whom, and explains it', async () => {
  await make(aws.revoke(`${testbed.hostAddress}/32`));
  await make(cutBeforeEdge());
  const summary = await asking.diagnosed(firstCauseIs({ rule: 'security-group', title: /edge.*no longer allowed in/ }));
  expect(reasonsOf(summary)).toMatch(/10\.99\.0\.1 could connect to 10\.99\.0\.20 before it and is denied after it/);
});

test('an ACL entry denies the way back: it explains it', async () => {
  await make(aws.denyReplies('10.99.0.0/28'));
  await make(cutBeforeEdge());
  const summary = await asking.diagnosed(firstCauseIs({ rule: 'security-group', title: /entry 50 out added: deny/ }));
  expect(reasonsOf(summary)).toMatch(/10\.99\.0\.1 could connect/);
});

test('only the range of CI is taken out, and the prober stays good: found from a report', async () => {
  await make(aws.revoke(ci));
  const isIt = firstCauseIs({ rule: 'security-group', title: /edge.*no longer allowed in/ });
  const summary = await asking.diagnosed(isIt, `since ${utcNow()} UTC from 203.0.113.9`);
  expect(reasonsOf(summary)).toMatch(/203\.0\.113\.9 could connect/);
  expect(summary.onsets.map(({ method }) => method)).toEqual(['report']);
});

test('a backend is taken out of HAProxy: it explains it', async () => {
  await make(edge.removeBackend());
  const summary = await asking.diagnosed(
    firstCauseIs({ rule: 'load-balancer', title: /backend kube-api-servers was removed/ }),
  );
  expect(reasonsOf(summary)).toMatch(/no server of kube-api-servers can take connections/i);
});

test('the DNS record points elsewhere: it explains it', async () => {
  undos.push(() => dns.lead(host, [edge.address]));
  await dns.lead(host, ['10.99.0.1']);
  const summary = await asking.diagnosed(
    firstCauseIs({ rule: 'dns', title: /cp-1 leads to 10\.99\.0\.1 rather than/ }),
  );
  expect(reasonsOf(summary)).toMatch(/fail at 10\.99\.0\.1, where the name leads.* good at 10\.99\.0\.20 before/);
});

test('the certificate is replaced by one for other names: it explains it', async () => {
  const inside = ['10.99.0.10', '10.96.0.1', '127.0.0.1'].map((address) => `IP:${address}`);
  const names = [...inside, 'DNS:kubernetes', 'DNS:kubernetes.default.svc', 'DNS:localhost'].join(',');
  await make(otherCertificate({ names, days: { from: '20250101000000Z', to: '20350101000000Z' } }));
  const summary = await asking.diagnosed(firstCauseIs({ rule: 'api-endpoints', title: /certificate/i }));
  expect(reasonsOf(summary)).toMatch(/name/);
});

test('maintenance that began 80 minutes earlier and goes on: found against all of it', async () => {
  const [fromAt, toAt] = [Date.now() - 80 * minute, Date.now() + 20 * minute];
  await make(gitHub.announce('Replace the switches', fromAt, toAt));
  await make(cutBeforeEdge());
  const isIt = firstCauseIs({ rule: 'maintenance', standing: 'possible', title: /Replace the switches/ });
  const summary = await asking.diagnosed(isIt);
  const hits = summary.rules.find(({ id }) => id === 'maintenance')?.hits ?? [];
  expect(hits[0]).toMatchObject({ side: 'before', distanceSeconds: 0, onlyWidened: false });
});

test('a change that curl sends is ranked first, by what it is about', async () => {
  await sent({ id: 'decoy', summary: 'decoy: mail relay opened', target: { addresses: ['192.0.2.25'], ports: [25] } });
  const about = { kind: 'firewall', name: 'edge', addresses: [edge.address], ports: [edge.port] };
  await sent({ id: 'run-4711', summary: 'edge firewall: rule set 42 applied', actor: 'network-ci', target: about });
  await make(cutBeforeEdge());
  const isIt = firstCauseIs({ rule: 'firewall', standing: 'possible', title: /rule set 42 applied/ });
  const summary = await asking.diagnosed(isIt);
  expect(reasonsOf(summary)).toMatch(/10\.99\.0\.20/);
});

test('doctor names each source, and says what does not work any more', async () => {
  const well = await staged.apidownRan('doctor');
  expect(well.stdout).toMatch(/^ *✅ aws edge: .*ec2:DescribeSecurityGroupRules/m);
  expect(well.stdout).toMatch(/^ *✅ haproxy edge: .*backend kube-api-servers/m);
  expect(well.stdout).toMatch(/^ *✅ github octocat\/infra: .*read issues/m);
  expect(well.stdout).not.toMatch(/❌ (aws|haproxy|github) /);
  await Promise.allSettled(undos.splice(0).map((undo) => undo()));
  await aws.stop();
  const ill = await staged.apidownRan('doctor');
  expect(ill.code).toBe(1);
  expect(ill.stdout).toMatch(/^ *❌ aws edge: .*ec2:DescribeSecurityGroupRules/m);
  expect(ill.stdout).toMatch(/^ *✅ haproxy edge: .*backend kube-api-servers/m);
});

function reasonsOf({ causes }: Summary): string {
  return causes[0]?.reasons.join('\n') ?? '';
}

/** As somebody's pipeline does it. */
async function sent({ id, ...data }: { id: string } & Record<string, unknown>): Promise<void> {
  const event = {
    specversion: '1.0',
    id: `${id}-${Date.now()}`,
    source: '//ci.example/network',
    type: 'example.firewall.applied',
    time: new Date().toISOString(),
    apidowncluster: cluster,
    data: { category: 'firewall', ...data },
  };
  const answer = await output('curl', [
    '-sS',
    `${staged.healthUrl}/changes`,
    '-H',
    `Authorization: Bearer ${staged.changesToken}`,
    '-H',
    'Content-Type: application/cloudevents+json',
    '-d',
    JSON.stringify(event),
  ]);
  expect(JSON.parse(answer)).toMatchObject({ taken: 1, refused: 0 });
}
