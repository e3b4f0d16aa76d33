import { expect, test, vi } from 'vitest';
import { aStage, type Stage } from './stage.ts';

test('a cut connection is made anew by itself', async () => {
  const stage = await aStage();
  stage.workspace.socket.cut();
  await connectedTimes(stage, 2);
  expect(stage.states.map(({ kind }) => kind)).toEqual(['connected', 'cut', 'connected']);
  await worksAgain(stage);
});

test('when Slack asks it to reconnect, it does', async () => {
  const stage = await aStage();
  stage.workspace.socket.disconnect('refresh_requested');
  await connectedTimes(stage, 2);
  await worksAgain(stage);
});

test('a connection over which nothing comes any more is noticed and left', async () => {
  const stage = await aStage();
  stage.workspace.socket.freeze(true);
  await vi.waitFor(() => expect(stage.states.some(({ kind }) => kind === 'cut')).toBe(true), { timeout: 12_000 });
  stage.workspace.socket.freeze(false);
  await connectedTimes(stage, 2);
  await worksAgain(stage);
});

test('a Slack in trouble is tried again until it answers', async () => {
  const stage = await aStage();
  stage.workspace.faults.next('apps.connections.open', { kind: 'status', status: 500 }, 2);
  stage.workspace.socket.cut();
  await connectedTimes(stage, 2);
  await worksAgain(stage);
});

test('what could not be posted before stands after a reconnect', async () => {
  const stage = await aStage();
  await stage.workspace.as('U1').command('C2', '/apidown', 'investigate prod');
  await stage.workspace.waitFor(() => stage.workspace.ephemerals('U1', 'C2').length === 1);
  stage.workspace.invite('C2');
  stage.workspace.socket.cut();
  await stage.card('C2');
});

test('a token revoked while reconnecting is a state that is told, and ends nothing', async () => {
  const stage = await aStage();
  stage.workspace.revoke('app');
  stage.workspace.socket.cut();
  await vi.waitFor(() => expect(stage.slack().state().kind).toBe('unauthorized'), { timeout: 12_000 });
  const said = stage.states.find(({ kind }) => kind === 'unauthorized');
  expect(JSON.stringify(said)).toContain('invalid_auth');
  expect(stage.slack().state().kind).toBe('unauthorized');
  // Cards are still kept up to date: the bot token is good.
  await stage.service.open({
    cluster: 'prod',
    by: { kind: 'itself' },
    room: { channel: 'C1', thread: null },
    endpoint: null,
  });
  await stage.card();
});

test('a bot token that was never good is told by start, which resolves all the same', async () => {
  const stage = await aStage({ slack: { tokens: { bot: 'xoxb-wrong', app: 'xapp-wrong' } } });
  expect(stage.slack().state()).toMatchObject({ kind: 'unauthorized' });
});

function connectedTimes(stage: Stage, times: number): Promise<void> {
  const connected = () => stage.states.filter(({ kind }) => kind === 'connected');
  return vi.waitFor(() => expect(connected()).toHaveLength(times), { timeout: 12_000 });
}

async function worksAgain(stage: Stage): Promise<void> {
  const delivery = await stage.workspace.as('U1').command('C1', '/apidown', 'help');
  expect(delivery.kind).toBe('acked');
  expect(stage.workspace.violations).toEqual([]);
}
