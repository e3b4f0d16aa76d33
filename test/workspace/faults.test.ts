import { expect, test } from 'vitest';
import { aClient, aWorkspace, refusal } from './start.ts';

/** What goes wrong on demand, and the limits of the rate. */

test('a channel takes a burst, then one message a second; others are not held up', async () => {
  let now = Date.UTC(2026, 0, 1);
  const workspace = await aWorkspace({
    clock: { nowAt: () => now },
    rateLimits: { posting: { perSecond: 1, burst: 2 } },
    channels: [
      { id: 'C1', name: 'one' },
      { id: 'C2', name: 'two' },
    ],
  });
  const post = async (channel: string) => {
    const response = await fetch(`${workspace.apiUrl}chat.postMessage`, {
      method: 'POST',
      headers: { authorization: `Bearer ${workspace.botToken}`, 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify({ channel, text: 'x' }),
    });
    return [response.status, response.headers.get('retry-after')];
  };

  expect([await post('C1'), await post('C1'), await post('C1')]).toEqual([
    [200, null],
    [200, null],
    [429, '1'],
  ]);
  expect(await post('C2')).toEqual([200, null]);
  now += 1000;
  expect([await post('C1'), await post('C1')]).toEqual([
    [200, null],
    [429, '1'],
  ]);
  expect(workspace.channel('C1').messages()).toHaveLength(3);
});

test('a method takes as many calls a minute as its tier has', async () => {
  const workspace = await aWorkspace({ clock: { nowAt: () => 0 }, rateLimits: { perMinute: { 'users.info': 2 } } });
  const client = aClient(workspace);
  await client.users.info({ user: 'U1' });
  await client.users.info({ user: 'U1' });
  await expect(client.users.info({ user: 'U1' })).rejects.toThrow('rate-limit');
  expect(workspace.calls.at(-1)).toMatchObject({ status: 429, answer: { error: 'ratelimited' } });
  await client.auth.test();
});

test('5xx, errors and cuts before anything was done leave nothing behind', async () => {
  const workspace = await aWorkspace();
  const post = () => aClient(workspace).chat.postMessage({ channel: 'C1', text: 'x' });

  workspace.faults.next('chat.postMessage', { kind: 'status', status: 503 });
  await expect(post()).rejects.toThrow('503');
  workspace.faults.next('*', { kind: 'error', error: 'internal_error' });
  expect((await refusal(post())).error).toBe('internal_error');
  workspace.faults.next('chat.postMessage', { kind: 'cut' });
  await expect(post()).rejects.toThrow();
  expect(workspace.channel('C1').messages()).toEqual([]);

  await post();
  expect(workspace.channel('C1').messages()).toHaveLength(1);
});

test('a connection cut after the deed leaves the caller in doubt and the message in the channel', async () => {
  const workspace = await aWorkspace();
  workspace.faults.next('chat.postMessage', { kind: 'cutAfter' });
  await expect(aClient(workspace).chat.postMessage({ channel: 'C1', text: 'x' })).rejects.toThrow();

  expect(workspace.channel('C1').messages()).toMatchObject([{ text: 'x' }]);
  expect(workspace.calls).toMatchObject([{ status: null, answer: { ok: true } }]);
});

test('a call may hang until the caller gives up, or be late', async () => {
  const workspace = await aWorkspace();
  const signal = AbortSignal.timeout(200);
  workspace.faults.next('auth.test', { kind: 'hang' });
  await expect(fetch(`${workspace.apiUrl}auth.test`, { method: 'POST', signal })).rejects.toThrow('timeout');
  workspace.faults.next('auth.test', { kind: 'late', ms: 30 });
  expect((await aClient(workspace).auth.test()).ok).toBe(true);
});

test('uploads and response URLs go wrong on demand too', async () => {
  const workspace = await aWorkspace();
  const { upload_url: url = '' } = await aClient(workspace).files.getUploadURLExternal({ filename: 'a', length: 1 });
  workspace.faults.next('/upload', { kind: 'status', status: 502 });
  expect((await fetch(url, { method: 'POST', body: 'x' })).status).toBe(502);
  expect((await fetch(url, { method: 'POST', body: 'x' })).status).toBe(200);
});
