import { mkdtemp, rm } from 'node:fs/promises';
import { homedir, hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { kubeJournal } from '../agent/journal/kube/journal.ts';
import { remember } from '../agent/journal/kube/memory.ts';
import { ALSO_FOLLOWED } from '../agent/journal/kube/watched.ts';
import { growingKnowledge, NOTHING_KNOWN } from '../agent/knowledge.ts';
import { type KubeAccess, kubeAccess } from '../agent/kube/access.ts';
import { kubeClient } from '../agent/kube/client.ts';
import { keepLearning } from '../agent/kube/learn.ts';
import { watchState } from '../agent/kube/state.ts';
import { expectedSources, notApplicable } from '../changes/expected.ts';
import { judgeFacts } from '../checks/contracts.ts';
import { hostResolver } from '../checks/endpoint/resolve.ts';
import { runnersFor } from '../checks/runners.ts';
import type { AloneOptions, LookAlone } from '../cli/investigate.ts';
import { createDiagnosing } from '../investigation/diagnosing.ts';
import { endpointIn } from '../investigation/endpoint-in.ts';
import type { Vantages } from '../investigation/ports.ts';
import { createInvestigations } from '../investigation/service.ts';
import { onsetOfReport } from '../onset/onset-of-report.ts';
import { parseReport, type Report } from '../onset/report.ts';
import { systemClock } from '../ops/clock.ts';
import { createLog } from '../ops/log.ts';
import { rules } from '../playbook/rules.ts';
import { leavesBy } from '../probe/leaves-by.ts';
import { probe } from '../probe/probe.ts';
import { openStore } from '../store/open.ts';
import type { Store } from '../store/store.ts';
import { type Summary, summaryOf } from '../terminal/summary.ts';
import { parseEndpoint } from '../words/endpoint.ts';
import type { Actor } from '../words/person.ts';
import { sameVantage, type Vantage } from '../words/vantage.ts';
import { runHere } from './run-here.ts';

const clock = systemClock.now;
/** How long the API server may take to show what it holds. */
const listWithinMs = 10_000;
const doneWithinMs = 30_000;
const againEveryMs = 200;

/** `apidown investigate` without a bot: the checks that can be run from here, and what the API server remembers of changes. */
export const lookAlone: LookAlone = async (options) => {
  const report = parseReport(options.said, { nowAt: clock(), zone: options.zone });
  if (report.kind === 'unclear') {
    return { kind: 'refused', message: `"${report.part}" is not understood: ${report.why}` };
  }
  const kubeconfig = options.kubeconfig ?? join(homedir(), '.kube/config');
  let access: KubeAccess;
  try {
    access = await kubeAccess({ kubeconfig, env: process.env });
  } catch (error) {
    return { kind: 'refused', message: error instanceof Error ? error.message : String(error) };
  }
  const opened = await openStore({ kind: 'sqlite', file: ':memory:' });
  if (opened.kind === 'refused') return { kind: 'refused', message: opened.message };
  const folder = await mkdtemp(join(tmpdir(), 'apidown-'));
  try {
    return { kind: 'looked', summary: await look(options, report, access, opened.store, folder) };
  } finally {
    await opened.store.close();
    await rm(folder, { recursive: true, force: true });
  }
};

async function look(
  options: AloneOptions,
  report: Report,
  access: KubeAccess,
  store: Store,
  folder: string,
): Promise<Summary> {
  const log = createLog({ name: 'investigate', level: 'silent' });
  const stopping = new AbortController();
  const { signal } = stopping;
  const cluster = options.cluster ?? access.server.hostname;
  const endpoint = parseEndpoint(access.server.href, 'kubeconfig', clock());
  const knowledge = { ...NOTHING_KNOWN, endpoints: [endpoint], caPem: access.caPem ?? '' };
  const learned = growingKnowledge(knowledge, () => {});

  const client = kubeClient(access);
  const journal = kubeJournal({
    instance: hostname(),
    sink: {
      put(record) {
        if (record.kind === 'change') void store.changes.add(cluster, [record.change]);
        if (record.kind === 'coverage') void store.changes.cover(cluster, record.span);
      },
    },
    order: { current: () => null, onChange: () => () => {} },
    memory: await remember({ dir: folder, cluster, clock, log }),
    followed: () => state,
    clock,
    log,
  });
  const state = watchState({
    client,
    clock,
    log,
    notes: { taker: journal.taker, alsoFollow: ALSO_FOLLOWED },
    onProgress: () => journal.progressed(),
  });
  const lesson = keepLearning({ client, state, clock, log, signal, onLesson: learned.add });
  const watching = Promise.allSettled([state.run(signal), journal.run(signal), lesson]);

  const clusters = {
    profile: async () => ({ name: cluster, knowledge: learned.knowledge(), sources: [], gateways: [] }),
  };
  const vantages = await placesHere({ learned, state, endpoint, signal });
  const investigations = createInvestigations({
    store: store.investigations,
    vantages,
    clusters,
    clock: systemClock,
    log,
    judge: judgeFacts,
    endpointIn,
    endpointOf: async () => endpoint.url,
    outagesOf: async () => [],
    onChange: (investigation) => diagnosing.changed(investigation),
  });
  const diagnosing = createDiagnosing({
    investigations,
    journal: store.changes,
    clusters,
    expected: (profile) => expectedSources(profile, []),
    notApplicable,
    goodStretches: async () => [],
    linksLost: () => [],
    clock: systemClock,
    log,
  });
  try {
    await until(listWithinMs, async () => state.tried());
    const by: Actor = { kind: 'person', id: options.user };
    const onset = onsetOfReport(report, { by: options.user });
    const answer = await investigations.open({ cluster, by, room: null, endpoint: endpoint.url, report: onset });
    if (answer.kind === 'refused') throw new Error(answer.message);
    const { id } = answer.investigation;
    if (options.widen) await investigations.act(id, by, { kind: 'widen', rules: rules.map((rule) => rule.id) });
    let summary = summaryOf(answer.investigation, clock());
    await until(doneWithinMs, async () => {
      summary = summaryOf((await investigations.find(id)) ?? answer.investigation, clock());
      return summary.complete;
    });
    return summary;
  } finally {
    stopping.abort();
    await diagnosing.close();
    await investigations.close();
    await watching;
    client.close();
  }
}

/** This machine as a client outside, and the API server's own word, read through the kubeconfig. */
async function placesHere(needs: {
  readonly learned: Parameters<typeof runnersFor>[0]['learned'];
  readonly state: Extract<Parameters<typeof runnersFor>[0], { role: 'cluster' }>['state'];
  readonly endpoint: { readonly host: string; readonly port: number };
  readonly signal: AbortSignal;
}): Promise<Vantages> {
  const { learned, state, endpoint, signal } = needs;
  const resolve = hostResolver();
  const here: Vantage = {
    kind: 'outside',
    instance: hostname(),
    leavesBy: [...(await leavesBy(endpoint.host, endpoint.port, signal))],
  };
  const through: Vantage = { kind: 'pod', instance: '(none: read through the kubeconfig)', leavesBy: [] };
  const outside = runnersFor({ role: 'vantage', learned, probe, clock, resolve });
  // No pod looks here: what needs one is left out, so that nobody takes this machine's view for a pod's.
  const read = runnersFor({ role: 'cluster', learned, state, probe, clock, resolve }).filter(
    ({ check }) => check === 'network-policies' || check === 'control-plane-pods',
  );
  const places = [
    { vantage: here, runners: outside },
    { vantage: through, runners: read },
  ];
  return {
    connected: () => places.map(({ vantage, runners }) => ({ vantage, checks: runners.map(({ check }) => check) })),
    absent: () => [],
    awaitConnected: async () => true,
    async run(_cluster, vantage, command, until) {
      const place = places.find((one) => sameVantage(one.vantage, vantage));
      return place === undefined ? { kind: 'offline' } : runHere(place.runners, command, clock, until);
    },
  };
}

/** Until it is so, or the time is up. */
async function until(withinMs: number, isSo: () => Promise<boolean>): Promise<void> {
  const startedAt = performance.now();
  while (!(await isSo()) && performance.now() - startedAt < withinMs) await wait(againEveryMs);
}
