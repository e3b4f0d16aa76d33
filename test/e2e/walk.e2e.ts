import { afterAll, afterEach, beforeAll, describe, expect, onTestFailed, test, vi } from 'vitest';
import type { StepId } from '../../src/playbook/step.ts';
import { agentsConnected, deployAgents, removeAgents } from './harness/agents.ts';
import { ana, type Staged, stageBot } from './harness/bot.ts';
import {
  badFlag,
  containerEnds,
  healthy,
  manifestMovedAway,
  nodeRules,
  otherCertificate,
  outsideSees,
  recordEnds,
  type Undo,
} from './harness/faults.ts';
import { cutGateway, deployGateway, policy, removeGateway } from './harness/gateway.ts';
import { loadImage } from './harness/image.ts';
import { otherServer } from './harness/other-server.ts';
import { firewallReaderAnswers, rebootedNode } from './harness/reboot.ts';
import { kubectl, kubectlRan, neverRestarted } from './harness/testbed.ts';
import { conclude, investigate, type Pace, type Walk } from './harness/walk.ts';

const channels = Array.from({ length: 20 }, (_, index) => `C0E2E${String(index).padStart(2, '0')}`);
let unused = [...channels];
let staged: Staged;
let undos: Undo[] = [];

beforeAll(async () => {
  await neverRestarted();
  await healthy();
  await loadImage();
  staged = await stageBot(channels);
  await deployAgents(staged);
  await deployGateway();
});

afterEach(async () => {
  for (const undo of undos.toReversed()) await undo();
  undos = [];
  await healthy();
  await agentsConnected(staged, 2);
  expect(staged.workspace.violations).toEqual([]);
});

afterAll(async () => {
  await removeGateway();
  await removeAgents({ wait: false });
  await staged?.close();
});

/** Makes a fault that is undone after the scenario, however it ends. */
async function make(fault: Promise<Undo>): Promise<void> {
  undos.push(await fault);
}

/** Walks in a channel of its own, and shows what stood there if the scenario fails. */
async function walk(pace: Pace = {}): Promise<Walk> {
  const channel = unused[0];
  if (channel === undefined) throw new Error('there are more scenarios than channels');
  unused = unused.slice(1);
  onTestFailed(() => console.log(staged.workspace.readAs(ana).channel(channel), `\n${staged.log().slice(-4_000)}`));
  const walked = await investigate(staged.workspace, channel, pace);
  await conclude(staged.workspace, walked, 'made on purpose');
  return walked;
}

/** An outage that is fresh is told from one that has stood for a while: what is known by then is old, and is called so. */
async function lastedFor(ms: number): Promise<void> {
  const since = Date.now();
  await vi.waitFor(() => expect(Date.now() - since).toBeGreaterThan(ms), { timeout: 2 * ms, interval: 500 });
}

function marks(walked: Walk): Record<StepId, string> {
  return Object.fromEntries(Object.entries(walked.steps).map(([id, { mark }]) => [id, mark])) as Record<StepId, string>;
}

const allOk: Record<StepId, string> = {
  endpoint: 'ok',
  inside: 'ok',
  listening: 'ok',
  firewall: 'ok',
  'network-policies': 'ok',
  'control-plane-pods': 'ok',
};
const processIsDown = /not running|process (is )?down|crash/i;

test('healthy: every step is ok', async () => {
  const walked = await walk();
  expect(marks(walked)).toEqual(allOk);
  expect(walked.verdict).toContain('Reachable from outside and from inside. No problem found in any step.');
  expect(walked.steps.listening.thread).toMatch(/6443.*CN=kube-apiserver/);
  expect(walked.text).toMatch(/Looking from: the bot \(from `10\.99\.0\.1`\)/);
});

describe('the host firewall', () => {
  const from = 'iifname "eth0"';
  const input = (rule: string) => `chain in { type filter hook input priority 0; ${from} ${rule}; }`;

  test('drops: outside times out, inside works, the rule is named', async () => {
    await make(nodeRules(input('tcp dport 6443 drop')));
    await outsideSees(({ failure }) => failure?.kind === 'timeout');
    const walked = await walk();
    expect(marks(walked)).toEqual({ ...allOk, firewall: 'problem' });
    expect(walked.verdict).toMatch(/Not reachable from outside, while it is from inside.*Firewall:/);
    expect(walked.steps.inside.thread).toMatch(/The bot: .*timed out|no answer/i);
    expect(walked.steps.firewall.thread).toMatch(/inet e2e.*in/);
    expect(walked.steps.firewall.thread).toMatch(/drop/);
  });

  test('drops replies only: found, and called replies', async () => {
    await make(nodeRules('chain out { type filter hook output priority 0; oifname "eth0" tcp sport 6443 drop; }'));
    await outsideSees(({ failure }) => failure?.kind === 'timeout');
    const walked = await walk();
    expect(marks(walked)).toEqual({ ...allOk, firewall: 'problem' });
    expect(walked.steps.firewall.thread).toMatch(/repl(y|ies)/);
  });

  test('rejects with a reset: refused from outside, and nobody says that the process is down', async () => {
    await make(nodeRules(input('tcp dport 6443 reject with tcp reset')));
    await outsideSees(({ failure }) => failure?.kind === 'refused');
    const walked = await walk();
    expect(marks(walked)).toEqual({ ...allOk, firewall: 'problem' });
    expect(walked.steps.firewall.thread).toMatch(/reject/);
    expect(walked.text).not.toMatch(processIsDown);
  });
});

describe('network policies', () => {
  test('one that cuts the gateway is the problem', async () => {
    await make(policy('edge', 'deny-gateway', { app: 'gateway' }));
    await make(cutGateway());
    const walked = await walk();
    expect(marks(walked)).toEqual({ ...allOk, 'network-policies': 'problem' });
    expect(walked.steps['network-policies'].thread).toMatch(/edge\/deny-gateway/);
  });

  test('one that selects only the API server pods is told apart', async () => {
    await make(policy('kube-system', 'deny-api-server', { component: 'kube-apiserver' }));
    const walked = await walk();
    expect(marks(walked)).toEqual(allOk);
    expect(walked.steps['network-policies'].thread).toMatch(
      /kube-system\/deny-api-server.*on the host's network.*unlikely cause/,
    );
  });
});

test('a node agent that is cut off: its steps are unknown, and the commands are offered', async () => {
  await make(nodeRules(`chain out { type filter hook output priority 0; tcp dport ${staged.hubPort} drop; }`));
  await agentsConnected(staged, 1);
  const walked = await walk();
  expect(marks(walked)).toMatchObject({ inside: 'ok', 'network-policies': 'ok' });
  for (const id of ['listening', 'firewall'] as const) {
    const { mark, thread, message } = walked.steps[id];
    expect(mark).toBe('could not run');
    expect(thread).toMatch(/node cp-1.*(cut off|not connected)/i);
    await staged.workspace.as(ana).click(message, { actionId: 'commands' });
    const reading = staged.workspace.readAs(ana);
    const modal = await staged.workspace.waitFor(() => {
      const { top } = staged.workspace.views(ana);
      return top !== null && /6443/.test(reading.view(top)) ? top : null;
    });
    await staged.workspace.as(ana).close(modal, { all: true });
  }
});

test('the bot killed between any two clicks: the same card, nothing lost, nothing twice', async () => {
  const walked = await walk({
    between: async () => {
      await staged.kill();
      await staged.start();
      await agentsConnected(staged, 2);
    },
  });
  expect(marks(walked)).toEqual(allOk);
  const { channel, ts } = walked.card;
  const cards = staged.workspace.channel(channel).messages();
  expect(cards.map((message) => message.ts)).toEqual([ts]);
  const thread = staged.workspace.channel(channel).thread(ts);
  const headings = thread.flatMap(({ text }) => /Step \d, [^:]+/.exec(text)?.[0] ?? []);
  expect(headings).toEqual([...new Set(headings)]);
  expect(headings).toHaveLength(6);
});

test('the agents can read no Secret and write nothing: the API server says so itself', async () => {
  const listed = await kubectl('auth', 'can-i', '--list', '--as', 'system:serviceaccount:apidown:apidown-agent');
  console.log(listed);
  const rows = listed
    .split('\n')
    .slice(1)
    .filter((line) => line.trim() !== '');
  const verbs = rows.map((line) => /\[([a-z* ]*)\]\s*$/.exec(line)?.[1] ?? '');
  for (const [index, row] of rows.entries()) {
    // Every account may ask what it may do itself.
    if (/^self\w+reviews/.test(row)) continue;
    expect(['', 'get', 'list', 'watch', 'get list watch', 'list watch', 'get list']).toContain(verbs[index]);
    expect(row).not.toMatch(/secrets|\*\.\*|pods\/exec|nodes\/proxy/);
  }
  const forbidden = [
    ['get', 'secrets'],
    ['list', 'secrets'],
    ['create', 'pods'],
    ['create', 'pods', '--subresource=exec'],
    ['delete', 'nodes'],
    ['get', 'nodes', '--subresource=proxy'],
  ];
  for (const account of ['apidown:apidown-agent', 'apidown-node:apidown-node']) {
    for (const what of forbidden) {
      const as = ['--as', `system:serviceaccount:${account}`];
      const { stdout } = await kubectlRan('auth', 'can-i', ...what, '--all-namespaces', ...as);
      expect(`${account} ${what.join(' ')}: ${stdout.trim()}`).toBe(`${account} ${what.join(' ')}: no`);
    }
  }
});

// These come last: a control plane that was down has restarted since, and step 6 says so for ten minutes.
/** At the onset, when they ran by themselves, the server was just going, or just coming back. */
const settled: readonly StepId[] = ['inside', 'listening', 'control-plane-pods'];

describe('the API server itself', () => {
  test('its manifest moved away: nothing listens, and step 6 says what is gone', async () => {
    await make(manifestMovedAway());
    await outsideSees(({ failure }) => failure?.kind === 'refused');
    await lastedFor(20_000);
    // What ran by itself at the onset is as fresh as that; what is asked now is a memory.
    const walked = await walk({ again: ['network-policies'] });
    expect(marks(walked)).toMatchObject({
      inside: 'problem',
      listening: 'problem',
      firewall: 'ok',
      'network-policies': 'ok',
      'control-plane-pods': 'problem',
    });
    expect(walked.steps['control-plane-pods'].thread).toMatch(/kube-apiserver\.yaml|manifest/);
    expect(walked.steps['network-policies'].thread).toMatch(/as of|As of/);
    expect(walked.verdict).toContain('Not reachable, neither from outside nor from inside the cluster.');
  });

  test('a flag it does not know: crash loop, with exit code and time', async () => {
    const recording = recordEnds('kube-apiserver');
    await make(badFlag());
    await vi.waitFor(
      async () => expect((await containerEnds('kube-apiserver')).at(-1)).toMatchObject({ exitCode: 1 }),
      { timeout: 120_000, interval: 500 },
    );
    await outsideSees(({ failure }) => failure?.kind === 'refused');
    const walked = await walk({ again: settled });
    const ends = await recording.stop();
    expect(marks(walked)).toMatchObject({ inside: 'problem', listening: 'problem', 'control-plane-pods': 'problem' });
    const { thread } = walked.steps['control-plane-pods'];
    expect(thread).toMatch(/exit code 1\b/);
    const times = ends.map(({ finishedAt }) => new Date(finishedAt).toISOString().slice(11, 19));
    expect(times.filter((time) => thread.includes(time))).not.toEqual([]);
  });

  test('its certificate expired', async () => {
    const names = 'DNS:kubernetes,DNS:kubernetes.default.svc,IP:10.96.0.1,IP:10.99.0.10';
    await make(otherCertificate({ names, days: { from: '240101000000Z', to: '250101000000Z' } }));
    await outsideSees(({ tlsFaults }) => tlsFaults.includes('expired'));
    const walked = await walk({ again: settled });
    expect(marks(walked)).toMatchObject({ inside: 'problem', listening: 'problem', firewall: 'ok' });
    expect(walked.steps.inside.thread).toMatch(/expired.*2025-01-01/i);
  });

  test('its certificate is for another name', async () => {
    const year = new Date().getUTCFullYear() + 1;
    const days = { from: '240101000000Z', to: `${String(year).slice(2)}0101000000Z` };
    await make(otherCertificate({ names: 'DNS:elsewhere.example,IP:10.96.0.1', days }));
    await outsideSees(({ tlsFaults }) => tlsFaults.includes('wrongName'));
    const walked = await walk({ again: settled });
    expect(marks(walked)).toMatchObject({ inside: 'problem', firewall: 'ok' });
    expect(walked.steps.inside.thread).toMatch(/elsewhere\.example/);
    expect(walked.steps.inside.thread).toMatch(/10\.99\.0\.10/);
  });

  test('another server listens on its port', async () => {
    await make(manifestMovedAway());
    await outsideSees(({ failure }) => failure?.kind === 'refused');
    await make(otherServer());
    await outsideSees(({ byClusterCa }) => byClusterCa === false);
    const walked = await walk({ again: settled });
    expect(marks(walked)).toMatchObject({ inside: 'problem', listening: 'problem', 'control-plane-pods': 'problem' });
    expect(walked.steps.listening.thread).toMatch(/impostor/);
  });
});

test('a node that restarted into the outage, its agent a static pod: steps 3, 4 and 6 answer', async () => {
  await make(rebootedNode(staged));
  await agentsConnected(staged, 1);
  await firewallReaderAnswers();
  const walked = await walk();
  expect(marks(walked)).toMatchObject({ listening: 'problem', firewall: 'ok', 'control-plane-pods': 'problem' });
  expect(walked.steps['control-plane-pods'].thread).toMatch(/manifest/);
});
