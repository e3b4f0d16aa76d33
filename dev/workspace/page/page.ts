import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Workspace } from '../workspace.ts';
import { bundleClient } from './bundle.ts';
import { Deed, perform } from './deed.ts';
import { protectiveHeaders, whyRefused } from './guard.ts';
import { screenOf } from './screen.ts';
import type { Stage } from './stage.ts';

export interface Page {
  /** `http://127.0.0.1:43210/` */
  readonly url: string;
  close(): Promise<void>;
}

export interface PageOptions {
  readonly workspace: Workspace;
  /** What can be broken in the world behind it; null when nothing can. */
  readonly stage: Stage | null;
  /** 0 for one that is free. */
  readonly port: number;
}

const StageDeed = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('start'), story: z.string().min(1).max(100) }),
  z.strictObject({ kind: z.literal('mend') }),
]);

const bodyLimit = 1_000_000;
/** Many changes that come together make one picture. */
const gatherMs = 30;

/** Serves the workspace's page on loopback: what stands there as it changes, and what people do. */
export async function startPage({ workspace, stage, port }: PageOptions): Promise<Page> {
  const { world } = workspace;
  const bundle = await bundleClient();
  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      if (!response.headersSent)
        answer(response, 500, { error: error instanceof Error ? error.message : String(error) });
      else response.destroy();
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The page listens on no port');
  const ownPort = address.port;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? '';
    const { pathname: path, searchParams } = new URL(request.url ?? '/', 'http://page');
    const why = whyRefused({ method, path, headers: request.headers }, ownPort);
    if (why !== null) return answer(response, 403, { error: why });
    const userId = searchParams.get('as') ?? firstPerson(workspace);
    if (method === 'POST') return act(path, userId, await readJson(request), response);
    if (path === '/' || path === '/client.js' || path === '/style.css' || path === '/icon.svg') {
      const { type, body } = bundle[path];
      response.writeHead(200, { ...protectiveHeaders, 'content-type': type }).end(body);
      return;
    }
    const person = world.people.find(userId);
    if (!person || person.isBot) return answer(response, 404, { error: `There is no person ${userId}.` });
    if (path === '/live') return keepTelling(userId, response);
    if (path.startsWith('/files/')) return giveFile(path.slice('/files/'.length), userId, response);
    answer(response, 404, { error: 'There is nothing here.' });
  }

  async function act(path: string, userId: string, body: unknown, response: ServerResponse): Promise<void> {
    if (path === '/do') {
      const deed = Deed.safeParse(body);
      if (!deed.success) return answer(response, 400, { error: z.prettifyError(deed.error) });
      return answer(response, 200, await perform(deed.data, userId, workspace));
    }
    if (path !== '/stage' || stage === null) return answer(response, 404, { error: 'There is nothing here.' });
    const deed = StageDeed.safeParse(body);
    if (!deed.success) return answer(response, 400, { error: z.prettifyError(deed.error) });
    if (deed.data.kind === 'mend') {
      await stage.mend();
      return answer(response, 200, { kind: 'done' });
    }
    const started = await stage.start(deed.data.story);
    const outcome = started.kind === 'started' ? { kind: 'done' } : { kind: 'refused', words: started.why, fields: {} };
    answer(response, 200, outcome);
  }

  /** Server-sent events: the whole picture, whenever it is another one. */
  function keepTelling(userId: string, response: ServerResponse): void {
    response.writeHead(200, { ...protectiveHeaders, 'content-type': 'text/event-stream' });
    let told = '';
    let timer: NodeJS.Timeout | null = null;
    const tell = () => {
      timer = null;
      const screen = JSON.stringify(screenOf(userId, world, stage, workspace.socket.connections > 0));
      if (screen === told) return;
      told = screen;
      const isTaken = response.write(`data: ${screen}\n\n`);
      if (!isTaken) response.once('drain', changed);
    };
    const changed = () => {
      if (timer !== null || response.writableNeedDrain) return;
      timer = setTimeout(tell, gatherMs);
    };
    const ends = [world.changes.onChange(changed), stage?.onChange(changed)];
    response.on('close', () => {
      if (timer !== null) clearTimeout(timer);
      for (const end of ends) end?.();
    });
    tell();
  }

  function giveFile(id: string, userId: string, response: ServerResponse): void {
    const shown = screenOf(userId, world, stage, true).files[id];
    const content = world.files.find(id)?.content;
    if (!shown || !content) {
      answer(response, 404, { error: 'There is no such file for this person.' });
      return;
    }
    const type = shown.kind === 'picture' ? pictureType(shown.name) : 'text/plain; charset=utf-8';
    // Whatever an app uploads is shown as a picture or as text, and runs nowhere.
    const disposition = shown.kind === 'other' ? 'attachment' : 'inline';
    const name = encodeURIComponent(shown.name);
    response
      .writeHead(200, {
        ...protectiveHeaders,
        'content-type': shown.kind === 'other' ? 'application/octet-stream' : type,
        'content-disposition': `${disposition}; filename*=UTF-8''${name}`,
      })
      .end(content);
  }

  return {
    url: `http://127.0.0.1:${ownPort}/`,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { ...protectiveHeaders, 'content-type': 'application/json' }).end(JSON.stringify(body));
}

function firstPerson({ world }: Workspace): string {
  return world.people.all().find(({ isBot }) => !isBot)?.id ?? '';
}

function pictureType(name: string): string {
  const [, ending = 'png'] = /\.(\w+)$/.exec(name.toLowerCase()) ?? [];
  return `image/${ending === 'jpg' ? 'jpeg' : ending}`;
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    if (size > bodyLimit) throw new Error(`More than ${bodyLimit} bytes came`);
    chunks.push(bytes);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString());
  } catch {
    return undefined;
  }
}
