import { request } from 'node:http';
import { afterEach, describe, expect, test } from 'vitest';
import { type Page, startPage } from '../../../dev/workspace/page/page.ts';
import type { Screen } from '../../../dev/workspace/page/screen.ts';
import type { Stage, StageState } from '../../../dev/workspace/page/stage.ts';
import type { Workspace } from '../../../dev/workspace/workspace.ts';
import { aClient, aWorkspace } from '../start.ts';

const pages: Page[] = [];

afterEach(async () => {
  await Promise.all(pages.splice(0).map((page) => page.close()));
});

async function aPage(stage: Stage | null = null): Promise<{ page: Page; workspace: Workspace }> {
  const workspace = await aWorkspace();
  const page = await startPage({ workspace, stage, port: 0 });
  pages.push(page);
  return { page, workspace };
}

interface Asked {
  readonly path: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** As any program, or a web page from elsewhere, could ask; `fetch` lets nobody choose a Host. */
function ask({ url }: Page, { path, method = 'GET', headers = {}, body }: Asked) {
  return new Promise<{ status: number; headers: Readonly<Record<string, unknown>>; body: string }>(
    (resolve, reject) => {
      const asking = request(new URL(path, url), { method, headers, timeout: 10_000 }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        );
      });
      asking.on('error', reject);
      asking.end(body);
    },
  );
}

async function act(
  { url }: Page,
  deed: unknown,
  as = 'U1',
  path = '/do',
): Promise<{ status: number; answer: unknown }> {
  const response = await fetch(new URL(`${path}?as=${as}`, url), {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: new URL(url).origin },
    body: JSON.stringify(deed),
  });
  return { status: response.status, answer: await response.json() };
}

/** What one person is told, as it comes. */
async function listen({ url }: Page, as: string) {
  const stopped = new AbortController();
  const response = await fetch(new URL(`/live?as=${as}`, url), { signal: stopped.signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let kept = '';
  return {
    stop: () => stopped.abort(),
    async until(predicate: (screen: Screen) => boolean): Promise<Screen> {
      for (;;) {
        const end = kept.indexOf('\n\n');
        if (end === -1) {
          const { value, done } = (await reader?.read()) ?? { value: undefined, done: true };
          if (done || value === undefined) throw new Error('It was told no more');
          kept += value;
          continue;
        }
        const screen: Screen = JSON.parse(kept.slice('data: '.length, end));
        kept = kept.slice(end + 2);
        if (predicate(screen)) return screen;
      }
    },
  };
}

describe('foreign web pages are kept out', () => {
  test('it listens on loopback alone', async () => {
    const { page } = await aPage();
    expect(new URL(page.url).hostname).toBe('127.0.0.1');
  });

  test('an address of theirs that leads here is answered nothing', async () => {
    const { page } = await aPage();
    const { port } = new URL(page.url);
    for (const host of ['evil.example', `evil.example:${port}`, '127.0.0.1', `127.0.0.1.evil.example:${port}`]) {
      expect((await ask(page, { path: '/', headers: { host } })).status, host).toBe(403);
    }
    expect((await ask(page, { path: '/', headers: { host: `localhost:${port}` } })).status).toBe(200);
  });

  test('what they post is not done', async () => {
    const { page, workspace } = await aPage();
    const body = JSON.stringify({ kind: 'write', channel: 'C1', text: 'from elsewhere', thread: null });
    const own = new URL(page.url).origin;
    const json = { 'content-type': 'application/json' };
    const tries = [
      { headers: json },
      { headers: { ...json, origin: 'https://evil.example' } },
      { headers: { ...json, origin: 'null' } },
      { headers: { ...json, origin: own, 'sec-fetch-site': 'cross-site' } },
      { headers: { 'content-type': 'text/plain', origin: own } },
    ];
    for (const { headers } of tries) {
      const { status } = await ask(page, { path: '/do?as=U1', method: 'POST', headers, body });
      expect(status, JSON.stringify(headers)).toBe(403);
    }
    expect(workspace.channel('C1').messages()).toEqual([]);
    expect((await ask(page, { path: '/do', method: 'DELETE' })).status).toBe(403);
  });

  test('they may lead to the page, and read or embed nothing', async () => {
    const { page } = await aPage();
    const headers = { 'sec-fetch-site': 'cross-site' };
    const { status, headers: answered } = await ask(page, { path: '/', headers });
    expect(status).toBe(200);
    expect(answered['content-security-policy']).toContain("default-src 'none'");
    expect(answered['content-security-policy']).toContain("frame-ancestors 'none'");
    expect((await ask(page, { path: '/live?as=U1', headers })).status).toBe(403);
    expect((await ask(page, { path: '/client.js', headers })).status).toBe(403);
  });
});

test('the page, its script and its style are served from here, and name nothing elsewhere', async () => {
  const { page } = await aPage();
  const { body: html } = await ask(page, { path: '/' });
  expect(html).not.toMatch(/https?:/);
  const [script, style] = await Promise.all(['/client.js', '/style.css'].map((path) => ask(page, { path })));
  expect(script?.body.length).toBeGreaterThan(10_000);
  expect(style?.body).not.toMatch(/url\(|@import/);
});

describe('what a person is told', () => {
  test('their channels, what was said there, and every change as it comes', async () => {
    const { page, workspace } = await aPage();
    const ana = await listen(page, 'U1');
    const bo = await listen(page, 'U2');
    const first = await ana.until(() => true);
    expect(first.channels.map(({ name }) => name)).toEqual(['incidents', 'elsewhere', 'secret']);
    expect((await bo.until(() => true)).channels.map(({ name }) => name)).toEqual(['incidents', 'elsewhere']);
    expect(first.app.commands).toEqual([{ command: '/try', description: 'Tries something', usageHint: '[what]' }]);

    workspace.as('U2').say('C1', 'Is it down?');
    const told = await ana.until(({ channels }) => channels[0]?.messages.length === 1);
    expect(told.channels[0]?.messages[0]).toMatchObject({ userId: 'U2', text: 'Is it down?' });
    for (const one of [ana, bo]) one.stop();
  });

  test('what only somebody else may see is kept from them, a file too', async () => {
    const { page, workspace } = await aPage();
    const client = aClient(workspace);
    await client.chat.postEphemeral({ channel: 'C1', user: 'U1', text: 'for you alone' });
    await client.filesUploadV2({ channel_id: 'C1', filename: 'log.txt', content: '<b>all was well</b>' });
    const bo = await listen(page, 'U2');
    const screen = await bo.until(() => true);
    expect(JSON.stringify(screen)).not.toContain('for you alone');
    const [id = ''] = Object.keys(screen.files);
    const file = await ask(page, { path: `/files/${id}?as=U2` });
    expect(file).toMatchObject({ status: 200, body: '<b>all was well</b>' });
    expect(file.headers['content-type']).toBe('text/plain; charset=utf-8');
    expect((await ask(page, { path: '/files/F0NOBODY?as=U2' })).status).toBe(404);
    expect((await ask(page, { path: '/live?as=U9' })).status).toBe(404);
    bo.stop();
  });
});

describe('what a person does', () => {
  test('writing, with names as references', async () => {
    const { page, workspace } = await aPage();
    const written = await act(page, {
      kind: 'write',
      channel: 'C1',
      text: 'Look, @bo: a < b, #elsewhere',
      thread: null,
    });
    expect(written.answer).toEqual({ kind: 'done' });
    expect(workspace.channel('C1').messages()[0]?.text).toBe('Look, <@U2>: a &lt; b, <#C2>');
  });

  test('what Slack does not let them do is refused in words', async () => {
    const { page, workspace } = await aPage();
    const write = (text: string, thread: string | null = null) =>
      act(page, { kind: 'write', channel: 'C1', text, thread }).then(({ answer }) => answer);
    expect(await write('/nope')).toMatchObject({
      kind: 'noted',
      words: expect.stringContaining('not a valid command'),
    });
    const { ts } = workspace.as('U2').say('C1', 'a thread');
    expect(await write('/try', ts)).toEqual({ kind: 'noted', words: '/try is not supported in threads. Sorry!' });
    const elsewhere = await act(page, { kind: 'write', channel: 'C3', text: 'hello', thread: null }, 'U2');
    expect(elsewhere.answer).toMatchObject({ kind: 'refused', words: 'bo is in no channel C3' });
    expect(workspace.socket.sent()).toEqual([]);
  });

  test('a command to an app that is away, as Slack says it', async () => {
    const { page } = await aPage();
    const { answer } = await act(page, { kind: 'write', channel: 'C1', text: '/try this', thread: null });
    expect(answer).toEqual({ kind: 'failed', words: '/try failed with the error "dispatch_failed".' });
  });

  test('a mention where the app is not, and an invitation', async () => {
    const { page, workspace } = await aPage();
    const write = (text: string) => act(page, { kind: 'write', channel: 'C2', text, thread: null });
    expect((await write('@tester hello')).answer).toMatchObject({ words: expect.stringContaining('/invite @tester') });
    await write('/invite @tester');
    expect(workspace.channel('C2').info.members.has(workspace.botUserId)).toBe(true);
  });

  test('what is no deed is told as such', async () => {
    const { page } = await aPage();
    expect((await act(page, { kind: 'fly' })).status).toBe(400);
    expect((await act(page, undefined)).status).toBe(400);
    expect((await act(page, { kind: 'mend' }, 'U1', '/stage')).status).toBe(404);
  });
});

test('the stage: what breaks, why not, and its end', async () => {
  let state: StageState = { kind: 'healthy', story: null, said: [] };
  const listeners = new Set<() => void>();
  const become = (next: StageState) => {
    state = next;
    for (const listener of listeners) listener();
  };
  const { page } = await aPage({
    stories: [{ id: 'dns', title: 'A name', about: 'A record is changed.' }],
    state: () => state,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async start(story) {
      if (state.kind !== 'healthy') return { kind: 'refused', why: 'Another story plays.' };
      become({ kind: 'broken', story, said: [] });
      return { kind: 'started' };
    },
    mend: async () => become({ kind: 'healthy', story: null, said: [] }),
  });
  const ana = await listen(page, 'U1');
  await ana.until(({ stage }) => stage?.state.kind === 'healthy');
  expect((await act(page, { kind: 'start', story: 'dns' }, 'U1', '/stage')).answer).toEqual({ kind: 'done' });
  await ana.until(({ stage }) => stage?.state.kind === 'broken' && stage.state.story === 'dns');
  expect((await act(page, { kind: 'start', story: 'dns' }, 'U1', '/stage')).answer).toMatchObject({
    kind: 'refused',
    words: 'Another story plays.',
  });
  await act(page, { kind: 'mend' }, 'U1', '/stage');
  await ana.until(({ stage }) => stage?.state.kind === 'healthy');
  ana.stop();
  await expect.poll(() => listeners.size).toBe(0);
});
