import { request } from 'node:http';
import { FirewallDump, type FirewallPort } from '../../checks/host-firewall/port.ts';
import { firewallPath } from './reader.ts';

/**
 * Asks the firewall reader beside this agent.
 * @param socketPath null: no reader was set up for this agent.
 */
export function socketFirewall(socketPath: string | null, timeoutMs = 25_000): FirewallPort {
  return {
    async read(signal) {
      if (socketPath === null)
        return { kind: 'noReader', why: `no firewall reader is set up for this node agent; ${enable}` };
      const answer = await get(socketPath, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
      if (answer.kind === 'failed') return { kind: 'noReader', why: whyNot(socketPath, answer) };
      const dump = FirewallDump.safeParse(parsed(answer.text));
      return dump.success
        ? dump.data
        : {
            kind: 'noReader',
            why: `what answers at ${socketPath} is no firewall reader of this version; deploy both containers from one image`,
          };
    },
  };
}

const enable =
  'deploy the agents with the opt-in component `firewall` of the manifests (a container of its own with NET_ADMIN)';

/** A little more than all readers may print together. */
const mostBytes = 200 * 1024 * 1024;

type Got =
  | { readonly kind: 'got'; readonly text: string }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

function get(socketPath: string, signal: AbortSignal): Promise<Got> {
  return new Promise((resolve) => {
    const fail = (error: Error & { code?: string }): void =>
      resolve({ kind: 'failed', code: error.code ?? error.name, message: error.message });
    const asked = request({ socketPath, path: firewallPath, method: 'GET', signal }, (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > mostBytes) asked.destroy(new Error('the rules are larger than this agent takes'));
        chunks.push(chunk);
      });
      response.once('error', fail);
      response.once('end', () => {
        const text = Buffer.concat(chunks).toString('utf8');
        resolve(
          response.statusCode === 200
            ? { kind: 'got', text }
            : { kind: 'failed', code: String(response.statusCode), message: text.trim().slice(0, 200) },
        );
      });
    });
    asked.once('error', fail);
    asked.end();
  });
}

function whyNot(socketPath: string, { code, message }: Extract<Got, { kind: 'failed' }>): string {
  switch (code) {
    case 'ENOENT':
      return `there is no firewall reader at ${socketPath}; ${enable}`;
    case 'ECONNREFUSED':
      return `the firewall reader at ${socketPath} has gone; look at its container's log`;
    case 'EACCES':
      return `this agent may not use the socket ${socketPath}; mount it from a volume that only the two containers share`;
    case 'TimeoutError':
    case 'AbortError':
    case 'ABORT_ERR':
      return `the firewall reader at ${socketPath} did not answer in time`;
    default:
      return `the firewall reader at ${socketPath} failed: ${message}`;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
