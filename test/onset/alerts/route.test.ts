import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { alertIntake, type ToldAlert } from '../../../src/onset/alerts/intake.ts';
import { alertsRoute } from '../../../src/onset/alerts/route.ts';
import { type HttpServer, serveHttp } from '../../../src/ops/http-server.ts';
import { createLog } from '../../../src/ops/log.ts';

const TOKEN = 'of-sixteen-chars';
const FINGERPRINT = '8627034c866711c4';

let server: HttpServer | undefined;
afterEach(() => server?.close());

describe('what Alertmanager sends', () => {
  it('is handed on, as real ones are', async () => {
    const told = await serve();
    expect(await post(await fixture('firing'))).toMatchObject({
      status: 200,
      body: { taken: 1, repeated: 0, ignored: 0 },
    });
    expect(told).toEqual([
      {
        cluster: 'prod',
        alertname: 'KubeAPIDown',
        labels: { alertname: 'KubeAPIDown', cluster: 'prod', severity: 'critical' },
        status: 'firing',
        startsAt: Date.parse('2026-11-22T23:49:04.92Z'),
        endsAt: null,
        fingerprint: FINGERPRINT,
        generatorURL: expect.stringContaining('absent'),
        channel: 'C0123',
      },
    ]);
    await post(await fixture('resolved'));
    expect(told[1]).toMatchObject({
      status: 'resolved',
      fingerprint: FINGERPRINT,
      endsAt: Date.parse('2026-11-22T23:49:05.92Z'),
    });
  });

  it('is handed on once, however often and however much at once it is sent, and again when it fires anew', async () => {
    const told = await serve();
    const firing = await fixture('firing');
    const answers = await Promise.all([post(firing), post(firing), post(firing)]);
    expect(
      answers
        .map(({ body }) => body)
        .map(({ taken }) => taken)
        .toSorted(),
    ).toEqual([0, 0, 1]);
    expect(told).toHaveLength(1);
    await post(firing.replace('23:49:04.92Z', '23:59:04.92Z'));
    expect(told).toHaveLength(2);
  });

  it('is tried again when handing it on failed', async () => {
    let fails = true;
    const told = await serve({
      onAlert: async () => {
        if (fails) throw new Error('the disk is full');
      },
    });
    const firing = await fixture('firing');
    expect((await post(firing)).status).toBe(500);
    fails = false;
    expect(await post(firing)).toMatchObject({ status: 200, body: { taken: 1, repeated: 0 } });
    expect(told).toHaveLength(2);
  });

  it('counts when it is one of the alerts that do', async () => {
    const told = await serve();
    const other = (await fixture('firing')).replaceAll('KubeAPIDown', 'Watchdog');
    expect(await post(other)).toMatchObject({ status: 200, body: { taken: 0, ignored: 1 } });
    expect(told).toEqual([]);
  });

  it('is refused in words when its cluster is not known, and the others are handed on', async () => {
    const told = await serve();
    const { alerts, ...rest } = JSON.parse(await fixture('firing'));
    const of = (cluster: string | undefined) => ({
      ...alerts[0],
      fingerprint: cluster,
      labels: { alertname: 'KubeAPIDown', cluster },
    });
    const answer = await post(JSON.stringify({ ...rest, alerts: [of('prd'), of(undefined), of('stage')] }));
    expect(answer.status).toBe(422);
    expect(answer.body.error).toContain(
      'is about cluster="prd", which is no cluster of the configuration (prod, stage)',
    );
    expect(answer.body.error).toContain('has no label "cluster"');
    expect(told.map(({ cluster }) => cluster)).toEqual(['stage']);
  });

  it('needs no label where there is one cluster', async () => {
    const told = await serve({ clusters: ['prod'] });
    await post((await fixture('firing')).replaceAll('"cluster": "prod",', ''));
    expect(told.map(({ cluster }) => cluster)).toEqual(['prod']);
  });

  it.each([
    ['no JSON', 'alert!', 'no JSON'],
    ['another version', '{"version":"3","alerts":[]}', 'version'],
    ['no alerts', '{"version":"4"}', 'alerts'],
    [
      'an alert without a time',
      '{"version":"4","alerts":[{"status":"firing","labels":{},"startsAt":"now"}]}',
      'startsAt',
    ],
    ['a list', '[]', 'version 4'],
    ['nothing', '', 'no JSON'],
  ])('is refused with what is wrong: %s', async (_what, body, why) => {
    const told = await serve();
    const answer = await post(body);
    expect(answer).toMatchObject({ status: 400, body: { error: expect.stringContaining(why) } });
    expect(told).toEqual([]);
  });
});

describe('the way in', () => {
  it.each([
    ['nothing', undefined, 401],
    ['another token', 'Bearer of-sixteen-chart', 401],
    ['half a token', 'Bearer of-sixteen', 401],
    ['no scheme', TOKEN, 401],
    ['another scheme', `Digest ${TOKEN}`, 401],
    ['a wrong password', `Basic ${Buffer.from('me:wrong').toString('base64')}`, 401],
    ['an empty password', `Basic ${Buffer.from('me:').toString('base64')}`, 401],
    ['the token', `Bearer ${TOKEN}`, 200],
    ['the token, by another spelling', `bearer  ${TOKEN}`, 200],
    ['the token as a password', `Basic ${Buffer.from(`me:${TOKEN}`).toString('base64')}`, 200],
  ])('with %s', async (_what, authorization, status) => {
    const told = await serve();
    expect((await post(await fixture('firing'), authorization ?? '')).status).toBe(status);
    expect(told).toHaveLength(status === 200 ? 1 : 0);
  });

  it('takes no more than it must, whether or not its length is told', async () => {
    await serve();
    const long = 'x'.repeat(5 * 1024 * 1024);
    expect((await post(long)).status).toBe(413);
    const head = `POST /alerts HTTP/1.1\r\nhost: bot\r\nauthorization: Bearer ${TOKEN}\r\ntransfer-encoding: chunked\r\n\r\n`;
    expect(await raw(`${head}${long.length.toString(16)}\r\n${long}\r\n`)).toContain('HTTP/1.1 413');
  });

  it('is narrow: after a burst more are sent back to come again, and time widens it', async () => {
    let nowAt = 0;
    await serve({ clock: { now: () => nowAt } });
    const firing = await fixture('firing');
    for (let index = 0; index < 60; index++) expect((await post(firing)).status).toBe(200);
    expect((await post(firing)).status).toBe(503);
    // Those who show no token take nothing of it.
    expect((await post(firing, 'Bearer wrong')).status).toBe(401);
    nowAt += 1_000;
    expect((await post(firing)).status).toBe(200);
    expect((await post(firing)).status).toBe(503);
  });
});

interface Served {
  clusters?: readonly string[];
  onAlert?: () => Promise<void>;
  clock?: { now(): number };
}

async function serve(given: Served = {}): Promise<readonly ToldAlert[]> {
  const told: ToldAlert[] = [];
  const settings = {
    clusters: given.clusters ?? ['prod', 'stage'],
    clusterLabel: 'cluster',
    names: ['KubeAPIDown'],
    open: 'C0123',
  };
  const intake = alertIntake(settings, async (alert) => {
    told.push(alert);
    await given.onAlert?.();
  });
  const log = createLog({ name: 'test', level: 'silent' });
  const route = alertsRoute({ token: TOKEN, intake, clock: given.clock ?? { now: Date.now }, log });
  server = await serveHttp({ host: '127.0.0.1', port: 0 }, [route], log);
  return told;
}

async function post(body: string, authorization = `Bearer ${TOKEN}`) {
  const headers = { 'content-type': 'application/json', ...(authorization === '' ? {} : { authorization }) };
  const response = await fetch(`http://127.0.0.1:${server?.port}/alerts`, { method: 'POST', headers, body });
  return { status: response.status, body: JSON.parse(await response.text()) };
}

/** What comes back before everything was sent. */
async function raw(text: string): Promise<string> {
  const socket = connect(server?.port ?? 0, '127.0.0.1');
  socket.write(text);
  const [answer] = await once(socket, 'data');
  socket.destroy();
  return String(answer);
}

function fixture(name: 'firing' | 'resolved'): Promise<string> {
  return readFile(new URL(`./fixtures/alertmanager-0.25-${name}.json`, import.meta.url), 'utf8');
}
