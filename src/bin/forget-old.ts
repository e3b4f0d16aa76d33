import type { Log } from '../ops/log.ts';
import type { Store } from '../store/store.ts';

/** Long enough for a postmortem that is written late. */
const keepChangesMs = 30 * 24 * 60 * 60_000;
/** Told in docs/postmortem.md. */
const keepAuditMs = 400 * 24 * 60 * 60_000;
const everyMs = 60 * 60_000;

/** Forgets what nobody asks for any more, again and again. Returns what ends that. */
export function forgetOld(store: Pick<Store, 'changes' | 'audit'>, clock: () => number, log: Log): () => void {
  const timer = setInterval(() => {
    store.changes
      .prune(clock() - keepChangesMs)
      .catch((error: unknown) => log.error({ error }, 'old changes could not be forgotten'));
    store.audit
      .prune(clock() - keepAuditMs)
      .catch((error: unknown) => log.error({ error }, 'old entries of the audit log could not be forgotten'));
  }, everyMs).unref();
  return () => clearInterval(timer);
}
