import { once } from 'node:events';
import { createServer } from 'node:net';

/** A port that was free a moment ago: for servers that must keep theirs over a restart. */
export async function freePort(host: string): Promise<number> {
  const server = createServer().listen(0, host);
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new TypeError('no TCP port');
  return address.port;
}
