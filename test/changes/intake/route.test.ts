import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eventOf, fixture, KEY, NOW, signed, stage, TOKEN } from './stage.ts';

const body = JSON.stringify(eventOf());

describe('the way in', () => {
  it.each([
    ['nothing', '', 401],
    ['another token', 'Bearer of-sixteen-chars-and-less', 401],
    ['half a token', 'Bearer of-sixteen-chars', 401],
    ['the signing key', `Bearer ${KEY}`, 401],
    ['no scheme', TOKEN, 401],
    ["a token of PagerDuty's own scheme", `Token token=${TOKEN}`, 401],
    ['an empty password', `Basic ${Buffer.from('me:').toString('base64')}`, 401],
    ['the token', `Bearer ${TOKEN}`, 200],
    ['the token as a password', `Basic ${Buffer.from(`me:${TOKEN}`).toString('base64')}`, 200],
  ])('with %s', async (_what, authorization, status) => {
    const { send, changes } = await stage();
    const answer = await send(body, { authorization });
    expect(answer.status).toBe(status);
    expect(answer.headers.get('www-authenticate')).toBe(status === 401 ? 'Bearer realm="apidown"' : null);
    expect(await changes()).toHaveLength(status === 200 ? 1 : 0);
  });

  it('with a token in the URL, which would stand in logs, is closed', async () => {
    const { port } = await stage();
    const url = `http://127.0.0.1:${port}/changes?token=${TOKEN}&access_token=${TOKEN}`;
    const answer = await fetch(url, {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/cloudevents+json' },
    });
    expect(answer.status).toBe(401);
  });

  const at = NOW / 1_000;
  it.each([
    ['right', signed(body), 200],
    [
      'right, in capitals',
      {
        ...signed(body),
        'x-apidown-signature':
          signed(body)['x-apidown-signature']?.replace(/[0-9a-f]{64}/, (hex) => hex.toUpperCase()) ?? '',
      },
      200,
    ],
    ['right, of 5 min ago', signed(body, at - 300), 200],
    ['right, beside a token that is none', { ...signed(body), authorization: 'Bearer of-another-proxy' }, 200],
    ['of more than 5 min ago', signed(body, at - 301), 401],
    ['of a time to come', signed(body, at + 301), 401],
    ['of another body', signed(`${body} `), 401],
    ['by another key', signed(body, at, 'another-key-to-sign-with'), 401],
    ['by the token', signed(body, at, TOKEN), 401],
    ['of another time than it says', { ...signed(body, at - 10), 'x-apidown-timestamp': String(at) }, 401],
    ['without a time', { authorization: '', 'x-apidown-signature': signed(body)['x-apidown-signature'] ?? '' }, 401],
    ['of no form', { ...signed(body), 'x-apidown-signature': 'sha256=' }, 401],
    ['of another hash', { ...signed(body), 'x-apidown-signature': `sha1=${'0'.repeat(40)}` }, 401],
    ['of an empty text', { ...signed(body), 'x-apidown-signature': '' }, 401],
  ])('with a signature that is %s', async (_what, headers, status) => {
    const { send, changes } = await stage();
    expect((await send(body, headers)).status).toBe(status);
    expect(await changes()).toHaveLength(status === 200 ? 1 : 0);
  });

  it('is closed to signatures in binary mode, where they would not cover id and time', async () => {
    const { send } = await stage();
    const headers = { 'content-type': 'application/json', 'ce-id': '1', 'ce-specversion': '1.0', ...signed('{}') };
    expect(await send('{}', headers)).toMatchObject({
      status: 401,
      body: { error: expect.stringContaining('covers the body alone') },
    });
  });

  it("lets PagerDuty's body in by a signature too", async () => {
    const { send } = await stage({ secrets: { token: null, hmacKey: KEY } });
    const told = await fixture('pager-duty');
    const json = { 'content-type': 'application/json' };
    expect((await send(told, { ...json, ...signed(told) })).status).toBe(202);
    expect((await send(told, { ...json, authorization: '' })).status).toBe(401);
  });

  it.each([
    ['a signature where only a token is taken', { token: TOKEN, hmacKey: null }, signed(body)],
    ['a token where only signatures are taken', { token: null, hmacKey: KEY }, { authorization: `Bearer ${KEY}` }],
    ['an empty token where only signatures are taken', { token: null, hmacKey: KEY }, { authorization: 'Bearer null' }],
  ])('does not open by %s', async (_what, secrets, headers) => {
    const { send } = await stage({ secrets });
    expect((await send(body, headers)).status).toBe(401);
  });
});

describe('what is sent', () => {
  it('may be as long as 1 MB, whether or not its length is told', async () => {
    const { send, port } = await stage();
    const long = JSON.stringify(eventOf({ data: { more: 'x'.repeat(1024 * 1024) } }));
    expect(await send(long)).toMatchObject({ status: 413, body: { error: expect.stringContaining('1 MB') } });
    const fits = JSON.stringify(eventOf({ data: { more: 'x'.repeat(1024 * 1024 - 500) } }));
    expect((await send(fits)).status).toBe(200);
    const head = `POST /changes HTTP/1.1\r\nhost: bot\r\nauthorization: Bearer ${TOKEN}\r\ntransfer-encoding: chunked\r\n\r\n`;
    expect(await raw(port, `${head}${long.length.toString(16)}\r\n${long}\r\n`)).toContain('HTTP/1.1 413');
  });

  it('may be a batch of 500, and no more', async () => {
    const { batch } = await stage();
    const events = Array.from({ length: 501 }, (_, index) => eventOf({ id: `n${index}` }));
    expect(await batch(events)).toMatchObject({ status: 413, body: { error: expect.stringContaining('at most 500') } });
    expect(await batch(events.slice(1))).toMatchObject({ status: 200, body: { taken: 500 } });
    expect(await batch([])).toMatchObject({ status: 200, body: { taken: 0, refused: 0, events: [] } });
  });

  it.each([
    ['text/plain', 415],
    ['application/xml', 415],
    ['application/cloudevents+xml', 415],
    ['', 415],
    ['application/cloudevents+json; charset=utf-8', 200],
    ['Application/CloudEvents+JSON', 200],
    ['application/json', 400],
  ])('is of a type that is understood: %s', async (type, status) => {
    const { port } = await stage();
    // Not by fetch, which sends a type of its own.
    const head = `POST /changes HTTP/1.1\r\nhost: bot\r\nauthorization: Bearer ${TOKEN}\r\ncontent-length: ${body.length}\r\n`;
    const answer = await raw(port, `${head}${type === '' ? '' : `content-type: ${type}\r\n`}\r\n${body}`);
    expect(answer).toContain(`HTTP/1.1 ${status}`);
  });

  it.each([
    ['no JSON', 'change!', 'application/cloudevents+json', 'no JSON'],
    ['nothing', '', 'application/cloudevents+json', 'no JSON'],
    ['a list for one', '[]', 'application/cloudevents+json', 'expected one CloudEvent'],
    ['one for a list', '{}', 'application/cloudevents-batch+json', 'expected a JSON list'],
    [
      'without any bottom',
      `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
      'application/cloudevents-batch+json',
      'nested deeper',
    ],
    ['without any bottom at all', '['.repeat(500_000), 'application/cloudevents-batch+json', 'no JSON'],
    ["Event Grid's own schema", '[{"eventType":"x"}]', 'application/json', 'Cloud Event Schema v1.0'],
    ['something else', '{"a":1}', 'application/json', 'PagerDuty’s change event'],
  ])('is refused with what is wrong: %s', async (_what, told, type, why) => {
    const { send, changes } = await stage();
    const answer = await send(told, { 'content-type': type });
    expect(answer).toMatchObject({ status: 400, body: { error: expect.stringContaining(why) } });
    expect(await changes()).toEqual([]);
  });

  it('is refused in words when all of it is, and the log says so', async () => {
    const { event, logged, learned } = await stage();
    expect((await event(eventOf({ apidowncluster: 'prd' }))).status).toBe(422);
    expect(logged.join()).toContain('is no cluster of the configuration');
    expect(learned).toEqual([]);
  });
});

describe('a change that is told more than once', () => {
  it('is taken once: in a batch, in requests at once, and after a restart', async () => {
    const { event, batch, changes, restart, learned } = await stage();
    expect((await batch([eventOf(), eventOf({ data: { summary: 'other words' } })])).body.events).toMatchObject([
      { outcome: 'taken' },
      { outcome: 'duplicate' },
    ]);
    const again = await Promise.all([
      event(eventOf()),
      event(eventOf()),
      event(eventOf({ time: '2026-11-22T11:00:00Z' })),
    ]);
    expect(again.map(({ status, body }) => [status, body.duplicates])).toEqual([
      [200, 1],
      [200, 1],
      [200, 1],
    ]);
    await restart();
    expect(await event(eventOf())).toMatchObject({ status: 200, body: { taken: 0, duplicates: 1 } });
    // The first word stands.
    expect(await changes()).toMatchObject([
      { summary: 'example.deployed', latestAt: Date.parse('2026-11-22T11:58:00Z') },
    ]);
    expect(learned).toEqual(['prod']);
  });

  it('is durable as soon as it is answered', async () => {
    const { event, changes, restart } = await stage();
    await event(eventOf());
    await restart();
    expect(await changes()).toHaveLength(1);
  });

  it('is new to a cluster that was not told of it', async () => {
    const { event, learned } = await stage();
    await event(eventOf());
    expect(await event(eventOf({ apidowncluster: 'prod,stage' }))).toMatchObject({ body: { taken: 1 } });
    expect(learned).toEqual(['prod', 'stage']);
  });

  it('is another when its source is, however the two are put together', async () => {
    const { batch } = await stage();
    const told = await batch([
      eventOf({ source: 'a', id: 'b c' }),
      eventOf({ source: 'a', id: 'b%20c' }),
      eventOf({ source: 'b', id: 'b c' }),
      eventOf({ source: 'a', id: `${'x'.repeat(900)}1` }),
      eventOf({ source: 'a', id: `${'x'.repeat(900)}2` }),
      eventOf({ source: 'a', id: '\ud800' }),
      eventOf({ source: 'a', id: '\ud801' }),
      eventOf({ source: 'a', id: '\u0000' }),
    ]);
    expect(told.body).toMatchObject({ taken: 8, duplicates: 0 });
  });
});

describe('which cluster it is about', () => {
  const nameless = (given: object = {}) => eventOf({ apidowncluster: undefined, ...given });
  const rules = [
    { source: '//cloudaudit.googleapis.com/projects/acme', subject: null, clusters: ['prod'] },
    { source: null, subject: '/subscriptions/1/resourceGroups/Net/', clusters: ['stage', 'prod'] },
    { source: '//both', subject: 'x', clusters: ['stage'] },
  ];

  it.each([
    ['its attribute', eventOf({ apidowncluster: 'stage' }), ['stage']],
    ['its data', nameless({ data: { cluster: 'stage' } }), ['stage']],
    ['a list in its data', nameless({ data: { cluster: ['stage', 'prod'] } }), ['stage', 'prod']],
    ['its attribute before its data', eventOf({ data: { cluster: 'stage' } }), ['prod']],
    ['its source', nameless({ source: '//cloudaudit.googleapis.com/projects/acme/logs/activity' }), ['prod']],
    [
      'its subject, whatever its letters',
      nameless({ subject: '/SUBSCRIPTIONS/1/resourcegroups/net/x' }),
      ['stage', 'prod'],
    ],
    ['source and subject', nameless({ source: '//both/1', subject: 'x/y' }), ['stage']],
  ])('is known by %s', async (_what, told, clusters) => {
    const { event } = await stage({ rules });
    expect((await event(told)).body.events).toMatchObject([{ outcome: 'taken', clusters }]);
  });

  it.each([
    ['nothing', nameless()],
    ['a source that only begins alike', nameless({ source: '//cloudaudit.googleapis.com/projects/acme2/logs' })],
    ['half of a rule', nameless({ source: '//both/1' })],
  ])('is not known by %s, and then it says what to do', async (_what, told) => {
    const { event } = await stage({ rules });
    const answer = await event(told);
    expect(answer.status).toBe(422);
    expect(answer.body.error).toContain('it names no cluster (prod, stage): give one by the attribute apidowncluster');
  });

  it('is the only one there is, unless it names another', async () => {
    const { event } = await stage({ clusters: ['prod'] });
    expect((await event(nameless())).body.events).toMatchObject([{ clusters: ['prod'] }]);
    expect((await event(eventOf({ id: '2', apidowncluster: 'stage' }))).status).toBe(422);
  });
});

describe('the pace', () => {
  it('is limited after a burst, says when to come again, and time widens it', async () => {
    const { event, setTime } = await stage();
    for (let index = 0; index < 120; index++) expect((await event(eventOf())).status).toBe(200);
    const answer = await event(eventOf());
    expect(answer).toMatchObject({ status: 429, body: { error: expect.stringContaining('too many') } });
    expect(answer.headers.get('retry-after')).toBe('1');
    // Those who show nothing take nothing of it.
    expect((await event(eventOf(), { authorization: 'Bearer wrong' })).status).toBe(401);
    setTime(NOW + 1_000);
    expect((await event(eventOf())).status).toBe(200);
  });

  it('of strangers keeps out strangers alone', async () => {
    const { send, event } = await stage();
    const stranger = () =>
      send('{"routing_key":"x","payload":{}}', { authorization: '', 'content-type': 'application/json' });
    for (let index = 0; index < 60; index++) expect((await stranger()).status).toBe(401);
    expect((await stranger()).status).toBe(429);
    expect((await event(eventOf())).status).toBe(200);
  });
});

describe('OPTIONS', () => {
  it('permits deliveries to whoever asks, and lets nobody in by it', async () => {
    const { ask } = await stage();
    const headers = { 'webhook-request-origin': 'eventgrid.azure.net', 'webhook-request-rate': '120' };
    const answer = await ask({ method: 'OPTIONS', headers });
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      allow: 'POST, OPTIONS',
      'webhook-allowed-origin': 'eventgrid.azure.net',
      'webhook-allowed-rate': '120',
    });
    const post = await ask({
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/cloudevents+json' },
      body,
    });
    expect(post.status).toBe(401);
  });

  it.each([
    ['nobody asks', {}],
    ['who asks is no host', { 'webhook-request-origin': 'a b; c' }],
    ['who asks is endless', { 'webhook-request-origin': 'a'.repeat(300) }],
  ])('permits nothing when %s', async (_what, headers: Record<string, string>) => {
    const { ask } = await stage();
    const answer = await ask({ method: 'OPTIONS', headers });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('webhook-allowed-origin')).toBeNull();
  });

  it('is told of where a method is not served', async () => {
    const { ask } = await stage();
    const answer = await ask({ method: 'GET' });
    expect(answer.status).toBe(405);
    expect(answer.headers.get('allow')).toBe('POST, OPTIONS');
  });
});

describe('whatever is sent', () => {
  const type = fc.constantFrom(
    'application/cloudevents+json',
    'application/cloudevents-batch+json',
    'application/json',
    'text/plain',
  );
  /** Names that mean something, over anything at all. */
  const key = fc.constantFrom(
    ...['id', 'time', 'source', 'type', 'subject', 'specversion', 'data', 'data_base64', 'apidowncluster', 'payload'],
    ...['summary', 'timestamp', 'custom_details', 'links', 'category', 'startTime', 'endTime', 'target', 'addresses'],
    ...['protoPayload', 'operation', 'request', 'update', 'claims', 'operationName', '__proto__', 'toString'],
  );
  const word = fc.constantFrom(
    ...[
      '1.0',
      'prod',
      '2026-11-22T11:59:00Z',
      'firewall',
      'google.cloud.audit.log.v1.written',
      'compute.googleapis.com',
    ],
    ...['Microsoft.Resources.ResourceWriteSuccess', 'v1.compute.firewalls.insert', TOKEN, '%zz', '\ud800', '\u0000'],
  );
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { depthSize: 'medium' },
      word,
      fc.jsonValue({ maxDepth: 1 }),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.array(fc.tuple(key, tie('value')), { maxLength: 6 }).map((entries) => Object.fromEntries(entries)),
    ),
  }));
  /** Real ones with a few things put in the place of others. */
  const mutated = (whole: unknown) =>
    fc.tuple(fc.nat({ max: 40 }), value).map(([at, other]) => replaced(whole, { left: at }, other));

  it('is never answered by a failure of ours', { timeout: 60_000 }, async () => {
    const at = await stage();
    const names = [
      'eventarc-firewall-first',
      'eventarc-gke-authorized-networks',
      'event-grid-security-rule-written',
      'pager-duty',
    ];
    const whole: readonly unknown[] = await Promise.all(names.map(async (name) => JSON.parse(await fixture(name))));
    const told = fc.oneof(
      fc.string(),
      value.map((each) => JSON.stringify(each)),
      fc.oneof(...whole.map(mutated)).map((each) => JSON.stringify(each)),
      value.map((data) => JSON.stringify(eventOf({ data }))),
      fc.array(value, { maxLength: 4 }).map((each) => JSON.stringify(each)),
    );
    let nowAt = NOW;
    await fc.assert(
      fc.asyncProperty(told, type, async (text, contentType) => {
        nowAt += 1_000;
        at.setTime(nowAt);
        const answer = await at.send(text, { 'content-type': contentType });
        expect(answer.status, `${text} ${JSON.stringify(answer.body)}`).toBeLessThan(500);
        if (answer.status === 200) expect(answer.body.events).toBeDefined();
      }),
      { numRuns: 400 },
    );
  });
});

/** The value with what stands at the n-th place replaced. */
function replaced(whole: unknown, count: { left: number }, other: unknown): unknown {
  if (count.left-- === 0) return other;
  if (Array.isArray(whole)) return whole.map((each) => replaced(each, count, other));
  if (typeof whole !== 'object' || whole === null) return whole;
  return Object.fromEntries(Object.entries(whole).map(([key, each]) => [key, replaced(each, count, other)]));
}

/** What comes back before everything was sent. */
async function raw(port: number, text: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(text);
  const [answer] = await once(socket, 'data');
  socket.destroy();
  return String(answer);
}
