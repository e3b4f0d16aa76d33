import type { App } from '@slack/bolt';
import { readSince } from '../../onset/said-since.ts';
import type { AuditLog } from '../../words/audit.ts';
import { type LookBack, personIn } from '../look-back.ts';
import { auditPage, auditReply } from '../render/audit-reply.ts';
import { historyPage, historyReply } from '../render/history-reply.ts';
import { type PastRef, packPastRef, unpackPastRef } from '../render/past-refs.ts';
import { actionIds } from '../render/refs.ts';
import { saying, unclearSinceReply } from '../render/replies.ts';
import { type Caller, type ListenerPorts, tell } from './ports.ts';
import { pressOf } from './presses.ts';
import { visibleTo } from './visible.ts';

/** Presses on "Older". */
export function listenToLookingBack(app: App, ports: ListenerPorts): void {
  const older = { [actionIds.olderHistory]: showHistory, [actionIds.olderAudit]: showAudit };
  for (const [actionId, show] of Object.entries(older)) {
    app.action(actionId, async ({ body }) => {
      const { caller, value } = pressOf(body);
      const ref = unpackPastRef(value);
      ports.errands.start(
        { what: actionId, user: caller.user },
        (content) => tell(ports.outbound, caller, content),
        async () => {
          if (ref === null) return tell(ports.outbound, caller, saying('This button is of another version of me.'));
          await show(ports, caller, ref);
        },
      );
    });
  }
}

/** `/apidown history …` and `/apidown audit …`, as they were typed. */
export async function lookBack(
  ports: ListenerPorts,
  caller: Caller,
  asked: LookBack & { readonly kind: 'history' | 'audit' },
): Promise<void> {
  const { cluster, since, words } = asked;
  let sinceAt: number | null = null;
  if (since !== null) {
    const zone = (await ports.zones.of(caller.user)) ?? 'UTC';
    const read = readSince(since, { nowAt: ports.clock.now(), zone });
    if (read.kind === 'unclear') return tell(ports.outbound, caller, unclearSinceReply(since, read.why));
    sinceAt = read.at;
  }
  if (asked.kind === 'history') {
    return showHistory(ports, caller, { cluster, sinceAt, before: null, words: words.join(' ') });
  }
  if (words.length > 1) {
    const why = 'name one person, and the cluster before them';
    return tell(ports.outbound, caller, unclearSinceReply(words.slice(1).join(' '), why));
  }
  return showAudit(ports, caller, { cluster, sinceAt, before: null, words: personIn(words) ?? '' });
}

async function showHistory(ports: ListenerPorts, caller: Caller, ref: PastRef): Promise<void> {
  const { history } = ports;
  if (history === undefined) return tell(ports.outbound, caller, saying('Nothing is kept here.'));
  const visible = await visibleTo(ports, caller, namesIn(ref, ports), 'view');
  if (visible.kind === 'refused') return tell(ports.outbound, caller, saying(visible.mrkdwn));
  const [openedAt, id] = ref.before?.split(' ') ?? [];
  const found = await history.find({
    clusters: visible.clusters,
    words: ref.words.split(/\s+/).filter(Boolean),
    sinceAt: ref.sinceAt,
    before: openedAt === undefined || id === undefined ? null : { openedAt: Number(openedAt), id },
    most: historyPage + 1,
  });
  const pasts = found.slice(0, historyPage);
  const last = pasts.at(-1);
  const more = found.length > pasts.length && last !== undefined;
  const shown = pasts.map(async (past) => ({ past, cardUrl: await ports.cardUrl(past.id) }));
  const reply = historyReply({
    asked: askedWords(ref, 'with'),
    pasts: await Promise.all(shown),
    older: more ? packPastRef({ ...ref, before: `${last.openedAt} ${last.id}` }) : null,
    isFurther: ref.before !== null,
  });
  await tell(ports.outbound, caller, reply);
}

async function showAudit(ports: ListenerPorts, caller: Caller, ref: PastRef): Promise<void> {
  const audit: AuditLog | undefined = ports.audit;
  if (audit === undefined) return tell(ports.outbound, caller, saying('Nothing is kept here.'));
  const visible = await visibleTo(ports, caller, namesIn(ref, ports), 'audit');
  if (visible.kind === 'refused') return tell(ports.outbound, caller, saying(visible.mrkdwn));
  const isAll = ref.cluster === null && visible.clusters.length === ports.clusters.length;
  const found = await audit.find({
    // Who may see all may see as well what was about no cluster in particular.
    clusters: isAll ? null : visible.clusters,
    actor: ref.words === '' ? null : ref.words,
    sinceAt: ref.sinceAt,
    before: ref.before === null ? null : Number(ref.before),
    most: auditPage + 1,
  });
  const entries = found.slice(0, auditPage);
  const last = entries.at(-1);
  const more = found.length > entries.length && last !== undefined;
  await tell(
    ports.outbound,
    caller,
    auditReply({
      asked: askedWords(ref, 'by'),
      entries,
      older: more ? packPastRef({ ...ref, before: String(last.n) }) : null,
    }),
  );
}

/** Those that were asked for. */
function namesIn({ cluster }: PastRef, { clusters }: Pick<ListenerPorts, 'clusters'>): readonly string[] {
  return cluster === null ? clusters.map(({ name }) => name) : [cluster];
}

function askedWords({ cluster, sinceAt, words }: PastRef, wordsAre: 'with' | 'by'): string {
  return [
    ...(cluster === null ? [] : [`of ${cluster}`]),
    ...(words === '' ? [] : [`${wordsAre} ${words}`]),
    ...(sinceAt === null ? [] : [`since ${new Date(sinceAt).toISOString().slice(0, 16).replace('T', ' ')} UTC`]),
  ].join(', ');
}
