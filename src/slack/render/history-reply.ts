import { standingMarks } from '../../briefing/cause-words.ts';
import { duration } from '../../briefing/time.ts';
import type { Past } from '../../investigation/past.ts';
import { code, isLinkable, prose } from '../escape.ts';
import { actions, type Block, button, section } from './blocks.ts';
import type { Content } from './content.ts';
import { actionIds } from './refs.ts';
import { dayAndTimeOf, personOf } from './words.ts';

/** As many as fit into one message, with room for long names. */
export const historyPage = 8;

export interface HistoryShown {
  /** What was asked for, in words: `of prod, with firewall`; may be empty. */
  readonly asked: string;
  readonly pasts: readonly { readonly past: Past; readonly cardUrl: string | null }[];
  /** The value of the button that shows what is older; null: there is nothing. */
  readonly older: string | null;
  /** Something was shown before this. */
  readonly isFurther: boolean;
}

/** Past investigations, newest first, for the one who asked. */
export function historyReply({ asked, pasts, older, isFurther }: HistoryShown): Content {
  const of = asked === '' ? '' : ` ${prose(asked, 300)}`;
  if (pasts.length === 0) {
    const none = `I know of no${isFurther ? ' older' : ''} investigation${of}.`;
    return { text: none, blocks: [section(none)] };
  }
  const head = `*${isFurther ? 'Older investigations' : 'Investigations'}*${of}, newest first`;
  return {
    text: `${head}: ${pasts.map(({ past }) => past.id).join(', ')}`,
    blocks: [
      section(head),
      ...pasts.map(({ past, cardUrl }) => pastBlock(past, cardUrl)),
      ...(older === null ? [] : [actions(button(actionIds.olderHistory, 'Older', older))]),
    ],
  };
}

function pastBlock(past: Past, cardUrl: string | null): Block {
  const { id, cluster, openedAt, openedBy, channel, concluded, cause, summary, onset, issueUrl } = past;
  const symbol = concluded === null ? '▫️' : '🏁';
  const name = cardUrl === null ? code(id) : `<${cardUrl}|${id}>`;
  const began = onset === null ? `opened ${dayAndTimeOf(openedAt)}` : `failed from ${dayAndTimeOf(onset.earliestAt)}`;
  const mark = cause === null ? null : standingMarks[cause.standing];
  const opened =
    channel === null && openedBy.kind === 'itself' ? 'nobody asked for it' : `opened by ${personOf(openedBy)}`;
  const by = concluded === null ? 'not concluded' : `concluded by ${personOf(concluded.by)}`;
  const issue = issueUrl !== null && isLinkable(issueUrl) ? ` · <${issueUrl}|issue>` : '';
  return section(
    [
      `${symbol} *${prose(cluster, 60)}* ${began}${lasted(past)} · ${name}${issue}`,
      cause === null || mark === null
        ? '❔ no cause found'
        : `${mark.symbol} ${prose(cause.title, 200)} (${mark.words})`,
      ...(summary.trim() === '' ? [] : [prose(summary, 160)]),
      `${opened} · ${by}`,
    ].join('\n'),
  );
}

function lasted({ onset, recovery }: Past): string {
  return onset === null || recovery === null ? '' : `, for ${duration(recovery.latestAt - onset.latestAt)}`;
}
