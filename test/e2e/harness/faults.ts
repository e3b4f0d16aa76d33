import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { vi } from 'vitest';
import { probe } from '../../../src/probe/probe.ts';
import type { ProbeResult } from '../../../src/words/probe.ts';
import { output, ran } from './exec.ts';
import { kubectlRan, nftOnNode, onNode, testbed } from './testbed.ts';

/** Undoes one fault. */
export type Undo = () => Promise<void>;

const apiServer = join(testbed.manifests, 'kube-apiserver.yaml');
const pki = '/etc/kubernetes/pki';

/** A table of its own on the node; `chains` in nft's own words. */
export async function nodeRules(chains: string): Promise<Undo> {
  await nftOnNode(`table inet e2e {\n${chains}\n}\n`);
  return async () => void (await onNode('nft', 'delete', 'table', 'inet', 'e2e'));
}

/** The static pod manifest of the API server moved out of the kubelet's sight. */
export async function manifestMovedAway(): Promise<Undo> {
  const aside = join(testbed.home, 'kube-apiserver.yaml.aside');
  await rename(apiServer, aside);
  return () => rename(aside, apiServer);
}

/** A flag in the API server's manifest that it does not know. */
export async function badFlag(): Promise<Undo> {
  const good = await readFile(apiServer, 'utf8');
  await writeFile(apiServer, good.replace(/^( *)- kube-apiserver$/m, '$&\n$1- --no-such-flag=true'));
  return () => writeFile(apiServer, good);
}

/** The API server's certificate replaced by another of the same authority, as a rotation gone wrong does it. */
export async function otherCertificate(change: { names: string; days: { from: string; to: string } }): Promise<Undo> {
  const folder = await mkdtemp(join(tmpdir(), 'apidown-pki-'));
  const file = (name: string) => join(folder, name);
  const [certificate, key] = [join(pki, 'apiserver.crt'), join(pki, 'apiserver.key')];
  const good = await readFile(certificate);
  await writeFile(file('index.txt'), '');
  await writeFile(file('serial'), '1000\n');
  await writeFile(
    file('ca.cnf'),
    [
      '[ca]\ndefault_ca = it',
      `[it]\ndatabase = ${file('index.txt')}\nserial = ${file('serial')}\nnew_certs_dir = ${folder}\ndefault_md = sha256`,
      `policy = any\nx509_extensions = ext\nunique_subject = no`,
      '[any]\ncommonName = supplied',
      `[ext]\nextendedKeyUsage = serverAuth\nsubjectAltName = ${change.names}`,
    ].join('\n'),
  );
  await output('openssl', ['req', '-new', '-key', key, '-subj', '/CN=kube-apiserver', '-out', file('csr')]);
  const signing = [
    '-cert',
    join(pki, 'ca.crt'),
    '-keyfile',
    join(pki, 'ca.key'),
    '-in',
    file('csr'),
    '-out',
    file('crt'),
  ];
  const { from, to } = change.days;
  await output('openssl', [
    'ca',
    '-batch',
    '-notext',
    '-config',
    file('ca.cnf'),
    '-startdate',
    from,
    '-enddate',
    to,
    ...signing,
  ]);
  await writeFile(certificate, await readFile(file('crt')));
  await rm(folder, { recursive: true });
  return () => writeFile(certificate, good);
}

/** Probes the testbed's endpoint from the host until the answer is as expected. */
export async function outsideSees(
  expected: (result: ProbeResult) => boolean,
  timeoutMs = 180_000,
): Promise<ProbeResult> {
  const caPem = await readFile(join(pki, 'ca.crt'), 'utf8');
  const target = { path: 'endpoint' as const, host: testbed.nodeAddress, port: 6443 };
  return vi.waitFor(
    async () => {
      const [result] = await probe(target, { caPem, deadlineMs: 2_000 }, new AbortController().signal);
      if (result === undefined || !expected(result)) throw new Error(`from outside: ${JSON.stringify(result)}`);
      return result;
    },
    { timeout: timeoutMs, interval: 500 },
  );
}

/** Waits until the API server answers and every control-plane pod is ready. */
export async function healthy(): Promise<void> {
  await outsideSees(({ good }) => good);
  await outOfBackOff();
  await vi.waitFor(
    async () => {
      const ready = [
        'wait',
        'pod',
        '-n',
        'kube-system',
        '-l',
        'tier=control-plane',
        '--for=condition=Ready',
        '--timeout=1s',
      ];
      const { code, stderr } = await kubectlRan(...ready);
      if (code !== 0) throw new Error(stderr);
    },
    { timeout: 180_000, interval: 1_000 },
  );
}

/** Epoch ms, of the process that runs now. */
export async function apiServerStartedAt(): Promise<number> {
  const seconds = Number((await output('ps', ['-C', 'kube-apiserver', '-o', 'etimes='])).trim().split('\n')[0]);
  return Date.now() - seconds * 1000;
}

/** Those who end when the API server goes are held back by the kubelet, longer each time: as new pods they start at once. */
async function outOfBackOff(): Promise<void> {
  for (const name of ['kube-controller-manager', 'kube-scheduler']) {
    const reason = '{.status.containerStatuses[0].state.waiting.reason}';
    const { stdout } = await kubectlRan(
      '-n',
      'kube-system',
      'get',
      'pod',
      `${name}-${testbed.node}`,
      '-o',
      `jsonpath=${reason}`,
    );
    if (stdout.trim() !== 'CrashLoopBackOff') continue;
    const manifest = join(testbed.manifests, `${name}.yaml`);
    const text = (await readFile(manifest, 'utf8')).replace(/^ {2}annotations:\n {4}e2e: .*\n/m, '');
    await writeFile(manifest, text.replace(/^metadata:\n/m, `metadata:\n  annotations:\n    e2e: "${Date.now()}"\n`));
  }
}

/** Every end of the containers of one name while it records: the kubelet keeps only the newest of a crash loop. */
export function recordEnds(name: string): { stop(): Promise<{ finishedAt: number }[]> } {
  const stopped = new AbortController();
  const ends = new Map<number, { finishedAt: number }>();
  const recorded = (async () => {
    do {
      for (const end of await containerEnds(name)) ends.set(end.finishedAt, end);
      await wait(250, undefined, { signal: stopped.signal }).catch(() => {});
    } while (!stopped.signal.aborted);
  })();
  return {
    async stop() {
      stopped.abort();
      await recorded;
      return [...ends.values()];
    },
  };
}

/** What containerd keeps of the containers of one name, newest last: status as its own file tells it. */
export async function containerEnds(name: string): Promise<{ exitCode: number; finishedAt: number }[]> {
  const { stdout } = await ran('sh', [
    '-c',
    `for link in /var/log/containers/${name}-${testbed.node}_kube-system_${name}-*.log; do
       id=\${link##*-}; id=\${id%.log}; cat ${testbed.home}/ctd/io.containerd.grpc.v1.cri/containers/"$id"/status 2>/dev/null; echo
     done`,
  ]);
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { ExitCode: number; FinishedAt: number })
    .map(({ ExitCode, FinishedAt }) => ({ exitCode: ExitCode, finishedAt: FinishedAt / 1e6 }))
    .toSorted((a, b) => a.finishedAt - b.finishedAt);
}
