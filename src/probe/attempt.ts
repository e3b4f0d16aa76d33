import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { isIP } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import type { Phase, ProbeResult, ProbeTarget } from '../words/probe.ts';
import { type Answer, judgeAnswer } from './answer.ts';
import { type CertificateReading, readCertificate, type ServedChain } from './certificate.ts';
import { classifyFault, describeFailure } from './failure.ts';
import type { ProbeOptions } from './probe.ts';
import { faultOf, reasonOf } from './result.ts';
import { startStopwatch, within } from './time.ts';
import { type Trust, trustIn } from './trust.ts';

export interface Attempt {
  readonly target: ProbeTarget;
  readonly address: string;
  /** How long the lookup took, which counts toward the deadline; null when there was none. */
  readonly resolveMs: number | null;
}

/** Goes to one address, through all phases as far as they lead. The socket is gone when it returns. */
export async function attempt(
  { target, address, resolveMs }: Attempt,
  options: ProbeOptions,
  signal: AbortSignal,
): Promise<ProbeResult> {
  const trust = options.trust ?? trustIn(options.caPem);
  const { authorities } = trust;
  const name = options.serverName ?? target.host;
  const clock = options.clock ?? Date.now;
  const startedAt = clock() - (resolveMs ?? 0);
  const elapsed = startStopwatch();
  const seen: Sight = { phase: 'connect', phases: {}, reading: null, answer: null };
  if (resolveMs !== null) seen.phases.resolve = resolveMs;

  const deadlineMs = Math.max(0, options.deadlineMs - (resolveMs ?? 0));
  const outcome = await within(deadlineMs, signal, async (stop) => {
    const socket = open(address, target.port, name, trust);
    try {
      await timed(seen, 'connect', once(socket, 'connect', { signal: stop }));
      await timed(seen, 'tls', once(socket, 'secureConnect', { signal: stop }));
      const served = servedChain(socket, authorities.length > 0);
      seen.reading = served === null ? null : readCertificate(served, { name, authorities, nowAt: clock() });
      const response = await timed(seen, 'processing', ask(socket, target, stop));
      seen.answer = { status: response.statusCode ?? 0, headers: response.headers, body: '' };
      seen.answer = { ...seen.answer, body: await timed(seen, 'transfer', readSome(response)) };
    } finally {
      socket.destroy();
    }
  });

  const tookMs = (resolveMs ?? 0) + elapsed();
  const byClusterCa = seen.reading?.byClusterCa ?? null;
  const failure = firstFailure();
  return {
    target,
    address,
    startedAt,
    tookMs,
    phases: seen.phases,
    failure,
    tlsFaults: seen.reading?.faults ?? [],
    certificate: seen.reading?.certificate ?? null,
    byClusterCa,
    httpStatus: seen.answer?.status ?? null,
    good: failure === null && byClusterCa === true,
  };

  /** What a client would trip over first: it looks at the certificate before anything that comes after it. */
  function firstFailure(): ProbeResult['failure'] {
    const words = seen.reading?.words ?? null;
    if (words !== null) return failed('tls', 'certificate', words);
    if (outcome.kind === 'timedOut') return failed(seen.phase, 'timeout', null);
    if (outcome.kind === 'failed') {
      const fault = faultOf(seen.phase, outcome.error);
      return failed(fault.phase, classifyFault(fault), reasonOf(fault));
    }
    if (seen.reading === null) return failed('tls', 'certificate', 'it presents no certificate');
    const fault = seen.answer === null ? null : judgeAnswer(seen.answer, byClusterCa);
    return fault === null ? null : failed('processing', fault.kind, fault.because);
  }

  function failed(phase: Phase, kind: NonNullable<ProbeResult['failure']>['kind'], because: string | null) {
    const { host, port } = target;
    return { phase, kind, message: describeFailure({ kind, phase, host, port, address, afterMs: tookMs, because }) };
  }
}

/** What was learned on the way, also when it ended early. */
interface Sight {
  phase: Phase;
  phases: ProbeResult['phases'];
  reading: CertificateReading | null;
  answer: Answer | null;
}

async function timed<T>(seen: Sight, phase: Phase, work: Promise<T>): Promise<T> {
  seen.phase = phase;
  const elapsed = startStopwatch();
  const result = await work;
  seen.phases[phase] = elapsed();
  return result;
}

function open(address: string, port: number, name: string, trust: Trust): TLSSocket {
  const socket = connect({
    host: address,
    port,
    secureContext: trust.context,
    // The certificate is judged by ourselves afterwards, all faults at once. No credentials are ever sent.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
    ALPNProtocols: ['http/1.1'],
    // An address is no name for SNI.
    ...(isIP(name) === 0 ? { servername: name } : {}),
  });
  // Whoever waits for the socket hears of its errors; one that comes between two waits must not end the process.
  socket.on('error', () => {});
  return socket;
}

function servedChain(socket: TLSSocket, hasAuthorities: boolean): ServedChain | null {
  const leaf = socket.getPeerX509Certificate();
  if (leaf === undefined) return null;
  const intermediates = [];
  let link = leaf.issuerCertificate;
  while (link !== undefined && intermediates.length < MAX_CHAIN) {
    intermediates.push(link);
    link = link.issuerCertificate;
  }
  // Typed as an Error, but it is OpenSSL's code, or null.
  const opensslFault: unknown = socket.authorizationError;
  return { leaf, intermediates, opensslFault: hasAuthorities && opensslFault ? String(opensslFault) : null };
}

const MAX_CHAIN = 8;

function ask(socket: TLSSocket, { host, port }: ProbeTarget, signal: AbortSignal): Promise<IncomingMessage> {
  const get = request({
    createConnection: () => socket,
    path: '/livez',
    headers: {
      Host: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`,
      'User-Agent': 'apidown-probe',
      Accept: 'application/json',
    },
    signal,
  });
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  get.once('response', resolve);
  // Stays for the request's life: an error in the middle of the answer comes here too, besides ending the answer.
  get.on('error', reject);
  get.end();
  return promise;
}

/** More than any API server says to `/livez`. */
const MAX_BODY_BYTES = 64 * 1024;

async function readSome(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes >= MAX_BODY_BYTES) break;
  }
  return Buffer.concat(chunks).toString('utf8', 0, MAX_BODY_BYTES);
}
