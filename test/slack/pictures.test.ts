import { afterEach, expect, test } from 'vitest';
import { startWorkspace, type Workspace } from '../../dev/workspace/workspace.ts';
import type { Investigation } from '../../src/investigation/state.ts';
import { createLog } from '../../src/ops/log.ts';
import { pngOf } from '../../src/ops/png.ts';
import { createPictures } from '../../src/slack/pictures.ts';
import { sdkLogger } from '../../src/slack/sdk-log.ts';
import { createWebCall } from '../../src/slack/web-call.ts';
import { openStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { onsetAt, withChanges } from '../briefing/picture/states.ts';
import { manifest } from './stage.ts';

const channel = 'C0INC';
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0).reverse()) await clean();
});

async function setUp() {
  const workspace = await startWorkspace({
    manifest,
    users: [{ id: 'U0ANA', name: 'ana', tz: 'Europe/Berlin' }],
    channels: [{ id: channel, name: 'inc' }],
  });
  cleanups.push(() => workspace.close());
  const opened = await openStore({ kind: 'sqlite', file: ':memory:' });
  if (opened.kind !== 'open') throw new Error(opened.message);
  const { store } = opened;
  cleanups.push(() => store.close());
  const log = createLog({ name: 'test', level: 'silent' });
  const call = createWebCall({ token: workspace.botToken, logger: sdkLogger(log), apiUrl: workspace.apiUrl });
  const posted = await call('chat.postMessage', { channel, text: 'the card' });
  if (posted.kind !== 'ok') throw new Error('no card');
  const ts = String(posted.data.ts);
  await store.messages.claim('inv-a/card', { channel, thread: null, at: 1 });
  await store.messages.sent('inv-a/card', ts, 'x');
  const pictures = () => picturesOf(store, call, log);
  return { workspace, pictures, ts };
}

function picturesOf(store: Store, call: ReturnType<typeof createWebCall>, log: ReturnType<typeof createLog>) {
  const clock = { now: () => onsetAt };
  return createPictures({ call, records: store.messages, zoneOf: async () => 'Europe/Berlin', png: pngOf, clock, log });
}

const state: Investigation = { ...withChanges(1), room: { channel, thread: null } };

function filesIn(workspace: Workspace, ts: string) {
  return workspace
    .channel(channel)
    .thread(ts)
    .flatMap(({ files }) => files);
}

test('the first diagnosis puts a picture into the thread, with its words for those who can not see it', async () => {
  const { workspace, pictures, ts } = await setUp();
  await pictures().publish(state);
  expect(filesIn(workspace, ts)).toHaveLength(1);
  const [file] = workspace.files();
  expect(file).toMatchObject({
    name: 'inv-a-timeline-1.png',
    title: 'Timeline at the first diagnosis',
    isShared: true,
  });
  expect(file?.altText).toMatch(/^Timeline of prod/);
  expect(file?.content?.subarray(1, 4).toString()).toBe('PNG');
  expect(workspace.violations).toEqual([]);
});

test('each picture stands once, whatever is published again, at once or after a restart', async () => {
  const { workspace, pictures, ts } = await setUp();
  const first = pictures();
  await Promise.all([first.publish(state), first.publish(state)]);
  await pictures().publish(state);
  expect(filesIn(workspace, ts)).toHaveLength(1);
  const asked = [...state.pictures, { number: 2, at: onsetAt, why: 'asked' as const, by: { kind: 'itself' as const } }];
  await pictures().publish({ ...state, pictures: asked });
  expect(filesIn(workspace, ts)).toHaveLength(2);
});

test('one that Slack refused is tried again', async () => {
  const { workspace, pictures, ts } = await setUp();
  workspace.faults.next('files.completeUploadExternal', { kind: 'error', error: 'internal_error' });
  const mine = pictures();
  await mine.publish(state);
  expect(filesIn(workspace, ts)).toHaveLength(1);
});
