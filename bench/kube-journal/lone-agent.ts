import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { enrolmentFile } from '../../src/link/enrolment.ts';
import { makeKeyPair } from '../../src/link/keys.ts';

const program = join(import.meta.dirname, '../../src/bin/agent.ts');
const listed = /"tookMs":(\d+),"msg":"every kind was listed for the first time"/;

const syncWithinMs = 300_000;

/** A real cluster agent that no bot answers: it keeps what it has to tell. */
export interface LoneAgent {
  readonly pid: number;
  /** From its beginning to watch until it had listed everything. */
  readonly syncMs: number;
  /** The most memory that it ever took, in bytes. */
  peak(): Promise<number>;
  stop(): Promise<void>;
}

export async function startLoneAgent(kubeconfig: string): Promise<LoneAgent> {
  const folder = await mkdtemp(join(tmpdir(), 'apidown-bench-agent-'));
  const enrolment = join(folder, 'enrolment.yaml');
  const { privateKeyPem } = makeKeyPair();
  const cluster = 'bench';
  await writeFile(enrolment, enrolmentFile({ cluster, role: 'cluster', privateKeyPem }), {
    mode: 0o600,
  });
  const child = spawn(process.execPath, [program, '--role', 'cluster'], {
    env: {
      PATH: process.env.PATH,
      APIDOWN_CLUSTER: cluster,
      APIDOWN_INSTANCE: 'bench',
      // Nobody listens there.
      APIDOWN_BOT_URL: 'https://127.0.0.1:9',
      APIDOWN_KEY_FILE: enrolment,
      APIDOWN_STATE_DIR: join(folder, 'state'),
      APIDOWN_KUBECONFIG: kubeconfig,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const exited = once(child, 'exit');
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await exited;
    await rm(folder, { recursive: true, force: true });
  };
  const { pid } = child;
  if (pid === undefined) throw new Error('the agent could not be started');
  let logged = '';
  const syncMs = await new Promise<number>((resolve, reject) => {
    child.stdout.on('data', (text) => {
      logged += text;
      const found = listed.exec(logged)?.[1];
      if (found !== undefined) resolve(Number(found));
    });
    const gaveUp = (what: string) => reject(new Error(`the agent ${what}:\n${logged.slice(-2_000)}`));
    void exited.then(([code]) => gaveUp(`ended with ${code}`));
    setTimeout(() => gaveUp(`had not listed everything after ${syncWithinMs / 1000} s`), syncWithinMs).unref();
  }).catch(async (cause: unknown) => {
    await stop();
    throw cause;
  });
  return {
    pid,
    syncMs,
    async peak() {
      const status = await readFile(`/proc/${pid}/status`, 'utf8');
      return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
    },
    stop,
  };
}
