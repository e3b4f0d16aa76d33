import { createServer } from 'node:net';
import { describe, expect, test, vi } from 'vitest';
import { signed } from '../../dev/workspace/events-http.ts';
import { createLog } from '../../src/ops/log.ts';
import { EVENTS_PATH } from '../../src/slack/inlet.ts';
import { httpInlet } from '../../src/slack/inlet-http.ts';
import { aStage, type Stage } from './stage.ts';

const body = new URLSearchParams({
  command: '/apidown',
  text: 'investigate prod',
  user_id: 'U1',
  channel_id: 'C1',
  team_id: 'T0WORKSPACE',
  response_url: 'http://127.0.0.1:1/response/none',
  trigger_id: 'none',
  note: 'words-that-no-log-may-hold',
}).toString();

describe('a request that Slack did not send is refused, nothing is run, and nothing of it is logged', () => {
  const minuteMs = 60_000;
  const good = (secret: string, at = Date.now()) => signed(body, secret, at);
  const without = (headers: Readonly<Record<string, string>>, name: string) =>
    Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name));

  test.each<[what: string, headers: (secret: string) => Readonly<Record<string, string>>]>([
    ['without signature', (secret) => without(good(secret), 'x-slack-signature')],
    ['without a time', (secret) => without(good(secret), 'x-slack-request-timestamp')],
    ['with nothing at all', () => ({})],
    ['signed by another secret', () => good('f'.repeat(32))],
    ['older than five minutes', (secret) => good(secret, Date.now() - 5 * minuteMs - 2000)],
    ['old, under a time that is not', (secret) => ({ ...good(secret, Date.now() - 6 * minuteMs), ...nowOnly(secret) })],
    ['signed in a version that is unknown', (secret) => ({ ...good(secret), 'x-slack-signature': 'v1=00' })],
    ['with a time that is none', (secret) => ({ ...good(secret), 'x-slack-request-timestamp': 'now' })],
  ])('%s', async (_what, headers) => {
    const stage = await aStage({ mode: 'http' });
    const response = await send(stage, body, headers(stage.workspace.signingSecret));
    expect(response.status).toBe(401);
    expect(await response.text()).toBe('');
    await stage.restart();
    expect(await stage.service.listOpen()).toEqual([]);
    expect(stage.logged.join('\n')).not.toMatch(/words-that-no-log|investigate prod/);
    expect(stage.logged.join('\n')).toContain('Failed to verify authenticity');
  });

  test('a body that was changed on its way', async () => {
    const stage = await aStage({ mode: 'http' });
    const { status } = await send(stage, `${body}x`, good(stage.workspace.signingSecret));
    expect(status).toBe(401);
  });

  test('one that is too long, before it is read to its end', async () => {
    const stage = await aStage({ mode: 'http' });
    const long = `${body}&filler=${'x'.repeat(1_100_000)}`;
    const { status } = await send(stage, long, signed(long, stage.workspace.signingSecret, Date.now()));
    expect(status).toBe(413);
    expect(stage.logged.join('\n')).not.toContain('xxxx');
  });

  function nowOnly(secret: string) {
    const { 'x-slack-request-timestamp': time = '' } = signed(body, secret, Date.now());
    return { 'x-slack-request-timestamp': time };
  }
});

test('the same request, rightly signed, is acknowledged and run', async () => {
  const stage = await aStage({ mode: 'http' });
  const response = await send(stage, body, signed(body, stage.workspace.signingSecret, Date.now()));
  expect(response.status).toBe(200);
  await stage.card();
});

test('what is signed and is nothing that can be read is refused, and not quoted in the log', async () => {
  const stage = await aStage({ mode: 'http' });
  const broken = '{"half": "of-a-secret';
  const headers = { ...signed(broken, stage.workspace.signingSecret, Date.now()), 'content-type': 'application/json' };
  expect((await send(stage, broken, headers)).status).toBe(400);
  expect(stage.logged.join('\n')).toContain('Malformed request body: no form and no JSON');
  expect(stage.logged.join('\n')).not.toContain('of-a-secret');
});

test('a mention that Slack tries again is one investigation', async () => {
  const stage = await aStage({ mode: 'http' });
  const { workspace } = stage;
  const delivery = await workspace.as('U1').mention('C1', 'investigate prod');
  if (delivery.kind !== 'acked') throw new Error('the mention was not acknowledged');
  await stage.card();
  workspace.http.redeliver(delivery.envelopeId);
  await workspace.as('U1').command('C1', '/apidown', 'help');
  await workspace.waitFor(() => workspace.ephemerals('U1').length > 0);
  await stage.restart();
  expect(await stage.service.listOpen()).toHaveLength(1);
  expect(
    workspace
      .channel('C1')
      .messages()
      .filter(({ userId }) => userId === workspace.botUserId),
  ).toHaveLength(1);
  expect(workspace.ephemerals('U1')).toHaveLength(1);
  expect(workspace.violations).toEqual([]);
});

test('while it does not listen Slack tries events again, and they arrive', async () => {
  const stage = await aStage({
    mode: 'http',
    workspace: { redelivery: { afterMs: 50, attempts: 100 } },
  });
  await stage.slack().close(0);
  const missed = await stage.workspace.as('U1').mention('C1', 'investigate prod');
  expect(missed).toMatchObject({ kind: 'undelivered', why: expect.stringContaining('dispatch_failed') });
  await stage.restart();
  await stage.card();
});

test('what stands in front of it may ask whether it listens; everything else is not found', async () => {
  const stage = await aStage({ mode: 'http' });
  const at = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${stage.slack().port()}${path}`, { method });
  expect((await at('/slack/health')).status).toBe(200);
  expect((await at('/')).status).toBe(404);
  expect((await at(EVENTS_PATH)).status).toBe(404);
  expect((await at('/slack/health', 'POST')).status).toBe(404);
});

test('needs no app token, and is connected when Slack knows its token and it listens', async () => {
  const stage = await aStage({ mode: 'http' });
  expect(stage.states).toEqual([{ kind: 'connected' }]);
  expect(stage.workspace.callsTo('apps.connections.open')).toEqual([]);
  const other = await aStage({
    mode: 'http',
    slack: { tokens: { bot: 'xoxb-wrong', signingSecret: '0'.repeat(32), listen: { host: '127.0.0.1', port: 0 } } },
  });
  expect(other.slack().state()).toMatchObject({ kind: 'unauthorized', reason: 'auth.test: invalid_auth' });
  expect(other.slack().port()).toBe(null);
});

test('a port that another program has is told, and taken as soon as it is free', async () => {
  const blocker = createServer();
  await new Promise<void>((resolve) => blocker.listen(0, '127.0.0.1', resolve));
  const address = blocker.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const stage = await aStage({
    mode: 'http',
    slack: {
      tokens: { bot: 'xoxb-1-2-workspace', signingSecret: '0'.repeat(32), listen: { host: '127.0.0.1', port } },
    },
  });
  expect(stage.slack().state()).toMatchObject({ kind: 'cut', reason: expect.stringContaining('EADDRINUSE') });
  await new Promise((resolve) => blocker.close(resolve));
  await vi.waitFor(() => expect(stage.slack().state().kind).toBe('connected'), { timeout: 12_000 });
});

test('a bot token that is revoked later is noticed, though no connection is cut', async () => {
  let answer: 'ok' | 'refused' = 'ok';
  const inlet = httpInlet({
    signingSecret: '0'.repeat(32),
    listen: { host: '127.0.0.1', port: 0 },
    call: async () =>
      answer === 'ok' ? { kind: 'ok', data: {} } : { kind: 'refused', error: 'token_revoked', messages: [] },
    log: createLog({ name: 'test', level: 'silent' }),
    askEveryMs: 10,
  });
  const closed = new Promise<void>((resolve) => inlet.onClosed(resolve));
  await inlet.start();
  expect(inlet.port()).toBeGreaterThan(0);
  answer = 'refused';
  await closed;
  expect(inlet.port()).toBe(null);
});

function send(stage: Stage, content: string, headers: Readonly<Record<string, string>>): Promise<Response> {
  return fetch(`http://127.0.0.1:${stage.slack().port()}${EVENTS_PATH}`, {
    method: 'POST',
    body: content,
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
  });
}
