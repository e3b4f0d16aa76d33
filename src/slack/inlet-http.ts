import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { HTTPReceiver } from '@slack/bolt';
import type { Log } from '../ops/log.ts';
import { EVENTS_PATH, type Inlet } from './inlet.ts';
import { sdkLogger } from './sdk-log.ts';
import { type WebCall, whyFailed } from './web-call.ts';

/** Whether the bot listens, for what stands in front of it. */
const HEALTH_PATH = '/slack/health';

/** Far above what Slack sends: a submitted modal is at most some 250 kB. */
const mostBytes = 1_000_000;

/** A request that is longer under way is cut off; Slack itself gives up after 3 s. */
const requestMs = 10_000;

/** Far more than Slack opens at once; the rest is turned away. */
const mostConnections = 256;

/** An acknowledgement takes a few ms. */
const drainMs = 500;

interface HttpInletOptions {
  readonly signingSecret: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly call: WebCall;
  readonly log: Log;
  /** How often Slack is asked whether it still takes the bot token: no connection would tell (default a minute). */
  readonly askEveryMs?: number;
}

/**
 * An address that Slack calls: HTTP on loopback, behind something that ends TLS. Bolt checks each signature before
 * it reads anything else, and refuses with 401 what is unsigned, forged or older than five minutes.
 * Source: https://docs.slack.dev/authentication/verifying-requests-from-slack
 */
export function httpInlet({ signingSecret, listen, call, log, askEveryMs = 60_000 }: HttpInletOptions): Inlet {
  const receiver = new HTTPReceiver({
    signingSecret,
    logger: sdkLogger(log, withoutContent),
    endpoints: [EVENTS_PATH],
    bodyLimit: mostBytes,
  });
  const closed: (() => void)[] = [];
  let server: Server | null = null;
  let asking: NodeJS.Timeout | undefined;

  async function start(): Promise<void> {
    const started = createServer({ requestTimeout: requestMs, headersTimeout: requestMs }, (request, response) =>
      answer(request, response, receiver),
    );
    started.maxConnections = mostConnections;
    started.listen(listen.port, listen.host);
    await once(started, 'listening');
    server = started;
    asking = setInterval(() => void ask(), askEveryMs).unref();
  }

  /** A token that was revoked is a connection that is cut: starting anew tells why. */
  async function ask(): Promise<void> {
    const result = await call('auth.test', {});
    if (result.kind !== 'refused' || server === null) return;
    log.warn({ why: whyFailed(result) }, 'Slack does not take the bot token any more');
    await close();
    for (const tell of closed) tell();
  }

  async function close(): Promise<void> {
    clearInterval(asking);
    const open = server;
    server = null;
    if (open === null) return;
    // What is being answered is answered still.
    open.close();
    open.closeIdleConnections();
    const patience = setTimeout(() => open.closeAllConnections(), drainMs);
    await once(open, 'close');
    clearTimeout(patience);
  }

  return {
    receiver,
    start,
    disconnect: close,
    onClosed: (listener) => void closed.push(listener),
    port() {
      const address = server?.address();
      return typeof address === 'object' && address !== null ? address.port : null;
    },
  };
}

function answer(request: IncomingMessage, response: ServerResponse, receiver: HTTPReceiver): void {
  const path = request.url?.split('?')[0];
  if (path === EVENTS_PATH && request.method === 'POST') {
    receiver.requestListener(request, response);
    return;
  }
  const isHealth = path === HEALTH_PATH && request.method === 'GET';
  response.writeHead(isHealth ? 200 : 404, { 'content-type': 'text/plain' }).end(isHealth ? 'listening\n' : '');
}

/** A parser's complaint quotes what it could not parse: that is left out, as all of a request's content is. */
function withoutContent(said: string): string {
  return said.replace(/^(Malformed request body:).*/s, '$1 no form and no JSON');
}
