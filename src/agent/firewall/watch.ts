import type { FirewallDump, FirewallPort } from '../../checks/host-firewall/port.ts';
import { pause } from '../pause.ts';
import { type FirewallFrame, NOTICE_MS, type Notice } from './frames.ts';
import type { RulesMonitor } from './monitor.ts';
import { hashOf, type Rules, withoutCounters } from './without-counters.ts';

/** How often is looked, and how long is waited. Milliseconds. */
export interface WatchPace {
  /** A burst of notices is over when none came for so long, or when it has lasted so long. */
  readonly settleMs: number;
  readonly longestBurstMs: number;
  /** Between two looks while changes are noticed; and while they are not, or legacy iptables has rules, which nobody announces. */
  readonly lookEveryMs: number;
  readonly pollEveryMs: number;
  /** How often is told that nothing changed. */
  readonly beatMs: number;
  /** For one reading. */
  readonly readMs: number;
}

export const PACE: WatchPace = {
  settleMs: 300,
  longestBurstMs: 2_000,
  lookEveryMs: 60_000,
  pollEveryMs: 5_000,
  beatMs: 5_000,
  readMs: 20_000,
};

/**
 * Looks at the rules when the kernel says that they changed, and now and then, and tells when they differ. What one look
 * costs is at most a tenth of the time, so that a large rule set that changes all the time takes no more than that; the
 * notices keep their own times meanwhile.
 *
 * @param tell resolves when the one who follows has taken it.
 */
export async function watchRules(options: {
  readonly firewall: FirewallPort;
  readonly monitor: RulesMonitor;
  /** Epoch ms. */
  readonly clock: () => number;
  readonly tell: (frame: FirewallFrame) => Promise<void>;
  readonly signal: AbortSignal;
  readonly pace?: WatchPace;
}): Promise<void> {
  const { firewall, monitor, clock, tell, signal, pace = PACE } = options;
  let pending: Notice[] = [];
  let live = false;
  let due = true;
  let wake = (): void => undefined;
  let known: { readonly hash: string; readonly legacy: boolean } | null = null;
  let lookedAt = clock();
  let lookTookMs = 0;

  const monitoring = monitor.run(
    {
      notice(notice) {
        pending = joined(pending, notice);
        wake();
      },
      live(now) {
        live = now;
        // What was changed while nobody listened shows at the next look.
        due = true;
        wake();
      },
    },
    signal,
  );
  try {
    while (!signal.aborted) {
      if (pending.length > 0) await settled();
      if (signal.aborted) break;
      if (pending.length > 0 || due || clock() - lookedAt >= everyMs()) await look();
      else if (live && known !== null) await tell({ kind: 'watched', untilAt: clock() - NOTICE_MS });
      await woken(Math.max(0, Math.min(pace.beatMs, lookedAt + everyMs() - clock())));
    }
  } finally {
    await monitoring;
  }

  function everyMs(): number {
    return Math.max(live && known?.legacy !== true ? pace.lookEveryMs : pace.pollEveryMs, 10 * lookTookMs);
  }

  /** Until nothing came for a while, or the burst has lasted long enough; and not before the last look is paid for. */
  async function settled(): Promise<void> {
    const deadlineAt = clock() + pace.longestBurstMs;
    const notBeforeAt = lookedAt + 10 * lookTookMs;
    while (!signal.aborted) {
      const lastAt = pending.at(-1)?.lastAt ?? 0;
      const quietAt = Math.max(Math.min(lastAt + pace.settleMs, deadlineAt), notBeforeAt);
      const leftMs = quietAt - clock();
      if (leftMs <= 0) return;
      await pause(leftMs, signal);
    }
  }

  async function look(): Promise<void> {
    due = false;
    let dump: FirewallDump;
    let fromAt: number;
    for (let tries = 0; ; tries += 1) {
      fromAt = clock();
      const firstAt = fromAt;
      dump = await firewall.read(AbortSignal.any([signal, AbortSignal.timeout(pace.readMs)]));
      lookedAt = clock();
      lookTookMs = lookedAt - fromAt;
      // The programs run one beside the other: while rules change, each may have seen another state.
      const torn = pending.some(({ lastAt }) => lastAt >= firstAt);
      if (!torn || tries >= MOST_TRIES || signal.aborted) break;
      await pause(pace.settleMs, signal);
    }
    if (signal.aborted) return;
    const notices = pending;
    pending = pending.filter(({ lastAt }) => lastAt >= fromAt);
    const rules = rulesOf(dump);
    if (typeof rules === 'string') {
      known = null;
      return tell({ kind: 'unread', why: rules });
    }
    const hash = hashOf(rules);
    const same = known?.hash === hash;
    known = { hash, legacy: hasLegacy(rules) };
    if (same) return tell({ kind: 'watched', untilAt: fromAt });
    await tell({ kind: 'rules', dump: rules, fromAt, readAt: lookedAt, notices });
  }

  async function woken(ms: number): Promise<void> {
    if (pending.length > 0 || due) return;
    const waiting = new AbortController();
    wake = () => waiting.abort();
    await pause(ms, AbortSignal.any([signal, waiting.signal]));
    wake = () => undefined;
  }
}

const MOST_TRIES = 4;
const MOST_NOTICES = 100;

/** Many in a row become one that lasted from the first to the last. */
function joined(notices: readonly Notice[], next: Notice): Notice[] {
  const last = notices.at(-1);
  if (notices.length < MOST_NOTICES || last === undefined) return [...notices, next];
  return [
    ...notices.slice(0, -1),
    {
      firstAt: last.firstAt,
      lastAt: next.lastAt,
      by: last.by === next.by ? last.by : null,
      // Not told of which table, it may be any.
      tables:
        last.tables.length === 0 || next.tables.length === 0 ? [] : [...new Set([...last.tables, ...next.tables])],
    },
  ];
}

function rulesOf(dump: FirewallDump): Rules | string {
  if (dump.kind === 'noReader') return dump.why;
  const readings = Object.values(dump.readings);
  if (readings.some(({ kind }) => kind === 'read')) return withoutCounters(dump);
  return readings.flatMap((reading) => (reading.kind === 'failed' ? [reading.why] : [])).join('; ');
}

function hasLegacy({ readings }: Rules): boolean {
  return [readings.iptablesLegacy, readings.ip6tablesLegacy].some(({ kind }) => kind === 'read');
}
