import { gunzipSync, gzipSync } from 'node:zlib';
import { z } from 'zod';
import { FirewallDump, type NodeNetwork } from '../../../checks/host-firewall/port.ts';
import type { Log } from '../../../ops/log.ts';
import type { FirewallFrame } from '../../firewall/frames.ts';
import { hashOf, type Rules, unreadIn } from '../../firewall/without-counters.ts';
import { type Kept, keepNewest } from '../../keep.ts';
import { pause } from '../../pause.ts';
import type { ApiPlace } from './passages.ts';
import { rulesChange, type TwoLooks } from './rules-change.ts';
import type { NodeTelling } from './tell.ts';

/** The rules as they were last seen, packed: those of large clusters take megabytes. */
export const KeptRules = z.object({
  /** When this row of changes began; epoch ms. */
  sinceAt: z.number(),
  /** How many changes have been told since then. */
  told: z.number().int(),
  /** The rules were so at least until then; epoch ms. */
  seenAt: z.number(),
  hash: z.string(),
  /** gzip of JSON, base64. */
  rules: z.string(),
});
export type KeptRules = z.infer<typeof KeptRules>;

export const RulesSeen = KeptRules.pick({ hash: true, seenAt: true });
export type RulesSeen = z.infer<typeof RulesSeen>;

export interface FirewallJournal {
  /** Follows the reader until the signal aborts; comes back to one that was lost. */
  run(signal: AbortSignal): Promise<void>;
  /** Which rules were last seen, and until when they were so; null: none yet. */
  seen(): RulesSeen | null;
}

const KEEP_EVERY_MS = 10_000;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;

/** Turns what the firewall reader tells into changes. What it saw last outlives the agent. */
export function firewallJournal(options: {
  readonly follow: (signal: AbortSignal) => AsyncIterable<FirewallFrame>;
  readonly network: () => Promise<NodeNetwork>;
  readonly place: (network: NodeNetwork) => ApiPlace | null;
  readonly telling: NodeTelling;
  readonly kept: Kept<KeptRules>;
  /** What an earlier life has seen last, told more often than its rules were kept. */
  readonly earlier: RulesSeen | null;
  readonly log: Log;
}): FirewallJournal {
  const { follow, network, place, telling, kept, log } = options;
  let known: { readonly rules: Rules; readonly hash: string; readonly seenAt: number } | null = null;
  let row = { sinceAt: 0, told: 0 };
  /** `partly`: what some program of the host would show can't be read. */
  let sight: 'none' | 'partly' | 'whole' = 'none';

  const keeper = keepNewest({
    kept,
    newest: () =>
      known === null ? null : { ...row, seenAt: known.seenAt, hash: known.hash, rules: packed(known.rules) },
    everyMs: KEEP_EVERY_MS,
    log,
  });

  return {
    seen: () => (known === null ? null : { hash: known.hash, seenAt: known.seenAt }),
    async run(signal) {
      await remember();
      const keeping = keeper.run(signal);
      let waitMs = FIRST_PAUSE_MS;
      while (!signal.aborted) {
        try {
          for await (const frame of follow(signal)) {
            waitMs = FIRST_PAUSE_MS;
            await take(frame);
          }
        } catch (error) {
          // A reader that is not there yet, or is being replaced, is no trouble of this agent.
          if (!signal.aborted) log.debug({ error }, 'the firewall reader is not there');
        }
        lost();
        await pause(waitMs, signal);
        waitMs = Math.min(waitMs * 2, LONGEST_PAUSE_MS);
      }
      await keeping;
    },
  };

  async function remember(): Promise<void> {
    const earlier = await kept.read();
    if (earlier === null) return;
    const rules = unpacked(earlier.rules);
    if (rules === null) return log.warn({}, 'the rules that were kept can not be used');
    row = { sinceAt: earlier.sinceAt, told: earlier.told };
    const later = options.earlier?.hash === earlier.hash ? options.earlier.seenAt : 0;
    known = { rules, hash: earlier.hash, seenAt: Math.max(earlier.seenAt, later) };
  }

  function lost(): void {
    sight = 'none';
    telling.coverage.end();
  }

  async function take(frame: FirewallFrame): Promise<void> {
    switch (frame.kind) {
      case 'unread':
        log.warn({ why: frame.why }, 'the rules of the firewall can not be read');
        return lost();
      case 'watched':
        if (sight === 'none' || known === null) return;
        known = { ...known, seenAt: Math.max(known.seenAt, frame.untilAt) };
        if (sight === 'whole') telling.coverage.reach(known.seenAt);
        return;
      case 'rules':
        return takeRules(frame);
      default:
        return frame satisfies never;
    }
  }

  /** What one strange rule set breaks shall not break the journal. */
  function worded(looks: TwoLooks): ReturnType<typeof rulesChange> {
    try {
      return rulesChange(looks);
    } catch (error) {
      log.error({ error }, 'a change of the firewall could not be put into words');
      return null;
    }
  }

  async function takeRules(frame: Extract<FirewallFrame, { kind: 'rules' }>): Promise<void> {
    const { dump: rules, fromAt, readAt, notices } = frame;
    const unread = unreadIn(rules);
    if (known !== null && lessThan(rules, known.rules)) {
      log.warn({ unread }, 'a part of the rules that was read before can not be read now');
      return lost();
    }
    const before = known;
    const hash = hashOf(rules);
    known = { rules, hash, seenAt: fromAt };
    if (before === null) row = { sinceAt: fromAt, told: 0 };
    else if (before.hash !== hash) {
      const here = await network();
      const looks = { before: before.rules, after: rules, sinceAt: before.seenAt, readAt, notices };
      const change = worded({ ...looks, place: place(here), network: here });
      if (change !== null) {
        // Whoever tells it again after a crash, not having kept that it was told, counts it the same.
        telling.change({ ...change, key: `${row.sinceAt}.${row.told + 1}.${hash.slice(0, 12)}` });
        row = { ...row, told: row.told + 1 };
      }
    }
    keeper.touch();
    sight = unread === null ? 'whole' : 'partly';
    if (sight === 'whole') telling.coverage.reach(fromAt);
    else telling.coverage.end();
  }
}

/** Is something that was read before not read now? */
function lessThan(now: Rules, before: Rules): boolean {
  return (['nftables', 'iptables', 'ip6tables', 'iptablesLegacy', 'ip6tablesLegacy'] as const).some(
    (name) => now.readings[name].kind === 'failed' && before.readings[name].kind === 'read',
  );
}

function packed(rules: Rules): string {
  return gzipSync(JSON.stringify(rules)).toString('base64');
}

function unpacked(text: string): Rules | null {
  try {
    const dump = FirewallDump.options[0].safeParse(
      JSON.parse(gunzipSync(Buffer.from(text, 'base64')).toString('utf8')),
    );
    return dump.success ? dump.data : null;
  } catch {
    return null;
  }
}
