import type { Standing } from '../words/diagnosis.ts';
import type { TlsFault } from '../words/probe.ts';
import type { ComponentLook } from './facts.ts';
import { componentsOf } from './facts.ts';
import type { Clue, ClueKind } from './read-clues.ts';
import { compareText, type Scene, type Seen } from './read-scene.ts';
import type { Suspect } from './relate.ts';
import { howLong, listed } from './words.ts';

/** A cause that rests on what the steps found, with no change to go by. */
export interface EvidenceCause {
  /** `evidence:…`, the same while the same thing is meant, however much more is learned of it. */
  readonly key: string;
  readonly standing: Extract<Standing, 'explains' | 'possible'>;
  readonly title: string;
  readonly reasons: readonly string[];
  /** Said only when no change is told as the cause in its stead. */
  readonly alone?: string;
  readonly against: readonly string[];
  /** A change that is one of these and explains the failure is the cause, and this is why. */
  readonly suspects: readonly Suspect[];
  /** null: on none in particular. */
  readonly node: string | null;
  /** Things that a change has to name to be the same, by a cloud's ids; left out: none. */
  readonly about?: readonly string[];
}

/** @param watched sources that saw all of the window, and no change in it that could have done this. */
export function causesFromEvidence(
  scene: Scene,
  clues: readonly Clue[],
  watched: Readonly<Record<Ruled, boolean>>,
): readonly EvidenceCause[] {
  return [
    ...ofCertificate(scene),
    ...ofProcess(scene, clues),
    ...ofNode(scene, clues),
    ...ruled.flatMap((kind) => ofRules(clues, kind, watched[kind])),
    ...ofName(scene, clues),
  ].sort((a, b) => compareText(a.key, b.key));
}

const faultWords: Readonly<Record<TlsFault, string>> = {
  expired: 'has expired',
  notYetValid: 'is not valid yet',
  wrongName: 'is for another name',
  otherAuthority: "is not by the cluster's CA",
  selfSigned: 'is self-signed',
  unverifiable: 'can not be verified',
};

function ofCertificate({ failing, insideFailing, onset }: Scene): readonly EvidenceCause[] {
  const distrusted = [...failing, ...insideFailing].filter(({ result }) => result.failure?.kind === 'certificate');
  const [first] = distrusted;
  if (first === undefined) return [];
  const faults = [...new Set(distrusted.flatMap(({ result }) => result.tlsFaults))].sort();
  const fault = faults.includes('expired') ? 'expired' : (faults[0] ?? 'unverifiable');
  const { certificate, target, address } = first.result;
  const isExpired = fault === 'expired' && certificate !== null;
  return [
    {
      key: `evidence:certificate:${fault}`,
      standing: 'explains',
      title: `The certificate that ${address ?? target.host}:${target.port} serves ${faultWords[fault]}`,
      reasons: [
        ...(isExpired ? [`It was valid until ${atOnset(certificate.notAfterAt, onset)}.`] : []),
        `Clients that check it break off: ${distrusted.length === 1 ? 'one probe' : `${distrusted.length} probes`} did, the first with "${first.result.failure?.message ?? ''}".`,
      ],
      against: [],
      suspects: fault === 'expired' ? ['certificate'] : ['certificate', 'name', 'process', 'balancer'],
      node: null,
    },
  ];
}

function atOnset(at: number, { earliestAt, latestAt }: Scene['onset']): string {
  if (at < earliestAt) return `${howLong(earliestAt - at)} before the first failures`;
  return at > latestAt ? `${howLong(at - latestAt)} after the first failures` : 'the moment the failures began';
}

/** The deepest that is known gives the title; what it led to is among the reasons. */
function ofProcess(scene: Scene, clues: readonly Clue[]): readonly EvidenceCause[] {
  const of = (kind: ClueKind) => clues.filter((clue) => clue.kind === kind);
  const deaf = [...of('nothingListens'), ...of('loopbackOnly')];
  const shut = [...deaf, ...of('refusedEverywhere'), ...of('hangs')];
  const down = downComponents(scene);
  const isDown = down.some(({ look }) => look.container?.state !== 'running');
  const answers = scene.insideAnswering.length > 0 && of('loopbackOnly').length === 0;
  if (answers || (shut.length === 0 && !isDown)) return [];

  const etcd = down.find(({ look }) => look.component === 'etcd');
  const server = down.find(({ look }) => look.component === 'kube-apiserver');
  const [firstDeaf] = deaf;
  const node = etcd?.node ?? server?.node ?? firstDeaf?.node ?? null;
  const others = scene.controlPlaneNodes.filter((name) => !deaf.some((clue) => clue.node === name));
  const isPart = deaf.length > 0 && scene.controlPlaneNodes.length > 1 && others.length > 0;
  const onlyFromOutside = deaf.length === 0 && !isDown && scene.insideFailing.length === 0;
  return [
    {
      key: node === null ? 'evidence:process' : `evidence:process:${node}`,
      standing: isPart || onlyFromOutside ? 'possible' : 'explains',
      title: processTitle({ etcd, server, deaf: firstDeaf, hangs: of('hangs').length > 0, node }),
      reasons: [
        ...(etcd === undefined ? [] : [`Without etcd the API server can't serve: ${downWords(etcd)}.`]),
        ...(server === undefined ? [] : [`${downWords(server)}.`]),
        ...shut.map(({ words }) => words),
        ...of('podsTroubled').map(({ words }) => words),
      ],
      against: [
        ...(isPart
          ? [`${listed(others)} ${others.length === 1 ? 'was' : 'were'} not found so, and should serve.`]
          : []),
        ...(onlyFromOutside ? ['It was seen from outside only: a balancer without a backend looks the same.'] : []),
      ],
      suspects: ['process'],
      node: null,
    },
  ];
}

interface Down {
  readonly look: ComponentLook;
  readonly node: string | null;
}

function processTitle(found: {
  etcd: Down | undefined;
  server: Down | undefined;
  deaf: Clue | undefined;
  hangs: boolean;
  node: string | null;
}): string {
  const { etcd, server, deaf, hangs, node } = found;
  const on = node === null ? '' : ` on ${node}`;
  if (etcd !== undefined) return `${downWords(etcd)}, and without it the API server can't serve`;
  if (server !== undefined) return downWords(server);
  if (deaf?.kind === 'loopbackOnly') return `The API server${on} listens on loopback only`;
  if (deaf !== undefined) return `Nothing listens on the API port${on}: the API server is not running`;
  return hangs
    ? `The API server${on} hangs: it takes connections and does not answer`
    : `The API server${on} is not running`;
}

/** etcd and API servers that don't run, or crashed since about the time it began, those of etcd first. */
function downComponents({ looks, onset }: Scene): readonly Down[] {
  const found = looks.flatMap((look) =>
    componentsOf(look)
      .filter(({ component }) => component === 'etcd' || component === 'kube-apiserver')
      .filter((one) => isDown(one, onset.earliestAt))
      .map((one) => ({ look: one, node: one.node, lookedAt: look.gatheredAt, crashes: one.container?.restarts ?? 0 })),
  );
  // What was learned last of a component says most: how often it crashed by then, and with what words.
  return found.toSorted(
    (a, b) =>
      compareText(a.look.component, b.look.component) ||
      compareText(a.node ?? '', b.node ?? '') ||
      b.crashes - a.crashes ||
      b.lookedAt - a.lookedAt,
  );
}

const shortlyMs = 60_000;

function isDown({ container }: ComponentLook, onsetAt: number): boolean {
  if (container === null) return false;
  if (container.state === 'waiting' || container.state === 'terminated') return true;
  const endedAt = container.last?.finishedAt ?? null;
  const crashed = endedAt !== null && endedAt >= onsetAt - shortlyMs;
  return crashed && (container.state === 'unknown' || !container.ready);
}

function downWords({ look, node }: Down): string {
  const name = `${look.component === 'etcd' ? 'etcd' : 'The API server'}${node === null ? '' : ` on ${node}`}`;
  const { container } = look;
  const last = container?.last ?? null;
  const again = (container?.restarts ?? 0) > 1 || container?.reason === 'CrashLoopBackOff';
  const how = again ? `keeps crashing (restarted ${container?.restarts ?? 0} times)` : 'is not running';
  const details = [
    ...(last === null || last.exitCode === null ? [] : [`exit code ${last.exitCode}`]),
    ...(last === null || last.reason === null ? [] : [last.reason]),
  ].join(', ');
  const line = look.lastWords.at(-1) ?? last?.message?.trim().split('\n').at(-1) ?? '';
  const said = line === '' ? '' : `, saying "${line.slice(0, 200)}"`;
  return `${name} ${how}${last === null ? '' : `: it last ended${details === '' ? '' : ` with ${details}`}${said}`}`;
}

/** A node without an agent any more, that nothing answers on. */
function ofNode({ failing, insideFailing, insideAnswering }: Scene, clues: readonly Clue[]): readonly EvidenceCause[] {
  const unreachable = [...failing, ...insideFailing].filter(isUnreachable);
  const silent = clues.filter(({ kind }) => kind === 'silentEverywhere');
  const unanswered =
    failing.length > 0 &&
    failing.every(({ result }) => result.failure?.phase === 'connect' && result.failure.kind !== 'refused');
  if (insideAnswering.length > 0 || (unreachable.length === 0 && silent.length === 0 && !unanswered)) return [];
  return clues
    .filter(({ kind, node }) => kind === 'linkLost' && node !== null)
    .map(({ node, words }) => ({
      key: `evidence:node:${node}`,
      standing: unreachable.length > 0 || silent.length > 0 ? ('explains' as const) : ('possible' as const),
      title: `${node} is gone, or cut off from everything`,
      reasons: [
        words,
        ...unreachable.slice(0, 1).map(({ result }) => `Nothing answers: ${result.failure?.message ?? ''}.`),
        ...silent.map((clue) => clue.words),
      ],
      against: [],
      suspects: ['node', 'routing'] as const,
      node,
    }));
}

function isUnreachable({ result }: Seen): boolean {
  return result.failure?.kind === 'hostUnreachable' || result.failure?.kind === 'networkUnreachable';
}

const ruled = ['firewallDenies', 'cloudDenies', 'cloudRouteDenies', 'noTarget', 'policiesDeny'] as const;
/** What is found of rules that stand. */
export type Ruled = (typeof ruled)[number];

const ruledWords: Readonly<
  Record<Ruled, { readonly key: string; readonly suspects: readonly [Suspect, ...Suspect[]] }>
> = {
  firewallDenies: { key: 'evidence:firewall', suspects: ['firewall'] },
  cloudDenies: { key: 'evidence:cloud-firewall', suspects: ['cloud'] },
  cloudRouteDenies: { key: 'evidence:cloud-routes', suspects: ['routing', 'cloud'] },
  noTarget: { key: 'evidence:no-target', suspects: ['balancer'] },
  policiesDeny: { key: 'evidence:network-policies', suspects: ['policy'] },
};

function ruledTitle(kind: Ruled, node: string | null): string {
  switch (kind) {
    case 'firewallDenies':
      return `The firewall${node === null ? '' : ` of ${node}`} keeps clients out`;
    case 'cloudDenies':
      return "The cloud's rules keep clients out";
    case 'cloudRouteDenies':
      return "The cloud's routes don't lead from clients to the API server and back";
    case 'noTarget':
      return 'The load balancer has no target to send to';
    case 'policiesDeny':
      return 'NetworkPolicies keep clients from the API server';
    default:
      return kind satisfies never;
  }
}

/** Rules that deny clients, while no change that did so was seen. */
function ofRules(clues: readonly Clue[], kind: Ruled, watched: boolean): readonly EvidenceCause[] {
  const { key, suspects } = ruledWords[kind];
  const against = [
    ...(watched ? ['All of the window was watched and no such change seen: they may have stood before it.'] : []),
    ...clues.filter(({ speaksAgainst }) => speaksAgainst.includes(suspects[0])).map(({ words }) => words),
  ];
  const nodes = Map.groupBy(
    clues.filter((clue) => clue.kind === kind),
    ({ node }) => node,
  );
  return Array.from(nodes, ([node, found]) => ({
    key: `${key}${node === null ? '' : `:${node}`}`,
    standing: watched ? 'possible' : 'explains',
    title: ruledTitle(kind, node),
    reasons: found.map(({ words }) => words),
    alone: 'No change that began it was seen.',
    against,
    suspects,
    node,
    about: found.flatMap(({ about }) => about),
  }));
}

function ofName({ failing }: Scene, clues: readonly Clue[]): readonly EvidenceCause[] {
  const found = clues.filter(({ kind }) => kind === 'unresolved');
  if (found.length === 0) return [];
  const isUnknown = failing.every(({ result }) => result.failure?.kind === 'nameNotFound');
  const names = listed([...new Set(failing.map(({ result }) => result.target.host))].sort());
  return [
    {
      key: 'evidence:dns',
      standing: isUnknown ? 'explains' : 'possible',
      title: isUnknown ? `The name ${names} does not resolve` : `The name ${names} can't be looked up from outside`,
      reasons: found.map(({ words }) => words),
      against: isUnknown ? [] : ['It may be the resolver of these vantages alone.'],
      suspects: ['name'],
      node: null,
    },
  ];
}
