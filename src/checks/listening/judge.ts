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
    const troubles = [...new Set(answers.map(trouble).filter((words) => words !== null))];
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
function trouble({ failure, target, tlsFaults }: ProbeResult): string | null {
  if (failure === null) return null;
  const at = target.host.includes(':') ? `[${target.host}]:${target.port}` : `${target.host}:${target.port}`;
  switch (failure.kind) {
    case 'serverError':
      return null;
    case 'refused':
      return `connections to ${at} are refused all the same: a firewall on this node rejects them, or the process has just gone`;
    case 'timeout':
      return failure.phase === 'connect'
        ? `connections to ${at} are not taken: the process hangs, or a firewall on this node drops them`
        : `the process hangs: ${failure.message}`;
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

function isConnected({ phases }: ProbeResult): boolean {
  return phases.connect !== undefined;
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

/** Does a socket take connections to this address? */
function isCovered(address: string, facts: ListeningFacts): boolean {
  const six = address.includes(':');
  return facts.sockets.some(
    (socket) =>
      socket.address === address ||
      (socket.address === '0.0.0.0' && !six) ||
      (socket.address === '::' && (six || takesIpv4(facts))),
  );
}

/** A socket bound to `::` looks the same whether it takes IPv4 or not: only a connection tells. */
function takesIpv4({ probes }: ListeningFacts): boolean {
  return probes.some((result) => result.address === '127.0.0.1' && result.failure?.kind !== 'refused');
}

function boundWords(facts: ListeningFacts): string {
  const words = facts.sockets.map(({ address }) => {
    if (address === '0.0.0.0') return 'every IPv4 address';
    if (address === '::') return takesIpv4(facts) ? 'every address' : 'every IPv6 address';
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
    ...facts.sockets.map(({ family, address, interfaces }) => ({
      label: `socket (tcp${family === 6 ? '6' : ''})`,
      value: interfaces.length === 0 ? address : `${address} on ${interfaces.join(', ')}`,
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
