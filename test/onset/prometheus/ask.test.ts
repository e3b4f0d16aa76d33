import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { makeAuthority } from '../../../dev/stand-in/certificates.ts';
import { prometheusAt } from '../../../src/onset/prometheus/api.ts';
import type { PrometheusAccess } from '../../../src/onset/prometheus/ask.ts';
import { goDurationMs } from '../../../src/onset/prometheus/duration.ts';
import { type Serving, servePrometheus } from './served.ts';

const soon = () => AbortSignal.timeout(10_000);
let serving: Serving | undefined;
let folder: string | undefined;
afterEach(async () => {
  await serving?.close();
  if (folder !== undefined) await rm(folder, { recursive: true });
  folder = undefined;
});

describe('a question to Prometheus', () => {
  it('shows the token that stands in its file at that moment', async () => {
    serving = await servePrometheus({});
    const tokenFile = await put('token', 'first\n');
    const prometheus = at({ tokenFile });
    await prometheus.alerts(soon());
    await writeFile(tokenFile, 'second');
    await prometheus.alerts(soon());
    expect(serving.requests.map(({ headers }) => headers.authorization)).toEqual(['Bearer first', 'Bearer second']);
  });

  it('shows a name and password', async () => {
    serving = await servePrometheus({});
    await at({ basic: { username: 'me', passwordFile: await put('password', 'pass:word\n') } }).alerts(soon());
    const [, given = ''] = serving.requests[0]?.headers.authorization?.split(' ') ?? [];
    expect(Buffer.from(given, 'base64').toString()).toBe('me:pass:word');
  });

  it('trusts the authority it was given, and no other', async () => {
    const authority = await makeAuthority('monitoring');
    const leaf = await authority.issue({ commonName: 'prometheus', names: [], addresses: ['127.0.0.1'] });
    serving = await servePrometheus({}, { cert: leaf.certPem, key: leaf.keyPem });
    expect(await at({ caPem: authority.caPem }).alerts(soon())).toEqual({ kind: 'answer', value: [] });
    expect(await at({}).alerts(soon())).toMatchObject({
      kind: 'failed',
      why: expect.stringContaining("can't be asked"),
    });
  });

  const answers =
    (status: number, body: string): RequestListener =>
    (_request, response) =>
      response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end(body);
  it.each([
    ['a refusal', answers(401, ''), 'refuses the credentials (401)'],
    ['a page', answers(200, '<html>'), 'is the URL right?'],
    ['a redirect, which is not followed', answers(302, ''), 'answered 302'],
    [
      'its own error',
      answers(400, '{"status":"error","error":"parse error at char 3"}'),
      'says: parse error at char 3',
    ],
    ['another form', answers(200, '{"status":"success","data":{"alerts":[{}]}}'), 'not known here'],
    ['nothing', ((_request, response) => response.destroy()) satisfies RequestListener, "can't be asked"],
  ])('that gets %s has failed, with why', async (_what, instead, why) => {
    serving = await servePrometheus({ instead });
    const asked = await at({}).alerts(soon());
    expect(asked).toEqual({ kind: 'failed', why: expect.stringContaining(why) });
    expect(asked).toMatchObject({ why: expect.stringContaining(serving.url) });
  });

  it('ends when it is told to', async () => {
    serving = await servePrometheus({ instead: () => {} });
    const stop = new AbortController();
    const asked = at({}).alerts(stop.signal);
    stop.abort(new Error('stopped'));
    await expect(asked).rejects.toThrow('stopped');
  });

  it('that can’t read its token has failed', async () => {
    serving = await servePrometheus({});
    expect(await at({ tokenFile: '/nowhere' }).alerts(soon())).toMatchObject({
      why: expect.stringContaining('/nowhere'),
    });
  });
});

it.each([
  ['1m0s', 60_000],
  ['15s', 15_000],
  ['500ms', 500],
  ['1h30m', 5_400_000],
  ['1d', 86_400_000],
  ['0', 0],
  ['1.5s', 1_500],
  ['', null],
  ['15', null],
  ['a minute', null],
])('a duration of %j', (text, ms) => {
  expect(goDurationMs(text)).toBe(ms);
});

function at(access: Partial<PrometheusAccess>) {
  return prometheusAt({ url: serving?.url ?? '', tokenFile: null, basic: null, caPem: null, ...access });
}

async function put(name: string, content: string): Promise<string> {
  folder ??= await mkdtemp(join(tmpdir(), 'apidown-ask-'));
  const file = join(folder, name);
  await writeFile(file, content);
  return file;
}
