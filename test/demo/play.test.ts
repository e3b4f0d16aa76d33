import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, type TestContext, test } from 'vitest';

const main = join(import.meta.dirname, '../../dev/demo/main.ts');
/** A play takes the better part of a minute; machines are busy. */
const patience = { timeout: 240_000 };

interface Showing {
  readonly child: ChildProcess;
  /** Everything printed so far. */
  printed(): string;
  /** Resolves when it printed this; rejects when it ended before. */
  until(words: string): Promise<void>;
  ended(): Promise<number | null>;
  /** What it left behind: files, and processes that were started with a file of its folder. */
  leftovers(): Promise<string[]>;
}

async function show({ onTestFinished }: TestContext, ...args: string[]): Promise<Showing> {
  const folder = await mkdtemp(join(tmpdir(), 'demo-test-'));
  const child = spawn(process.execPath, [main, ...args], {
    env: { TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks: string[] = [];
  const heard = new EventTarget();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      chunks.push(chunk);
      heard.dispatchEvent(new Event('data'));
    });
  }
  const closed = once(child, 'close');
  const printed = () => chunks.join('');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await closed;
    await rm(folder, { recursive: true, force: true });
  });
  return {
    child,
    printed,
    async until(words) {
      while (!printed().includes(words)) {
        const next = once(heard, 'data').then(() => true);
        if (!(await Promise.race([next, closed.then(() => false)]))) throw new Error(`It ended before:\n${printed()}`);
      }
    },
    async ended() {
      await closed;
      return child.exitCode;
    },
    leftovers: async () => [...(await readdir(folder)), ...(await processesOf(folder))],
  };
}

/** Linux shows to a process' owner what it was started with. Other systems are not asked. */
async function processesOf(folder: string): Promise<string[]> {
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name));
  const started = await Promise.all(
    pids.map(async (pid) => {
      const [line, environment] = await Promise.all(
        ['cmdline', 'environ'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
      );
      return `${line} ${environment}`.includes(folder) ? [`${pid}: ${line?.replaceAll('\0', ' ')}`] : [];
    }),
  );
  return started.flat();
}

/** Lines as they were before they were wrapped. */
function unwrapped(text: string): string {
  return text.replaceAll(/\n +/g, ' ');
}

describe.concurrent('the demo plays itself', () => {
  test('a firewall on the node: found, mended, seen to be mended, concluded', patience, async (context) => {
    const showing = await show(context, '--play');
    const code = await showing.ended();
    const text = unwrapped(showing.printed());
    expect(code, showing.printed()).toBe(0);
    expect(text).toMatch(
      /Not reachable from outside, while it is from inside the cluster\. Firewall: The firewall of cp-1 rejects connections from .{0,20}203\.0\.113\.0\/24/,
    );
    expect(text).toContain(
      '`ip saddr != { 10.244.0.0/16, 198.51.100.0/24 } tcp dport 6443 reject with tcp reset comment "lockdown"`',
    );
    expect(text).toMatch(/demo: 1 investigation stands by ❌ Failing since /);
    expect(text).toMatch(
      /🎯 Leading cause \(explains\): rule `ip saddr .{0,100}comment "lockdown"` added to inet filter input .{0,60} as the failures began/,
    );
    expect(text).toMatch(/Verdict and leading cause stood there \d\.\d s after the command/);
    expect(text).toMatch(
      /1\. 🎯 explains: rule .{0,120} added to inet filter input .{0,60} as the failures began \+ .{0,20} could connect to 198\.51\.100\.10 before it and is denied after it/,
    );
    expect(text).toMatch(/ConfigMap kube-system\/coredns changed: .{0,80} · ▫️ coincides: The API server answers/);
    expect(text).toContain('[Widen all windows]');
    expect(text).toMatch(/🆕 new .{0,40}, 2\d min before: NetworkPolicy shop\/default-deny was changed/);
    expect(text).toMatch(/a picture \(inv-\w+-timeline-1\.png, \d+ KB\);\sread\saloud\sit\ssays:\s+Timeline of demo/);
    expect(text).toMatch(/Failed from .{0,40} for [\d.]+ s, to within/);
    expect(text).toContain('✅ Step 3, Listening, run 2: ok, by hand');
    expect(text).toContain('✅ Step 4, Firewall, run 2: ok');
    expect(text).toContain('🏁 demo API server: concluded Reachable from outside and from inside.');
    expect(text).toMatch(/Played to its end in \d+ s\.\n$/);
    expect(showing.printed().split('\n').filter(isTooWide)).toEqual([]);
    expect(showing.printed()).not.toContain('\u001b');
    expect(await showing.leftovers()).toEqual([]);
  });

  test(
    'a flag that the API server does not know: exit code, last words and time of its end',
    patience,
    async (context) => {
      const showing = await show(context, '--play', '--story', 'crash-loop');
      const code = await showing.ended();
      const text = unwrapped(showing.printed());
      expect(code, showing.printed()).toBe(0);
      expect(text).toContain('Not reachable, neither from outside nor from inside the cluster. Control plane pods:');
      expect(text).toMatch(
        /kube-apiserver on cp-1 .{0,80}ended at \d\d:\d\d:\d\d UTC, .{0,10} ago, with exit code 1 \(Error\); its last line was "Error: unknown flag: --etcd-server"/,
      );
      expect(text).toMatch(
        /1\. 🎯 explains: manifest kube-apiserver\.yaml changed: --etcd-servers=https:\/\/127\.0\.0\.1:2379 removed .{0,80} as the failures began \+ The kubelet starts kube-apiserver anew/,
      );
      expect(text).toMatch(/kube-apiserver was restarted \(restart 1\) · 🔗 goes with another/);
      expect(text).toContain('❌ 3 Listening problem · Nothing on cp-1 listens on port 6443.');
      expect(text).toContain('✅ 4 Firewall ok');
      expect(text).toContain('✅ Step 2, From inside, run 2: ok');
      expect(text).toContain('🏁 demo API server: concluded Reachable from outside and from inside.');
      expect(await showing.leftovers()).toEqual([]);
    },
  );
});

describe('the demo', () => {
  test.for(['Starting', '/apidown investigate'])(
    'interrupted at "%s" it leaves nothing behind',
    patience,
    async (words, context) => {
      const showing = await show(context, '--play');
      await showing.until(words);
      expect((await showing.leftovers()).length).toBeGreaterThan(0);
      showing.child.kill('SIGINT');
      expect(await showing.ended()).toBe(130);
      expect(showing.printed()).toMatch(/Interrupted\.\n$/);
      expect(await showing.leftovers()).toEqual([]);
    },
  );

  test(
    'when one of its programs breaks, it says which, with the last lines of all, and fails',
    patience,
    async (context) => {
      const showing = await show(context, '--play');
      await showing.until('/apidown investigate');
      const [bot] = (await showing.leftovers()).filter((one) => one.includes('src/bin/bot.ts'));
      process.kill(Number.parseInt(bot ?? '', 10), 'SIGKILL');
      expect(await showing.ended()).toBe(1);
      expect(showing.printed()).toContain('✗ The demo stopped: bot has ended by itself (SIGKILL)');
      expect(showing.printed()).toMatch(/── node agent, its last lines\n.*"msg":/);
      expect(showing.printed()).not.toContain('PRIVATE KEY');
      expect(await showing.leftovers()).toEqual([]);
    },
  );

  test('killed in the middle, its programs end by themselves', patience, async (context) => {
    const showing = await show(context, '--play');
    await showing.until('/apidown investigate');
    showing.child.kill('SIGKILL');
    await showing.ended();
    await expect
      .poll(async () => (await showing.leftovers()).filter((one) => /^\d+: /.test(one)), patience)
      .toEqual([]);
  });

  test('a story that there is not: which ones there are', async (context) => {
    const showing = await show(context, '--play', '--story', 'flood');
    expect(await showing.ended()).toBe(2);
    expect(showing.printed()).toMatch(/usage: npm run demo .*\n.* --play .*(\n {2}[a-z-]+ +.*){8}\n$/);
  });
});

function isTooWide(line: string): boolean {
  return [...line].length > 100;
}
