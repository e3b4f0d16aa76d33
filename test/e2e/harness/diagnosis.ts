import { DatabaseSync } from 'node:sqlite';
import { Summary } from '../../../src/terminal/summary.ts';
import { cluster, type Staged } from './bot.ts';
import type { Undo } from './faults.ts';
import { applyYaml, kubectl, kubectlRan, nftOnNode, onNode } from './testbed.ts';
import { until } from './until.ts';

/** The investigation of the testbed as a terminal is told of it, once it says what is waited for. */
export async function summaryOnce(
  staged: Staged,
  isIt: (summary: Summary) => string | null,
  said: readonly string[] = [],
): Promise<Summary> {
  let found: Summary | null = null;
  let words = said;
  await until(120_000, async () => {
    const text = await staged.apidown('investigate', cluster, '--json', '--wait', '2', ...words);
    // Said once; it would be told again otherwise.
    words = [];
    found = Summary.parse(JSON.parse(text));
    const missing = isIt(found);
    return missing === null ? null : `${missing}\n${JSON.stringify(found, null, 1)}`;
  });
  if (found === null) throw new Error('no summary');
  return found;
}

/** Changes that have nothing to do with any failure, made just before it. */
export async function decoys(): Promise<Undo> {
  const name = `decoy-${Date.now()}`;
  await kubectl('-n', 'kube-system', 'create', 'configmap', name, '--from-literal=a=b');
  await kubectl('-n', 'kube-system', 'patch', 'configmap', name, '-p', '{"data":{"a":"c"}}');
  await applyYaml(
    JSON.stringify({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { namespace: 'default', name },
      spec: { podSelector: { matchLabels: { app: 'nowhere' } }, policyTypes: ['Ingress'] },
    }),
  );
  await nftOnNode('table inet decoy {\nchain in { type filter hook input priority 0; tcp dport 9999 drop; }\n}\n');
  return async () => {
    await onNode('nft', 'delete', 'table', 'inet', 'decoy');
    await eventually('-n', 'kube-system', 'delete', 'configmap', name);
    await eventually('-n', 'default', 'delete', 'networkpolicy', name);
  };
}

/** What is wrong with the first cause, in words for `summaryOnce`; null when it is the one. */
export function firstCauseIs(expected: { rule: string | null; standing?: string; title: RegExp }) {
  return ({ causes }: Summary): string | null => {
    const [first] = causes;
    if (first === undefined) return 'no cause is found';
    if (first.rule !== expected.rule || !expected.title.test(first.title)) return `the first cause is ${first.title}`;
    if (first.standing !== (expected.standing ?? 'explains')) return `the first cause ${first.standing}`;
    return first.reasons.length > 0 ? null : 'the first cause has no reasons';
  };
}

/** Waits until the cluster agent has proven its journal since then: what it watches may have been away. */
export async function journalLive(staged: Staged, since = Date.now()): Promise<void> {
  await until(60_000, async () => {
    const database = new DatabaseSync(staged.storeFile, { readOnly: true });
    try {
      const row = database.prepare("select max(to_at) as seen from coverage where source = 'kube'").get();
      const seen = Number(row?.seen ?? 0);
      return seen > since ? null : `the cluster agent's journal reaches to ${new Date(seen).toISOString()}`;
    } finally {
      database.close();
    }
  });
}

/** Through an API server that may not be back yet. */
export async function eventually(...words: string[]): Promise<void> {
  await until(300_000, async () => {
    const { code, stderr } = await kubectlRan(...words, '--ignore-not-found');
    return code === 0 ? null : stderr;
  });
}

/** No decoy is called a cause. */
export function decoysAmongCauses({ causes }: Summary): readonly string[] {
  return causes
    .filter(({ standing }) => standing !== 'contradicted')
    .map(({ title }) => title)
    .filter((title) => /decoy|9999/.test(title));
}
