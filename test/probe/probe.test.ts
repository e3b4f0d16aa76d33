import type { TlsOptions } from 'node:tls';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Authority, makeAuthority } from '../../dev/stand-in/certificates.ts';
import { type ProbeOptions, probe, probeAddress } from '../../src/probe/probe.ts';
import type { ProbeResult, ProbeTarget } from '../../src/words/probe.ts';
import { type Link, makeLink } from './chains.ts';
import { AUDIT, closedPort, httpAnswer, OK, serveTcp, serveTls } from './servers.ts';

/** Long enough that a loaded machine never reaches it in a test that expects an answer. */
const PATIENT_MS = 12_000;
/** For servers that fall silent; a loaded machine must get through the phases before within it. */
const SILENCE_MS = 3_000;

let authority: Authority;
let other: Authority;
let healthy: TlsOptions;

beforeAll(async () => {
  authority = await makeAuthority('kubernetes');
  other = await makeAuthority('someone else');
  healthy = await issued(authority, {});
});

async function issued(
  by: Authority,
  leaf: { names?: string[]; addresses?: string[]; notBefore?: Date; notAfter?: Date },
): Promise<TlsOptions> {
  const { certPem, keyPem } = await by.issue({
    commonName: 'kube-apiserver',
    names: ['localhost', 'api.example.com'],
    addresses: ['127.0.0.1', '::1'],
    ...leaf,
  });
  return { cert: certPem, key: keyPem };
}

function at(port: number, host = '127.0.0.1'): ProbeTarget {
  return { path: 'endpoint', host, port };
}

async function probeOnce(port: number, options: Partial<ProbeOptions> = {}, host = '127.0.0.1'): Promise<ProbeResult> {
  const results = await probe(
    at(port, host),
    { caPem: authority.caPem, deadlineMs: PATIENT_MS, ...options },
    AbortSignal.timeout(PATIENT_MS),
  );
  expect(results).toHaveLength(1);
  const [result] = results;
  if (result === undefined) throw new Error('no result');
  return result;
}

describe('an API server that answers', () => {
  test.each([
    ['200', OK],
    ['401', httpAnswer('401 Unauthorized', {}, JSON.stringify({ kind: 'Status', apiVersion: 'v1', code: 401 }))],
    ['403', httpAnswer('403 Forbidden', { 'X-Kubernetes-Pf-Flowschema-Uid': 'u' }, '{}')],
    ['200', httpAnswer('200 OK', {}, 'ok')],
  ])('is good with HTTP %s', async (status, answer) => {
    const result = await probeOnce(await serveTls(healthy, answer));

    expect(result.failure).toBeNull();
    expect(result).toMatchObject({ good: true, byClusterCa: true, httpStatus: Number(status), address: '127.0.0.1' });
    expect(Object.keys(result.phases)).toEqual(['connect', 'tls', 'processing', 'transfer']);
    expect(result.certificate).toMatchObject({ subject: 'CN=kube-apiserver', issuer: 'CN=kubernetes' });
    expect(result.certificate?.names).toEqual(['localhost', 'api.example.com', '127.0.0.1', '::1']);
  });

  test('is asked for /livez over HTTP/1.1 without credentials', async () => {
    const asked = Promise.withResolvers<string>();
    const port = await serveTls({ ...healthy, ALPNProtocols: ['h2', 'http/1.1'] }, (socket, data) => {
      asked.resolve(`${socket.alpnProtocol} ${data}`);
      socket.end(OK);
    });
    const result = await probeOnce(port);

    expect(result.good).toBe(true);
    const request = await asked.promise;
    expect(request).toMatch(/^http\/1\.1 GET \/livez HTTP\/1\.1\r\n/);
    expect(request).not.toMatch(/authorization|cookie/i);
  });

  test('is not ready with HTTP 500', async () => {
    const body = '[+]ping ok\n[-]etcd failed: reason withheld\nlivez check failed\n';
    const result = await probeOnce(await serveTls(healthy, httpAnswer('500 Internal Server Error', AUDIT, body)));

    expect(result).toMatchObject({
      good: false,
      httpStatus: 500,
      failure: { phase: 'processing', kind: 'serverError' },
    });
    expect(result.failure?.message).toContain('not ready (/livez gives HTTP 500)');
  });

  test('is good over IPv6', async () => {
    const result = await probeOnce(await serveTls(healthy, OK, '::1'), {}, '::1');

    expect(result).toMatchObject({ good: true, address: '::1' });
  });

  test('whose CA was not learned answers, but is not good: nobody knows who it is', async () => {
    const result = await probeOnce(await serveTls(healthy, OK), { caPem: '' });

    expect(result).toMatchObject({ failure: null, good: false, byClusterCa: null, tlsFaults: [] });
  });

  test('with an intermediate CA that it sends along is good; without it, it is not', async () => {
    const root = await makeLink({ commonName: 'root', ca: true });
    const intermediate = await makeLink({ commonName: 'intermediate', ca: true, by: root });
    const leaf = await makeLink({ commonName: 'api', by: intermediate, addresses: ['127.0.0.1'] });
    const whole = await serveTls({ cert: leaf.pem + intermediate.pem, key: leaf.keyPem }, OK);
    const broken = await serveTls({ cert: leaf.pem, key: leaf.keyPem }, OK);

    expect(await probeOnce(whole, { caPem: root.pem })).toMatchObject({ good: true, tlsFaults: [] });
    expect(await probeOnce(broken, { caPem: root.pem })).toMatchObject({ good: false, tlsFaults: ['otherAuthority'] });
  });
});

describe('a certificate', () => {
  test('that is expired, for another name and by another CA shows all three at once', async () => {
    const options = await issued(other, {
      names: ['elsewhere.example.com'],
      addresses: [],
      notBefore: new Date(Date.now() - 9 * 86_400_000),
      notAfter: new Date(Date.now() - 3 * 86_400_000 - 1000),
    });
    const result = await probeOnce(await serveTls(options, OK));

    expect(result.tlsFaults).toEqual(['expired', 'wrongName', 'otherAuthority']);
    expect(result).toMatchObject({ good: false, byClusterCa: false, httpStatus: 200 });
    expect(result.failure).toMatchObject({ phase: 'tls', kind: 'certificate' });
    expect(result.failure?.message).toMatch(/expired on \d{4}-\d\d-\d\d \d\d:\d\d UTC \(3 days ago\)/);
    expect(result.failure?.message).toContain('is for elsewhere.example.com, not for 127.0.0.1');
    expect(result.failure?.message).toContain("issued by CN=someone else, not by the cluster's CA");
  });

  test('that is not valid yet', async () => {
    const options = await issued(authority, { notBefore: new Date(Date.now() + 3_600_000) });

    expect(await probeOnce(await serveTls(options, OK))).toMatchObject({
      byClusterCa: true,
      tlsFaults: ['notYetValid'],
    });
  });

  test('is judged by the clock given', async () => {
    const port = await serveTls(healthy, OK);
    const inTenYears = Date.now() + 3650 * 86_400_000;

    expect((await probeOnce(port, { clock: () => inTenYears })).tlsFaults).toContain('expired');
  });

  test('signed by itself is called so', async () => {
    const self: Link = await makeLink({ commonName: 'impostor', addresses: ['127.0.0.1'] });
    const result = await probeOnce(await serveTls({ cert: self.pem, key: self.keyPem }, OK));

    expect(result).toMatchObject({ byClusterCa: false, tlsFaults: ['selfSigned'] });
  });

  test('is looked for under the server name when one is given, by SNI too', async () => {
    const elsewhere = await issued(authority, { names: ['kubernetes.default.svc'], addresses: [] });
    const port = await serveTls({ ...elsewhere }, OK);

    expect(await probeOnce(port, { serverName: 'kubernetes.default.svc' })).toMatchObject({ good: true });
    expect(await probeOnce(port)).toMatchObject({ good: false, tlsFaults: ['wrongName'] });
  });
});

describe('a failure', () => {
  test('refused: says that a firewall may have done it', async () => {
    const port = await closedPort();
    const result = await probeOnce(port);

    expect(result).toMatchObject({ good: false, phases: {}, failure: { phase: 'connect', kind: 'refused' } });
    expect(result.failure?.message).toMatch(
      new RegExp(
        `^connection refused by 127\\.0\\.0\\.1:${port} after \\d+ ms: nothing listens there, or a firewall rejects$`,
      ),
    );
  });

  test('silence is a timeout of the phase it begins in', async () => {
    const ports = await Promise.all([
      serveTcp(() => {}),
      serveTls(healthy, () => {}),
      serveTls(healthy, (socket) => socket.write('HTTP/1.1 200 OK\r\nAudit-Id: a\r\nContent-Length: 2\r\n\r\no')),
    ]);
    const results = await Promise.all(ports.map((port) => probeOnce(port, { deadlineMs: SILENCE_MS })));

    expect(results.map(({ failure }) => [failure?.phase, failure?.kind])).toEqual([
      ['tls', 'timeout'],
      ['processing', 'timeout'],
      ['transfer', 'timeout'],
    ]);
    expect(results.map(({ phases }) => Object.keys(phases))).toEqual([
      ['connect'],
      ['connect', 'tls'],
      ['connect', 'tls', 'processing'],
    ]);
    expect(results.map(({ good, httpStatus }) => [good, httpStatus])).toEqual([
      [false, null],
      [false, null],
      [false, 200],
    ]);
  });

  test('an endless body is read to a bound, then judged', async () => {
    const port = await serveTls(healthy, (socket) => {
      socket.write('HTTP/1.1 200 OK\r\nAudit-Id: a\r\nConnection: close\r\n\r\n');
      const pour = () => {
        while (!socket.destroyed && socket.write('x'.repeat(16_384)));
      };
      socket.on('drain', pour);
      pour();
    });

    expect(await probeOnce(port)).toMatchObject({ good: true });
  });

  test('reset after the client began TLS', async () => {
    const port = await serveTcp((socket) => socket.once('data', () => socket.resetAndDestroy()));

    expect((await probeOnce(port)).failure).toMatchObject({ phase: 'tls', kind: 'reset' });
  });

  test('closed before the handshake', async () => {
    const port = await serveTcp((socket) => socket.once('data', () => socket.end()));

    expect((await probeOnce(port)).failure).toMatchObject({ phase: 'tls', kind: 'closed' });
  });

  test('closed after TLS without an answer', async () => {
    const port = await serveTls(healthy, (socket) => socket.end());

    expect((await probeOnce(port)).failure).toMatchObject({ phase: 'processing', kind: 'closed' });
  });

  test('closed in the middle of the answer', async () => {
    const port = await serveTls(healthy, 'HTTP/1.1 200 OK\r\nAudit-Id: a\r\nContent-Length: 9\r\n\r\no');

    expect((await probeOnce(port)).failure).toMatchObject({ phase: 'transfer', kind: 'closed' });
  });

  test('plain HTTP behind the port', async () => {
    const port = await serveTcp((socket) => socket.end(httpAnswer('400 Bad Request', {}, 'no')));
    const result = await probeOnce(port);

    expect(result.failure).toMatchObject({ phase: 'tls', kind: 'plainHttp' });
    expect(result.certificate).toBeNull();
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('a server that demands a client certificate, %s', async (version) => {
    const demanding = { ...healthy, requestCert: true, rejectUnauthorized: true, ca: authority.caPem };
    const port = await serveTls({ ...demanding, minVersion: version, maxVersion: version }, OK);

    expect((await probeOnce(port)).failure).toMatchObject({ kind: 'tlsAlert' });
  });

  test('a TLS alert', async () => {
    const handshakeFailure = Buffer.from('15030300020228', 'hex');
    const port = await serveTcp((socket) => socket.once('data', () => socket.end(handshakeFailure)));
    const result = await probeOnce(port);

    expect(result.failure).toMatchObject({ phase: 'tls', kind: 'tlsAlert' });
    expect(result.failure?.message).toContain('handshake failure');
  });

  test.each([
    ['a web page', httpAnswer('200 OK', {}, '<html>Welcome to nginx!</html>')],
    ['a redirect', httpAnswer('302 Found', { Location: '/login' }, '')],
    ['a refusal that is no Status', httpAnswer('401 Unauthorized', {}, 'Unauthorized')],
    ['JSON of something else', httpAnswer('200 OK', {}, '{"kind":"Pod"}')],
    ['noise', '\u0000\u0001 not HTTP at all\r\n\r\n'],
    ['headers without end', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`],
  ])('%s is not what an API server answers', async (_name, answer) => {
    const result = await probeOnce(await serveTls(healthy, answer));

    expect(result).toMatchObject({ good: false, failure: { phase: 'processing', kind: 'notAnApiServer' } });
  });
});

describe('a name', () => {
  test('is tried at each of its addresses, each with a result of its own', async () => {
    const port = await serveTls(healthy, OK);
    const results = await probe(
      at(port, 'api.example.com'),
      {
        caPem: authority.caPem,
        deadlineMs: PATIENT_MS,
        lookup: async () => ['127.0.0.1', '127.0.0.2', '::1'],
      },
      AbortSignal.timeout(PATIENT_MS),
    );

    expect(results.map(({ address, good }) => [address, good])).toEqual([
      ['127.0.0.1', true],
      ['127.0.0.2', false],
      ['::1', false],
    ]);
    for (const result of results) expect(result.phases.resolve).toBeGreaterThanOrEqual(0);
  });

  test('is looked up as clients do', async () => {
    const port = await serveTls(healthy, OK);
    const results = await probe(
      at(port, 'localhost'),
      { caPem: authority.caPem, deadlineMs: PATIENT_MS },
      AbortSignal.timeout(PATIENT_MS),
    );

    expect(results.find(({ address }) => address === '127.0.0.1')).toMatchObject({ good: true });
  });

  test.each([
    ['ENOTFOUND', 'nameNotFound'],
    ['EAI_AGAIN', 'resolverFailed'],
  ])('that gives %s is %s', async (code, kind) => {
    const error = Object.assign(new Error(`getaddrinfo ${code} api.example.com`), { code });
    const result = await probeOnce(6443, { lookup: () => Promise.reject(error) }, 'api.example.com');

    expect(result).toMatchObject({ address: null, good: false, failure: { phase: 'resolve', kind } });
    expect(result.failure?.message).toContain('api.example.com');
  });

  test('whose resolver is silent is a timeout of the resolve phase', async () => {
    const result = await probeOnce(6443, { lookup: () => new Promise(() => {}), deadlineMs: 50 }, 'api.example.com');

    expect(result).toMatchObject({ address: null, failure: { phase: 'resolve', kind: 'timeout' } });
  });
});

describe('aborting', () => {
  test('breaks the attempt off with the reason and closes the connection', async () => {
    const connected = Promise.withResolvers<void>();
    const closed = Promise.withResolvers<void>();
    const port = await serveTcp((socket) => {
      socket.once('close', () => closed.resolve());
      socket.resume();
      connected.resolve();
    });
    const abort = new AbortController();
    const running = probeAddress(
      at(port),
      '127.0.0.1',
      { caPem: authority.caPem, deadlineMs: PATIENT_MS },
      abort.signal,
    );
    await connected.promise;
    abort.abort(new Error('no longer asked for'));

    await expect(running).rejects.toThrow('no longer asked for');
    await closed.promise;
  });

  test('beforehand connects to nothing', async () => {
    const reason = new Error('too late');

    await expect(probe(at(1), { caPem: '', deadlineMs: PATIENT_MS }, AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  test('a deadline closes the connection too', async () => {
    const closed = Promise.withResolvers<void>();
    const port = await serveTcp((socket) => {
      socket.once('close', () => closed.resolve());
      socket.resume();
    });
    await probeOnce(port, { deadlineMs: 1_000 });

    await closed.promise;
  });
});

test('a CA that is no PEM is an error of the caller', async () => {
  await expect(probeOnce(1, { caPem: 'what?' })).rejects.toThrow(TypeError);
});
