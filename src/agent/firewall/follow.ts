import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { FirewallFrame } from './frames.ts';
import { followPath } from './reader.ts';

/** A reader beats every few seconds. */
const SILENT_MS = 30_000;
/** A little more than all readers may print together. */
const MOST_BYTES = 200 * 1024 * 1024;

/**
 * What the firewall reader beside this agent tells, until it ends or the signal aborts.
 * @throws when there is no reader, it fell silent, or it tells something else.
 */
export async function* followFirewall(socketPath: string, signal: AbortSignal): AsyncGenerator<FirewallFrame> {
  const asked = request({ socketPath, path: followPath, method: 'GET', signal });
  asked.setTimeout(SILENT_MS, () => asked.destroy(new Error(`the firewall reader at ${socketPath} fell silent`)));
  asked.end();
  try {
    const response = await answerTo(asked);
    if (response.statusCode !== 200) {
      response.resume();
      throw new Error(`the firewall reader at ${socketPath} can't be followed (${response.statusCode})`);
    }
    for await (const line of linesOf(response)) yield FirewallFrame.parse(JSON.parse(line));
  } finally {
    asked.destroy();
  }
}

async function answerTo(asked: ClientRequest): Promise<IncomingMessage> {
  const [response] = await once(asked, 'response');
  return response;
}

async function* linesOf(response: IncomingMessage): AsyncGenerator<string> {
  let chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of response) {
    let rest: Buffer = chunk;
    for (let end = rest.indexOf(10); end !== -1; end = rest.indexOf(10)) {
      yield Buffer.concat([...chunks, rest.subarray(0, end)]).toString('utf8');
      chunks = [];
      size = 0;
      rest = rest.subarray(end + 1);
    }
    chunks.push(rest);
    size += rest.length;
    if (size > MOST_BYTES) throw new Error('the rules are larger than this agent takes');
  }
}
