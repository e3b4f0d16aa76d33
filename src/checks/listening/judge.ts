import type { Detail, Finding } from '../../words/evidence.ts';
import type { ProbeResult } from '../../words/probe.ts';
import type { JudgeInput } from '../contract.ts';
import { certificateDetails, probeDetail, validityWords } from '../reachability/probe-words.ts';
import type { ListeningFacts, ListeningParams } from './contract.ts';

/**
 * Bound, where clients come in, and by the API server: three questions, the first that fails decides. An API server
 * that listens and says it is not ready is `ok` here, and the reason says so: the port is not what is wrong with it.
 */
export function judgeListening(input: JudgeInput<ListeningParams, ListeningFacts>): Finding {
  const { params, facts, vantage, nowAt } = input;
  const node = vantage.instance;
  const details = detailsOf(facts, nowAt);
  const found = (verdict: Finding['verdict'], ...sentences: string[]): Finding => ({
    verdict,
    reason: sentences.filter((sentence) => sentence !== '').join(' '),
    details,
  });

  const connected = facts.probes.filter(isConnected);
  if (facts.sockets.length === 0) {
    if (connected.length > 0) return judgeUnseen(connected);
    if (facts.unread.length > 0) {
      return found(
        'unknown',
        `Whether anything on ${node} listens on ${params.port} can not be told: ${facts.unread.join(', ')}. Nothing answers over loopback.`,
      );
    }
    return found('problem', `Nothing on ${node} listens on port ${params.port}.`, hostNetworkCaveat());
  }

  const bound = boundWords(facts);
  if (facts.sockets.every(({ address }) => isLoopback(address))) {
    return found(
      'problem',
      `Port ${params.port} on ${node} is bound to loopback only (${bound}): nobody else can connect.`,
    );
  }
  const uncovered = facts.expectedHere.filter((address) => !isCovered(address, facts));
  if (uncovered.length > 0) {
    const wanted = uncovered.map((address) => withInterface(address, facts)).join(', ');
    return found(
      'problem',
      `Port ${params.port} on ${node} is bound to ${bound}, not to ${wanted} where clients connect.`,
    );
  }

  const asked = facts.probes.filter(({ address }) => address !== null && isCovered(address, facts));
  return judgeAnswers(asked, `Port ${params.port} on ${node} is bound to ${bound}`);

  /** Connections are taken, but the list has no socket for it: unreadable, or a rule of the firewall redirects the port. */
  function judgeUnseen(answers: readonly ProbeResult[]): Finding {
    const how =
      facts.unread.length > 0
        ? `the sockets could not be read (${facts.unread.join(', ')})`
        : 'no socket is bound to it, so a firewall rule redirects it';
    return judgeAnswers(answers, `Port ${params.port} on ${node} takes connections; ${how}`);
  }

  function judgeAnswers(answers: readonly ProbeResult[], opening: string): Finding {
    const troubles = [...new Set(answers.map((answer) => trouble(answer, facts)).filter((words) => words !== null))];
    if (troubles.length > 0) return found('problem', `${opening}, but ${troubles.join('; and ')}.`);
    const [first] = answers;
    if (first === undefined) return found('unknown', `${opening}, but nobody asked who answers there.`);
    const certificate =
      first.certificate === null ? '' : `: ${first.certificate.subject}, ${validityWords(first.certificate, nowAt)}`;
    const unready = answers.find(({ failure }) => failure?.kind === 'serverError');
    return found(
      'ok',
      `${opening}, and the API server answers there${certificate}.`,
      unready === undefined ? '' : `It is not ready, though: /livez gives HTTP ${unready.httpStatus}; see its pods.`,
      answers.some(({ byClusterCa }) => byClusterCa === null)
        ? "Who answers is unproven: the cluster's CA has not been learned."
        : '',
    );
  }

  /** An agent that has a network namespace of its own sees only its own sockets, and finds every port free. */
  function hostNetworkCaveat(): string {
    if (params.expectedAddresses.length === 0 || facts.expectedHere.length > 0) return '';
    return "None of the API server's known addresses is this node's: the agent must run with the host's network to see its sockets.";
  }
}

/** What is wrong with who answers on a bound address; null when nothing is, or nothing that has to do with listening. */
function trouble({ failure, target, tlsFaults }: ProbeResult, facts: ListeningFacts): string | null {
  if (failure === null) return null;
  const at = target.host.includes(':') ? `[${target.host}]:${target.port}` : `${target.host}:${target.port}`;
  switch (failure.kind) {
    case 'serverError':
      return null;
    case 'refused':
      // A socket that listens never refuses: whatever does stands before it.
      return takesOnlyIpv6(facts)
        ? `connections to ${at} are refused: the socket takes IPv6 only, or a firewall on this node rejects IPv4`
        : `connections to ${at} are refused all the same: a firewall on this node rejects them, or the process has just gone`;
    case 'timeout':
      return failure.phase === 'connect' ? notTaken(at, facts) : `the process hangs: ${failure.message}`;
    case 'certificate':
      return tlsFaults.some((fault) => fault === 'otherAuthority' || fault === 'selfSigned')
        ? `something else than this cluster's API server listens: ${failure.message}`
        : failure.message;
    case 'plainHttp':
    case 'tlsAlert':
    case 'notAnApiServer':
      return `something else than the API server listens: ${failure.message}`;
    default:
      return failure.message;
  }
}

/** The kernel drops connections to a full queue just as a firewall does; the queue itself tells which it was. */
function notTaken(at: string, { sockets }: ListeningFacts): string {
  const queued = Math.max(0, ...sockets.map((socket) => socket.queued));
  return queued === 0
    ? `connections to ${at} get no answer even on the node itself, and none waits for the process: a firewall on this node drops them`
    : `connections to ${at} are not taken and ${queued} wait already: the process hangs`;
}

function isConnected({ phases }: ProbeResult): boolean {
  return phases.connect !== undefined;
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

/** Does a socket stand for this address? One bound to `::` takes IPv4 too, unless it was told otherwise: connections show. */
function isCovered(address: string, { sockets }: ListeningFacts): boolean {
  const six = address.includes(':');
  return sockets.some(
    (socket) => socket.address === address || socket.address === '::' || (socket.address === '0.0.0.0' && !six),
  );
}

/** The list shows a socket of `::` the same way whether it takes IPv4 or not. */
function takesOnlyIpv6({ sockets, probes }: ListeningFacts): boolean {
  const connects = (loopback: string) => probes.some((result) => result.address === loopback && isConnected(result));
  return sockets.every(({ address }) => address.includes(':')) && connects('::1') && !connects('127.0.0.1');
}

function boundWords(facts: ListeningFacts): string {
  const words = facts.sockets.map(({ address }) => {
    if (address === '0.0.0.0') return 'every IPv4 address';
    if (address === '::') return takesOnlyIpv6(facts) ? 'every IPv6 address' : 'every address';
    return withInterface(address, facts);
  });
  return [...new Set(words)].join(' and ');
}

function withInterface(address: string, { ownAddresses }: ListeningFacts): string {
  const names = ownAddresses.filter((own) => own.address === address).map((own) => own.interface);
  return names.length === 0 ? address : `${address} (${names.join(', ')})`;
}

function detailsOf(facts: ListeningFacts, nowAt: number): Detail[] {
  return [
    ...facts.sockets.map(({ family, address, interfaces, queued }) => ({
      label: `socket (tcp${family === 6 ? '6' : ''})`,
      value: `${address}${interfaces.length === 0 ? '' : ` on ${interfaces.join(', ')}`}; ${queued} waiting to be taken`,
    })),
    ...(facts.otherPorts.length === 0 ? [] : [{ label: 'other listening ports', value: facts.otherPorts.join(', ') }]),
    ...facts.unread.map((value) => ({ label: 'not readable', value })),
    {
      label: "this node's addresses",
      value: facts.ownAddresses.map(({ interface: name, address }) => `${address} (${name})`).join(', ') || 'none seen',
    },
    { label: 'of these, where clients connect', value: facts.expectedHere.join(', ') || 'none known' },
    ...facts.probes.map(probeDetail),
    ...certificateDetails(facts.probes, nowAt),
  ];
}
