import type { LabelSelector, NetworkPolicySpec, PolicyPeer, PolicyPort } from '../../../packet/network-policy/spec.ts';

/** What a NetworkPolicy says, and what differs between two of them, in words. Pure. */

type Direction = 'ingress' | 'egress';

interface Rule {
  /** null: every one. */
  readonly peers: readonly string[] | null;
  readonly ports: readonly string[] | null;
}

export function policyWords(spec: NetworkPolicySpec): string[] {
  return [
    `selects ${selected(spec.podSelector)}`,
    ...directions.flatMap((direction) => {
      const rules = rulesOf(spec, direction);
      if (rules === null) return [];
      return [`${direction}: ${onlyThese(rules, direction)}`];
    }),
  ];
}

/** `port 6443 removed from ingress rule 2`. Empty when both say the same. */
export function specDiff(before: NetworkPolicySpec, after: NetworkPolicySpec): string[] {
  const [was, is] = [selected(before.podSelector), selected(after.podSelector)];
  return [
    ...(was === is ? [] : [`selects ${is}, not ${was} any more`]),
    ...directions.flatMap((direction) =>
      directionDiff(direction, rulesOf(before, direction), rulesOf(after, direction)),
    ),
  ];
}

export function policyPorts(spec: NetworkPolicySpec): number[] {
  const ports = [...(spec.ingress ?? []), ...(spec.egress ?? [])].flatMap((rule) => rule.ports ?? []);
  return [...new Set(ports.flatMap(({ port }) => (typeof port === 'number' ? [port] : [])))];
}

export function policyAddresses(spec: NetworkPolicySpec): string[] {
  const peers = [
    ...(spec.ingress ?? []).flatMap(({ from }) => from ?? []),
    ...(spec.egress ?? []).flatMap(({ to }) => to ?? []),
  ];
  return [...new Set(peers.flatMap(({ ipBlock }) => (ipBlock == null ? [] : [ipBlock.cidr.text])))];
}

const directions: readonly Direction[] = ['ingress', 'egress'];

/** null: the policy has no say in this direction. */
function rulesOf(spec: NetworkPolicySpec, direction: Direction): Rule[] | null {
  const types = spec.policyTypes ?? [];
  const rules =
    direction === 'ingress'
      ? (spec.ingress ?? []).map(({ from, ports }) => ({ peers: from, ports }))
      : (spec.egress ?? []).map(({ to, ports }) => ({ peers: to, ports }));
  const byDefault = types.length === 0 && (direction === 'ingress' || rules.length > 0);
  if (!byDefault && !types.some((type) => type.toLowerCase() === direction)) return null;
  return rules.map(({ peers, ports }) => ({
    peers: peers == null || peers.length === 0 ? null : peers.map(peerText),
    ports: ports == null || ports.length === 0 ? null : ports.map(portText),
  }));
}

function directionDiff(direction: Direction, before: Rule[] | null, after: Rule[] | null): string[] {
  if (before === null && after === null) return [];
  if (before === null) {
    return [`now isolates ${direction}: ${onlyThese(after ?? [], direction)}`];
  }
  if (after === null) return [`no longer isolates ${direction}`];
  const [gone, come] = unlike(before, after);
  return Array.from({ length: Math.max(gone.length, come.length) }, (_, place) => {
    const [was, is] = [gone[place], come[place]];
    if (was === undefined) {
      return is === undefined ? [] : [`${direction} rule ${is.number} added: ${ruleText(is.rule, direction)}`];
    }
    if (is === undefined) return [`${direction} rule ${was.number} removed: ${ruleText(was.rule, direction)}`];
    const where = `${direction} rule ${is.number}`;
    return [
      ...setDiff(was.rule.ports, is.rule.ports, { where, one: '', every: 'every port' }),
      ...setDiff(was.rule.peers, is.rule.peers, { where, one: 'peer ', every: 'everybody' }),
    ];
  }).flat();
}

interface Numbered {
  readonly number: number;
  readonly rule: Rule;
}

/** Those that have no equal on the other side, in order. */
function unlike(before: readonly Rule[], after: readonly Rule[]): [Numbered[], Numbered[]] {
  const left = after.map((rule, index) => ({ number: index + 1, rule }));
  const gone = before.flatMap((rule, index) => {
    const same = left.findIndex((one) => JSON.stringify(one.rule) === JSON.stringify(rule));
    if (same < 0) return [{ number: index + 1, rule }];
    left.splice(same, 1);
    return [];
  });
  return [gone, left];
}

function setDiff(
  before: readonly string[] | null,
  after: readonly string[] | null,
  { where, one, every }: { where: string; one: string; every: string },
): string[] {
  if (before === null && after === null) return [];
  if (before === null) return [`${where} now only for ${(after ?? []).join(', ')} (was ${every})`];
  if (after === null) return [`${where} now for ${every} (was ${before.join(', ')})`];
  return [
    ...before.filter((text) => !after.includes(text)).map((text) => `${one}${text} removed from ${where}`),
    ...after.filter((text) => !before.includes(text)).map((text) => `${one}${text} added to ${where}`),
  ];
}

function onlyThese(rules: readonly Rule[], direction: Direction): string {
  if (rules.length === 0) return 'lets nothing through';
  return `lets through only ${rules.map((rule) => ruleText(rule, direction)).join('; ')}`;
}

function ruleText({ peers, ports }: Rule, direction: Direction): string {
  const way = direction === 'ingress' ? 'from' : 'to';
  return `${way} ${peers === null ? 'everybody' : peers.join(', ')} on ${ports === null ? 'every port' : ports.join(', ')}`;
}

function portText({ protocol, port, endPort }: PolicyPort): string {
  const kind = protocol == null || protocol === 'TCP' ? '' : `${protocol} `;
  if (port == null) return `every ${protocol ?? 'TCP'} port`;
  return endPort == null ? `${kind}port ${port}` : `${kind}ports ${port}-${endPort}`;
}

function peerText({ ipBlock, podSelector, namespaceSelector }: PolicyPeer): string {
  if (ipBlock != null) {
    const except = (ipBlock.except ?? []).map(({ text }) => text);
    return except.length === 0 ? ipBlock.cidr.text : `${ipBlock.cidr.text} except ${except.join(' and ')}`;
  }
  const pods = selected(podSelector);
  if (namespaceSelector == null) return pods;
  const labels = selectorText(namespaceSelector);
  return `${pods} of ${labels === '' ? 'every namespace' : `namespaces with ${labels}`}`;
}

function selected(selector: LabelSelector | null | undefined): string {
  const labels = selector == null ? '' : selectorText(selector);
  return labels === '' ? 'every pod' : `pods with ${labels}`;
}

function selectorText({ matchLabels, matchExpressions }: LabelSelector): string {
  const words = {
    In: (values: string) => `in (${values})`,
    NotIn: (values: string) => `not in (${values})`,
    Exists: () => 'set',
    DoesNotExist: () => 'not set',
  };
  return [
    ...Object.entries(matchLabels ?? {}).map(([key, value]) => `${key}=${value}`),
    ...(matchExpressions ?? []).map(
      ({ key, operator, values }) => `${key} ${words[operator]((values ?? []).join(', '))}`,
    ),
  ].join(' and ');
}
