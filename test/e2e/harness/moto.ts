import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort } from './ports.ts';
import { until } from './until.ts';

/** moto: AWS' state on loopback. It records no CloudTrail events. Source: https://docs.getmoto.org */
export interface Moto {
  readonly url: string;
  /** Forgets everything. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

const VERSION = '5.2.5';
const HOST = '127.0.0.1';
const run = promisify(execFile);

/** Where it is kept between runs. */
const venv = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'apidown', `moto-${VERSION}`);
const program = join(venv, 'bin', 'moto_server');

/** Into a virtual environment of its own, once. */
export async function installMoto(): Promise<void> {
  const isThere = await access(join(venv, 'installed')).then(
    () => true,
    () => false,
  );
  if (isThere) return;
  await mkdir(venv, { recursive: true });
  await run('python3', ['-m', 'venv', venv]);
  await run(join(venv, 'bin', 'pip'), ['install', '--quiet', `moto[server]==${VERSION}`], { timeout: 600_000 });
  // Last, so that an installation that was cut off is begun anew.
  await run('touch', [join(venv, 'installed')]);
}

export async function startMoto(): Promise<Moto> {
  const port = await freePort(HOST);
  const url = `http://${HOST}:${port}`;
  const server = spawn(program, ['-H', HOST, '-p', String(port)], { stdio: 'ignore' });
  const close = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
  };
  try {
    await until(60_000, async () => {
      if (server.exitCode !== null) return `moto ended with ${server.exitCode}`;
      const answer = await fetch(`${url}/moto-api/data.json`).catch(() => null);
      return answer?.ok === true ? null : 'moto does not answer yet';
    });
  } catch (error) {
    await close();
    throw error;
  }
  return {
    url,
    async reset() {
      await fetch(`${url}/moto-api/reset`, { method: 'POST' });
    },
    close,
  };
}
