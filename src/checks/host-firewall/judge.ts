import type { Detail, Finding } from '../../words/evidence.ts';
import type { JudgeInput } from '../contract.ts';
import type { FirewallAnswer, FirewallJudged, HostFirewallFacts, HostFirewallParams } from './contract.ts';

/**
 * A source that is denied is a problem; one of which only a part is denied leaves it open whether the client
 * is among them. What could not be read is never taken for allowed.
 */
export function judgeHostFirewall(input: JudgeInput<HostFirewallParams, HostFirewallFacts>): Finding {
  const { params, facts, vantage } = input;
  const node = vantage.instance;
  if (facts.kind === 'unreadable') {
    return { verdict: 'unknown', reason: `The firewall of ${node} can't be read: ${facts.why}.`, details: [] };
  }
  const details = detailsOf(facts);
  const found = (verdict: Finding['verdict'], reason: string): Finding => ({
    verdict,
    reason: withUnseen(reason, verdict, facts),
    details,
  });

  const routes = facts.judged.map((judged) => ({ judged, worst: worstOf(judged) }));
  const denied = routes.flatMap(({ judged, worst }) => (worst.kind === 'denied' ? [{ ...judged, worst }] : []));
  const [firstDenied] = denied;
  if (firstDenied !== undefined) {
    const told = alike(firstDenied, denied);
    const others =
      denied.length > told.length
        ? ` So it is for ${denied.length} of ${routes.length} pairs of source and address.`
        : '';
    return found('problem', `${denialWords(told, firstDenied.worst, params.port, node)}${others}`);
  }
  const partly = routes.find(({ worst }) => worst.kind === 'partly');
  if (partly?.worst.kind === 'partly') {
    return found('unknown', partlyWords(partly.judged, partly.worst, params.port, node));
  }
  const unsure = routes.find(({ worst }) => worst.kind === 'unsure');
  if (unsure?.worst.kind === 'unsure') {
    const { answer } = unsure.worst;
    return found(
      'unknown',
      `Whether the firewall of ${node} lets ${sourceWords(unsure.judged.source)} reach ${at(unsure.judged.address, params.port)} can't be told: ${answer.why}${ruleWords(answer)}.`,
    );
  }
  if (routes.length === 0) {
    const why = facts.leftOut.map(({ what, why: reason }) => `${what} ${reason}`).join('; ');
    return found(
      'unknown',
      `The firewall of ${node} was read (${facts.rules} rules), but there was nothing to judge: ${why || 'the node has no address of its own'}.`,
    );
  }
  const sources = listed(facts.judged.map(({ source }) => sourceWords(source)));
  const addresses = listed(facts.judged.map(({ address }) => at(address, params.port)));
  const outside = params.cloudToo ? '' : ' Firewalls outside the node were not looked at.';
  return found('ok', `The firewall of ${node} lets ${sources} reach ${addresses}, and lets the replies out.${outside}`);
}

/** What is worst about one pair of source and address. */
type Worst =
  | { readonly kind: 'denied'; readonly direction: 'in' | 'replies'; readonly answer: FirewallAnswer }
  | {
      readonly kind: 'partly';
      readonly part: string;
      readonly direction: 'in' | 'replies';
      readonly answer: FirewallAnswer;
    }
  | { readonly kind: 'unsure'; readonly answer: FirewallAnswer }
  | { readonly kind: 'allowed' };

function worstOf({ passages, parts }: FirewallJudged): Worst {
  const denials = passages.flatMap((passage) => {
    const direction = passage.in.verdict === 'deny' ? 'in' : passage.replies.verdict === 'deny' ? 'replies' : null;
    return direction === null ? [] : [{ part: passage.source, direction, answer: passage[direction] } as const];
  });
  const [denial] = denials;
  if (denial !== undefined)
    return denials.length === parts ? { kind: 'denied', ...denial } : { kind: 'partly', ...denial };
  const unsure = passages
    .flatMap((passage) => [passage.in, passage.replies])
    .find(({ verdict }) => verdict === 'unknown');
  return unsure === undefined ? { kind: 'allowed' } : { kind: 'unsure', answer: unsure };
}

type Denied = Extract<Worst, { kind: 'denied' | 'partly' }>;

type DeniedRoute = FirewallJudged & { readonly worst: Denied };

/** Those that are told in one sentence with the first: denied by the same, each source at each address. */
function alike(first: DeniedRoute, denied: readonly DeniedRoute[]): readonly DeniedRoute[] {
  const same = denied.filter(({ worst }) => isSame(worst, first.worst));
  const sources = new Set(same.map(({ source }) => source));
  const addresses = new Set(same.map(({ address }) => address));
  return same.length === sources.size * addresses.size ? same : [first];
}

function isSame(a: Denied, b: Denied): boolean {
  return (
    a.direction === b.direction &&
    a.answer.how === b.answer.how &&
    a.answer.seen === b.answer.seen &&
    ruleWords(a.answer) === ruleWords(b.answer)
  );
}

function denialWords(told: readonly DeniedRoute[], { direction, answer }: Denied, port: number, node: string): string {
  const seen = answer.seen === null ? '' : ` Clients see ${answer.seen}.`;
  const sources = listed(told.map(({ source }) => sourceWords(source)));
  const addresses = listed(told.map(({ address }) => at(address, port)));
  return direction === 'in'
    ? `The firewall of ${node} ${verb(answer)} connections from ${sources} to ${addresses}${ruleWords(answer)}.${seen}`
    : `The firewall of ${node} lets connections from ${sources} to ${addresses} in, but ${verb(answer)} the replies${ruleWords(answer)}.${seen}`;
}

function partlyWords(
  judged: FirewallJudged,
  { part, direction, answer }: Extract<Denied, { kind: 'partly' }>,
  port: number,
  node: string,
): string {
  const what = direction === 'in' ? 'connections from' : 'replies to';
  return `The firewall of ${node} ${verb(answer)} ${what} a part of ${sourceWords(judged.source)}, ${part}, at ${at(judged.address, port)}${ruleWords(answer)}; whether the failing clients are among them is not known.`;
}

function verb({ how }: FirewallAnswer): string {
  return how === 'reject' ? 'rejects' : 'drops';
}

/** The rule and its place; what went wrong where no rule did it. */
function ruleWords({ rule, verdict, why }: FirewallAnswer): string {
  if (rule === null) return verdict === 'deny' ? ` (${why})` : '';
  return `: \`${rule.text}\` (${rule.place})`;
}

function withUnseen(
  reason: string,
  verdict: Finding['verdict'],
  { unseen }: Extract<HostFirewallFacts, { kind: 'judged' }>,
): string {
  return unseen === null || verdict === 'problem' ? reason : `${reason} Mind that ${unseen}.`;
}

function detailsOf(facts: Extract<HostFirewallFacts, { kind: 'judged' }>): Detail[] {
  const details: Detail[] = [];
  for (const { source, address, passages, parts } of facts.judged) {
    for (const passage of passages) {
      const from = parts === 1 ? source : `${passage.source} of ${source}`;
      details.push({ label: `${from} to ${address}`, value: answerWords(passage.in) });
      details.push({ label: `replies to ${from}`, value: answerWords(passage.replies) });
    }
    if (passages.length < parts) {
      details.push({ label: source, value: `${parts - passages.length} more parts, judged like those told or better` });
    }
  }
  for (const { what, why } of facts.leftOut) details.push({ label: what, value: `not judged: ${why}` });
  for (const { reader, state, why } of facts.readers) {
    if (state !== 'read') details.push({ label: reader, value: why ?? state });
  }
  details.push({ label: 'Rules read', value: `${facts.rules} in ${facts.chains} chains` });
  if (facts.unseen !== null) details.push({ label: 'Not seen', value: facts.unseen });
  return details;
}

function answerWords(answer: FirewallAnswer): string {
  switch (answer.verdict) {
    case 'allow':
      return `let through${ruleWords(answer)}`;
    case 'deny':
      return `${answer.how === 'reject' ? 'rejected' : 'dropped'}${ruleWords(answer)}`;
    case 'unknown':
      return `can't be told: ${answer.why}${ruleWords(answer)}`;
    default:
      return answer.verdict satisfies never;
  }
}

function sourceWords(source: string): string {
  if (source === '0.0.0.0/0') return 'any IPv4 client';
  return source === '::/0' ? 'any IPv6 client' : source;
}

function at(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}

/** `a`, `a and b`, `a, b and c`; of many, how many more. */
function listed(words: readonly string[]): string {
  const distinct = [...new Set(words)];
  const shown = distinct.length > 5 ? [...distinct.slice(0, 5), `${distinct.length - 5} more`] : distinct;
  return shown.length < 2 ? shown.join('') : `${shown.slice(0, -1).join(', ')} and ${shown.at(-1)}`;
}
