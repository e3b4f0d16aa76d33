import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { atRest, type Resident } from './resident.ts';

/** The program that runs this one, with nothing to do. */
export async function bareNode(): Promise<Resident> {
  const node = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e9)'], { stdio: 'ignore' });
  try {
    await once(node, 'spawn');
    if (node.pid === undefined) throw new Error('Node did not start');
    return await atRest(node.pid);
  } finally {
    const ended = once(node, 'exit');
    node.kill();
    await ended;
  }
}
