import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import type { FirewallDump, FirewallPort, RulesReading } from '../../checks/host-firewall/port.ts';

export interface LocalFirewallOptions {
  /** Epoch ms. */
  readonly clock: () => number;
  /** Where the programs are looked for. */
  readonly path?: string;
  /** For one program. */
  readonly timeoutMs?: number;
  /** Where the kernel lists the tables of legacy iptables. */
  readonly proc?: string;
}

/**
 * Reads the rules of the network namespace that this process is in. Runs a fixed list of programs with fixed
 * arguments, without a shell, bounded in time and size. Needs `NET_ADMIN` as uid 0.
 */
export function localFirewall(options: LocalFirewallOptions): FirewallPort {
  const { clock, path = '/usr/sbin:/sbin:/usr/bin:/bin', timeoutMs = 10_000, proc = '/proc/net' } = options;
  const run = (program: string, args: readonly string[], signal: AbortSignal): Promise<RulesReading> =>
    print(program, args, { path, timeoutMs, signal });

  return {
    async read(signal): Promise<FirewallDump> {
      const [nftables, iptables, ip6tables, iptablesLegacy, ip6tablesLegacy] = await Promise.all([
        run('nft', ['-j', 'list', 'ruleset'], signal),
        run('iptables-save', [], signal).then(nftShowsItToo),
        run('ip6tables-save', [], signal).then(nftShowsItToo),
        legacy('iptables-legacy-save', `${proc}/ip_tables_names`, (program) => run(program, [], signal)),
        legacy('ip6tables-legacy-save', `${proc}/ip6_tables_names`, (program) => run(program, [], signal)),
      ]);
      return {
        kind: 'dump',
        readings: { nftables, iptables, ip6tables, iptablesLegacy, ip6tablesLegacy },
        readAt: clock(),
      };
    },
  };
}

/** Rule sets of the largest clusters take some ten megabytes. */
const mostBytes = 64 * 1024 * 1024;

interface Bounds {
  readonly path: string;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

function print(program: string, args: readonly string[], { path, timeoutMs, signal }: Bounds): Promise<RulesReading> {
  const options = { env: { PATH: path, LC_ALL: 'C' }, timeout: timeoutMs, maxBuffer: mostBytes, signal };
  return new Promise((resolve) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      resolve(
        error === null
          ? { kind: 'read', text: stdout }
          : { kind: 'failed', why: `${program} ${reason(error, stderr, timeoutMs, signal)}` },
      );
    });
  });
}

function reason(
  error: Error & { code?: string | number | null; killed?: boolean },
  stderr: string,
  timeoutMs: number,
  signal: AbortSignal,
): string {
  if (error.code === 'ENOENT') return 'is not installed here';
  if (signal.aborted) return 'was stopped before it ended';
  if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return `printed more than ${mostBytes / 1024 / 1024} MB`;
  if (error.killed === true) return `did not end within ${timeoutMs} ms`;
  const said = stderr.trim().split('\n').at(-1)?.slice(0, 200) ?? '';
  const hint = /permitted|denied/i.test(said) ? '; it needs NET_ADMIN as uid 0' : '';
  return `failed: ${said === '' ? error.message : said}${hint}`;
}

/** Without iptables, nft alone shows what iptables keeps there, save for the arguments of extensions. */
function nftShowsItToo(reading: RulesReading): RulesReading {
  return reading.kind === 'failed' && reading.why.endsWith('is not installed here')
    ? { kind: 'notNeeded', why: `${reading.why}; nft shows its rules, without the arguments of extensions` }
    : reading;
}

/** The legacy programs are asked only where the kernel holds such tables, since asking would load modules. */
async function legacy(
  program: string,
  namesFile: string,
  run: (program: string) => Promise<RulesReading>,
): Promise<RulesReading> {
  const tables = await tableNames(namesFile);
  if (tables.kind === 'known' && tables.names.length === 0) {
    return { kind: 'notNeeded', why: 'the kernel holds no table of legacy iptables' };
  }
  const reading = await run(program);
  if (reading.kind !== 'failed' || tables.kind === 'known') {
    return reading.kind === 'failed' && tables.kind === 'known'
      ? { kind: 'failed', why: `the kernel holds legacy tables (${tables.names.join(', ')}), but ${reading.why}` }
      : reading;
  }
  return { kind: 'failed', why: `${reading.why}, and ${tables.why}` };
}

async function tableNames(
  file: string,
): Promise<{ kind: 'known'; names: string[] } | { kind: 'unknown'; why: string }> {
  try {
    const text = await readFile(file, 'utf8');
    return { kind: 'known', names: text.split('\n').filter((line) => line !== '') };
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : 'unknown error';
    // No such file: the kernel has no legacy iptables, or has not loaded it.
    return code === 'ENOENT'
      ? { kind: 'known', names: [] }
      : { kind: 'unknown', why: `${file} can't be read (${code})` };
  }
}
