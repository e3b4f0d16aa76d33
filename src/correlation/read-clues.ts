import { stepById } from '../playbook/playbook.ts';
import type { StepId } from '../playbook/step.ts';
import type { Change, ChangeCategory } from '../words/change.ts';
import type { Evidence } from '../words/evidence.ts';
import type { TlsFault } from '../words/probe.ts';
import { vantageName } from '../words/vantage.ts';
import { cloudDenialsOf, firewallSourcesOf, listeningOf } from './facts.ts';
import { isWithin } from './ranges.ts';
import { readEffect } from './read-effect.ts';
import { rangesOf, type Scene, type Seen } from './read-scene.ts';
import type { Suspect } from './relate.ts';
import type { Situation } from './situation.ts';
import { howLong, listed, unstopped } from './words.ts';

export type ClueKind =
  | 'nothingListens'
  | 'loopbackOnly'
  | 'refusedEverywhere'
  | 'silentEverywhere'
  | 'onlyOutside'
  | 'hangs'
  | 'certificate'
  | 'otherServer'
  | 'unresolved'
  | 'firewallDenies'
  | 'firewallLets'
  | 'cloudDenies'
  | 'cloudRouteDenies'
  | 'noTarget'
  | 'cloudLets'
  | 'policiesDeny'
  | 'policiesLet'
  | 'podsTroubled'
  | 'podsFine'
  | 'linkLost';

/** One thing that the evidence says, and of what. */
export interface Clue {
  readonly kind: ClueKind;
  /** A sentence, complete without its surroundings. */
  readonly words: string;
  readonly speaksFor: readonly Suspect[];
  readonly speaksAgainst: readonly Suspect[];
  /** It is about this node alone; null: about none in particular. */
  readonly node: string | null;
  /** It is about these alone, by the cloud's ids; empty: about none in particular. */
  readonly about: readonly string[];
  /** Epoch ms. */
  readonly seenAt: number;
}

/** What stands between clients and the node's port. */
const onTheWay: readonly Suspect[] = ['firewall', 'policy', 'cloud', 'balancer', 'routing'];

const says: Readonly<Record<ClueKind, Pick<Clue, 'speaksFor' | 'speaksAgainst'>>> = {
  nothingListens: { speaksFor: ['process'], speaksAgainst: onTheWay },
  loopbackOnly: { speaksFor: ['process'], speaksAgainst: onTheWay },
  refusedEverywhere: { speaksFor: ['process'], speaksAgainst: onTheWay },
  silentEverywhere: { speaksFor: ['firewall', 'routing', 'node'], speaksAgainst: [] },
  onlyOutside: { speaksFor: onTheWay, speaksAgainst: ['process', 'node', 'endpoints'] },
  hangs: { speaksFor: ['process'], speaksAgainst: ['firewall', 'policy', 'cloud', 'routing', 'name'] },
  certificate: { speaksFor: ['certificate'], speaksAgainst: [...onTheWay, 'name'] },
  otherServer: {
    speaksFor: ['certificate', 'name', 'balancer'],
    speaksAgainst: ['firewall', 'policy', 'cloud', 'routing'],
  },
  unresolved: { speaksFor: ['name'], speaksAgainst: [...onTheWay, 'process', 'certificate'] },
  firewallDenies: { speaksFor: ['firewall'], speaksAgainst: [] },
  firewallLets: { speaksFor: [], speaksAgainst: ['firewall'] },
  cloudDenies: { speaksFor: ['cloud'], speaksAgainst: [] },
  cloudRouteDenies: { speaksFor: ['cloud', 'routing'], speaksAgainst: [] },
  noTarget: { speaksFor: ['balancer'], speaksAgainst: [] },
  cloudLets: { speaksFor: [], speaksAgainst: ['cloud'] },
  policiesDeny: { speaksFor: ['policy'], speaksAgainst: [] },
  policiesLet: { speaksFor: [], speaksAgainst: ['policy'] },
  podsTroubled: { speaksFor: ['process'], speaksAgainst: [] },
  podsFine: { speaksFor: [], speaksAgainst: ['process'] },
  linkLost: { speaksFor: ['node', 'routing'], speaksAgainst: [] },
};

/** What steps, probes and broken links say, in an order of their own. A step's trouble stands even when a later look finds none. */
export function readClues(scene: Scene, { linksLost, changes }: Situation): readonly Clue[] {
  const clues = [
    ...scene.looks.flatMap((look) => ofStep(look, scene)).filter((clue) => !isOvertaken(clue, scene, changes)),
    ...ofProbes(scene),
    ...ofLinks(scene, linksLost),
  ].map((clue) => ({ about: [], ...clue, ...says[clue.kind] }));
  const contradicting: Partial<Record<ClueKind, readonly ClueKind[]>> = {
    firewallLets: ['firewallDenies'],
    cloudLets: ['cloudDenies', 'cloudRouteDenies', 'noTarget'],
    policiesLet: ['policiesDeny'],
    podsFine: ['podsTroubled'],
  };
  const seen = new Set<string>();
  return clues.filter(({ kind, node, words }) => {
    const opposite = contradicting[kind] ?? [];
    if (clues.some((other) => opposite.includes(other.kind) && other.node === node)) return false;
    const key = JSON.stringify([kind, node, words]);
    return seen.has(key) ? false : seen.add(key);
  });
}

type Found = Omit<Clue, 'speaksFor' | 'speaksAgainst' | 'about'> & Partial<Pick<Clue, 'about'>>;

function ofStep(look: Evidence, scene: Scene): readonly Found[] {
  const { check, verdict, vantage, gatheredAt: seenAt } = look;
  const node = vantage.kind === 'node' ? vantage.instance : null;
  const found = (kind: ClueKind, step: StepId): readonly Found[] => [
    { kind, words: `Step ${stepById(step).number}: ${unstopped(look.reason)}.`, node, seenAt },
  ];
  switch (check) {
    case 'listening': {
      const facts = listeningOf(look);
      if (verdict !== 'problem' || facts === null) return [];
      const isSilent = facts.sockets.length === 0 && facts.unread.length === 0;
      if (isSilent) return found('nothingListens', 'listening');
      const isLocal = facts.sockets.length > 0 && facts.sockets.every(({ address }) => isLoopback(address));
      return isLocal ? found('loopbackOnly', 'listening') : [];
    }
    case 'host-firewall':
      if (verdict === 'problem') return found('firewallDenies', 'firewall');
      return verdict === 'ok' && wasAskedFor(look, scene) ? found('firewallLets', 'firewall') : [];
    case 'cloud-firewall': {
      const { ids, by } = cloudDenialsOf(look);
      if (verdict === 'problem') return found(denies[by], 'firewall').map((clue) => ({ ...clue, about: ids }));
      return verdict === 'ok' && wasAskedFor(look, scene) ? found('cloudLets', 'firewall') : [];
    }
    case 'network-policies':
      if (verdict === 'problem') return found('policiesDeny', 'network-policies');
      return verdict === 'ok' ? found('policiesLet', 'network-policies') : [];
    case 'control-plane-pods':
      if (verdict === 'problem' && server.test(look.reason)) return found('podsTroubled', 'control-plane-pods');
      return verdict === 'ok' ? found('podsFine', 'control-plane-pods') : [];
    default:
      return [];
  }
}

const denies = { rules: 'cloudDenies', routes: 'cloudRouteDenies', targets: 'noTarget' } as const;

const server = /kube-apiserver|etcd|API server/;

/** What the rules are that were judged, by which changes they come and go. */
const ruledBy: Partial<Record<ClueKind, ChangeCategory>> = {
  firewallLets: 'firewall',
  cloudLets: 'security-group',
  policiesLet: 'network-policy',
};

/** Rules that let clients in now may have been put right since the failures began. */
function isOvertaken({ kind, node, seenAt }: Found, { onset, clients }: Scene, changes: readonly Change[]): boolean {
  const category = ruledBy[kind];
  if (category === undefined) return false;
  return changes.some(
    (change) =>
      change.category === category &&
      (node === null || change.target.node === null || change.target.node === node) &&
      change.latestAt > onset.latestAt &&
      change.earliestAt <= seenAt &&
      (change.effect === null || ['mends', 'unknown'].includes(readEffect(change.effect, clients).kind)),
  );
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

/** That rules let some clients in says nothing of those who fail unless they were asked for. */
function wasAskedFor(look: Evidence, { clients }: Scene): boolean {
  // A cloud is not asked about vantages of which it is not known as whom they arrive.
  if (clients.known !== 'told' && look.check !== 'cloud-firewall') return true;
  const asked = rangesOf(firewallSourcesOf(look));
  return clients.failing.every(({ range }) => asked.some((one) => isWithin(range, one)));
}

function ofProbes(scene: Scene): readonly Found[] {
  const { failing, insideFailing, insideAnswering, answering } = scene;
  const seenAt = Math.max(0, ...[...failing, ...insideFailing].map(({ result }) => result.startedAt));
  const found = (kind: ClueKind, words: string): Found => ({ kind, words, node: null, seenAt });
  const all = [...failing, ...insideFailing];
  const clues: Found[] = [];

  const unresolved = failing.filter(({ result }) => result.failure?.phase === 'resolve');
  if (unresolved.length > 0 && unresolved.length === failing.length) {
    clues.push(found('unresolved', `${told(unresolved)}.`));
  }
  const distrusted = all.filter(({ result }) => result.failure?.kind === 'certificate');
  const isAnother = distrusted.every(({ result }) => isOfAnother(result));
  if (distrusted.length > 0) clues.push(found(isAnother ? 'otherServer' : 'certificate', `${told(distrusted)}.`));

  const answersNowhere = insideAnswering.length === 0 && answering.length === 0;
  const hung = all.filter(({ result }) => isHung(result));
  if (hung.length > 0 && insideAnswering.length === 0) clues.push(found('hangs', `${told(hung)}.`));

  const unconnected = failing.filter(({ result }) => isUnconnected(result));
  if (insideAnswering.length > 0 && unconnected.length > 0 && unconnected.length === failing.length) {
    const words = `${told(unconnected)}, while the API server answers ${names(insideAnswering)}: it is the way there that fails.`;
    clues.push(found('onlyOutside', words));
  } else if (failing.length === 0 && scene.clients.known === 'told' && [...insideAnswering, ...answering].length > 0) {
    const words = `The API server answers ${names([...insideAnswering, ...answering])}: only the clients that were named fail.`;
    clues.push(found('onlyOutside', words));
  } else if (scene.onset.scope === 'outsideOnly' && insideFailing.length === 0) {
    clues.push(found('onlyOutside', 'Only vantages outside fail; those inside reach the API server.'));
  }
  const inAndOut = failing.length > 0 && insideFailing.length > 0 && answersNowhere;
  if (insideFailing.length > 0 && answersNowhere && all.every(({ result }) => result.failure?.kind === 'refused')) {
    const words = `Connections from ${names(all)} are refused, and nobody's are taken: the process is away.`;
    clues.push(found('refusedEverywhere', words));
  }
  if (inAndOut && all.every(({ result }) => isUnconnected(result) && result.failure?.kind !== 'refused')) {
    clues.push(found('silentEverywhere', `Connections from ${names(all)} get no answer.`));
  }
  return clues;
}

/** Is nothing wrong with the certificate itself, only that another server's is presented? */
function isOfAnother({ tlsFaults }: Seen['result']): boolean {
  const other: readonly TlsFault[] = ['otherAuthority', 'selfSigned', 'wrongName'];
  return tlsFaults.length > 0 && tlsFaults.every((fault) => other.includes(fault));
}

function isHung({ failure }: Seen['result']): boolean {
  return failure?.kind === 'timeout' && ['tls', 'processing', 'transfer'].includes(failure.phase);
}

/** Nobody took the connection, or somebody on the way ended it. */
function isUnconnected({ failure }: Seen['result']): boolean {
  return failure?.phase === 'connect' || failure?.kind === 'reset' || failure?.kind === 'closed';
}

/** `From the bot: connection refused by …` */
function told(seen: readonly Seen[]): string {
  const [first] = seen;
  return `From ${names(seen)}: ${unstopped(first?.result.failure?.message ?? 'it fails')}`;
}

function names(seen: readonly Seen[]): string {
  return listed(seen.map(({ vantage }) => vantageName(vantage)));
}

/** An agent's link is cut later than what cuts it, or never if it dials another way. */
const linkBeforeMs = 60_000;
const linkAfterMs = 5 * 60_000;

function ofLinks({ onset, looks }: Scene, linksLost: Situation['linksLost']): readonly Found[] {
  return linksLost
    .filter(({ at }) => at >= onset.earliestAt - linkBeforeMs && at <= onset.latestAt + linkAfterMs)
    .filter(({ vantage, at }) => !looks.some((look) => vantageName(look.vantage) === vantage && look.gatheredAt > at))
    .map(({ vantage, at }) => ({
      kind: 'linkLost' as const,
      words: `The link to the agent of ${vantage} is lost: its last word came ${relative(at, onset)}.`,
      node: vantage.startsWith('node ') ? vantage.slice('node '.length) : null,
      seenAt: at,
    }))
    .toSorted((a, b) => a.seenAt - b.seenAt || (a.words < b.words ? -1 : 1));
}

function relative(at: number, { earliestAt, latestAt }: Scene['onset']): string {
  if (at < earliestAt) return `${howLong(earliestAt - at)} before the first failures`;
  return at > latestAt ? `${howLong(at - latestAt)} after the first failures` : 'as the failures began';
}
