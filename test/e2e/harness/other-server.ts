import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeAuthority } from '../../../dev/stand-in/certificates.ts';
import type { Undo } from './faults.ts';
import { testbed } from './testbed.ts';

/** A web server with a certificate of its own, on the API server's port of the node. */
export async function otherServer(): Promise<Undo> {
  const folder = await mkdtemp(join(tmpdir(), 'apidown-other-'));
  const leaf = await (await makeAuthority('impostor CA')).issue({
    commonName: 'impostor',
    names: ['impostor.example'],
    addresses: [testbed.nodeAddress],
  });
  const [certificate, key] = [join(folder, 'crt'), join(folder, 'key')];
  await writeFile(certificate, leaf.certPem);
  await writeFile(key, leaf.keyPem);
  const args = ['s_server', '-accept', '6443', '-cert', certificate, '-key', key, '-www', '-quiet'];
  const server = spawn('nsenter', ['--net=/var/run/netns/tb-cp1', '--', 'openssl', ...args], { stdio: 'ignore' });
  return async () => {
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
    await rm(folder, { recursive: true });
  };
}
