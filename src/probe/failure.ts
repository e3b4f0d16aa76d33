import type { Phase, ProbeFailureKind } from '../words/probe.ts';

/** What went wrong, as Node said it. */
export interface Fault {
  readonly phase: Phase;
  /** Node's `code`; null when it gave none. */
  readonly code: string | null;
  readonly message: string;
}

/**
 * Why a probe failed, by the code that Node reports. Measured on Linux; what a firewall's answer turns into is in
 * `docs/decisions/`. A refusal never means "the process is down": a firewall that rejects looks the same.
 */
export function classifyFault(fault: Fault): ProbeFailureKind {
  const code = fault.code ?? '';
  if (code === 'ECONNRESET') {
    // One code for both ways a connection ends early: only the kernel's own words mean RST, Node's mean FIN.
    return /^(read|write|connect) ECONNRESET/.test(fault.message) ? 'reset' : 'closed';
  }
  const known = KINDS[code];
  if (known !== undefined) return known;
  if (code.startsWith('HPE_')) return 'notAnApiServer';
  if (code.startsWith('ERR_SSL_')) return 'tlsAlert';
  if (fault.phase === 'resolve') return 'resolverFailed';
  return 'other';
}

const KINDS: Readonly<Record<string, ProbeFailureKind>> = {
  ENOTFOUND: 'nameNotFound',
  EAI_AGAIN: 'resolverFailed',
  EAI_FAIL: 'resolverFailed',
  ECONNREFUSED: 'refused',
  ETIMEDOUT: 'timeout',
  EHOSTUNREACH: 'hostUnreachable',
  EHOSTDOWN: 'hostUnreachable',
  ENETUNREACH: 'networkUnreachable',
  ENETDOWN: 'networkUnreachable',
  // No address of this family to send from: the same to a person as no route for it.
  EADDRNOTAVAIL: 'networkUnreachable',
  EAFNOSUPPORT: 'networkUnreachable',
  // `ip route add blackhole` answers connect() with EINVAL, `prohibit` with EACCES, a cgroup's filter with EPERM.
  EINVAL: 'blackholed',
  EACCES: 'prohibited',
  EPERM: 'prohibited',
  EPIPE: 'closed',
  ECONNABORTED: 'reset',
  // What OpenSSL says of any first bytes that are not a TLS record: HTTP, SSH, noise.
  ERR_SSL_WRONG_VERSION_NUMBER: 'plainHttp',
  ERR_SSL_PACKET_LENGTH_TOO_LONG: 'plainHttp',
  ERR_SSL_HTTP_REQUEST: 'plainHttp',
};

/** Where and when it went wrong. */
export interface Scene {
  readonly kind: ProbeFailureKind;
  readonly phase: Phase;
  readonly host: string;
  readonly port: number;
  /** null when the name did not resolve. */
  readonly address: string | null;
  readonly afterMs: number;
  /** Node's code, or words that tell more; null when there is nothing to add. */
  readonly because: string | null;
}

/** One failure in plain words, complete without its surroundings. */
export function describeFailure(scene: Scene): string {
  const where = place(scene.address ?? scene.host, scene.port);
  const after = `after ${Math.round(scene.afterMs)} ms`;
  const code = scene.because === null ? '' : ` (${scene.because})`;
  switch (scene.kind) {
    case 'nameNotFound':
      return `the name ${scene.host} does not resolve: the resolver here knows no address for it${code}`;
    case 'resolverFailed':
      return `the name ${scene.host} could not be looked up: the resolver here gives no answer${code}`;
    case 'refused':
      return `connection refused by ${where} ${after}: nothing listens there, or a firewall rejects`;
    case 'timeout':
      return describeTimeout(scene, where, after);
    case 'hostUnreachable':
      return `${where} is unreachable ${after}: a router or firewall says so, or the host does not answer on its own network${code}`;
    case 'networkUnreachable':
      return `no way to ${where} from here: no route or no source address for it, or a firewall says "network unreachable"${code}`;
    case 'blackholed':
      return `a blackhole route on this vantage swallows what goes to ${where}${code}`;
    case 'prohibited':
      return `a route or filter on this vantage prohibits connecting to ${where}${code}`;
    case 'reset':
      return `connection to ${where} reset ${after} ${DURING[scene.phase]}: a balancer without a backend, a firewall, or a failing server`;
    case 'closed':
      return `connection closed by ${where} ${after} ${DURING[scene.phase]}: a balancer without a backend, or a failing server`;
    case 'plainHttp':
      return `${where} answers without TLS, as a plain HTTP server does: this is not the API server`;
    case 'tlsAlert':
      return `the TLS handshake with ${where} fails${code}: an API server asks nobody for a certificate, so something before it may`;
    case 'certificate':
      return `${where} answers, but ${scene.because ?? 'its certificate can not be trusted'}`;
    case 'notAnApiServer':
      return `${where} answers, but not as an API server does${code}`;
    case 'serverError':
      return `${where} answers, but is not ready${code}`;
    case 'other':
      return `${where} could not be probed ${DURING[scene.phase]}${code}`;
  }
}

const DURING: Readonly<Record<Phase, string>> = {
  resolve: 'while looking up the name',
  connect: 'while connecting',
  tls: 'during the TLS handshake',
  processing: 'while waiting for an HTTP answer',
  transfer: 'in the middle of the HTTP answer',
};

function describeTimeout(scene: Scene, where: string, after: string): string {
  switch (scene.phase) {
    case 'resolve':
      return `the name ${scene.host} was not resolved ${after}: the resolver here gives no answer`;
    case 'connect':
      return `no answer from ${where} ${after}: packets to it or its replies are dropped (firewall, route), or the host is gone`;
    case 'tls':
      return `${where} accepts the connection, then is silent ${after}: a hung server, or a balancer without a backend`;
    case 'processing':
      return `${where} completes TLS, but gives no HTTP answer ${after}: a hung or overloaded server`;
    case 'transfer':
      return `${where} began its HTTP answer and did not finish it ${after}: a hung or overloaded server, or large packets are lost`;
  }
}

function place(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
