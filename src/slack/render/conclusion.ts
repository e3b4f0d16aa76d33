import { standingMarks } from '../../briefing/cause-words.ts';
import type { Conclusion, Investigation } from '../../investigation/state.ts';
import { isLinkable, prose, proseLines } from '../escape.ts';
import { actions, type Block, button, context, section } from './blocks.ts';
import type { DesiredMessage } from './content.ts';
import { actionIds } from './refs.ts';
import { personOf, timeNear } from './words.ts';

/** What the concluded card says in place of its buttons. */
export function concludedBlocks({ conclusion, issue, openedAt }: Investigation): Block[] {
  if (conclusion === null) return [];
  const said = conclusionLines(conclusion, 1200);
  const by = `Concluded by ${personOf(conclusion.by)} ${timeNear(conclusion.at, openedAt)}`;
  const link = issue?.kind === 'opened' ? ` · ${issueLink(issue)}` : '';
  return [...(said.length === 0 ? [] : [section(said.join('\n'))]), context(`${by}${link}`)];
}

/**
 * An edited card notifies nobody, so those who follow the thread get the conclusion as a reply.
 * @param issuesIn where issues are opened; null: nowhere
 */
export function conclusionReply(investigation: Investigation, issuesIn: string | null): DesiredMessage[] {
  const { id, cluster, conclusion } = investigation;
  if (conclusion === null) return [];
  const lines = conclusionLines(conclusion, 2000);
  const title = `🏁 Concluded: ${prose(cluster, 60)} API server`;
  const said = conclusion.cause?.title ?? conclusion.summary.trim();
  return [
    {
      key: `${id}/conclusion`,
      thread: 'card',
      text: said === '' ? title : `${title}. ${prose(said, 600)}`,
      blocks: [
        section(`🏁 *Concluded* by ${personOf(conclusion.by)}: ${prose(cluster, 60)} API server`),
        section(lines.join('\n') || 'No summary was written.'),
        ...issueBlocks(investigation, issuesIn),
      ],
    },
  ];
}

/** Cause, impact and actions; none of them where nothing was said. mrkdwn. */
function conclusionLines({ cause, summary, impact, actions: todo }: Conclusion, most: number): string[] {
  const mark = cause === null ? null : standingMarks[cause.standing];
  const shown = todo.slice(0, 10);
  return [
    ...(cause === null || mark === null ? [] : [`*Cause:* ${mark.symbol} ${prose(cause.title, 300)} (${mark.words})`]),
    ...labelled(cause === null ? '' : '*In their words:* ', proseLines(summary, most / 2)),
    ...labelled('*Impact:* ', proseLines(impact, most / 4)),
    ...(shown.length === 0 ? [] : ['*Actions:*']),
    ...shown.map((action) => `• ${prose(action, most / 12)}`),
    ...(todo.length > shown.length ? [`• and ${todo.length - shown.length} more, in the postmortem`] : []),
  ];
}

function labelled(label: string, said: string): string[] {
  return said.trim() === '' ? [] : [`${label}${said}`];
}

/** The button, or what became of it: who pressed it, and when. */
function issueBlocks({ id, issue, openedAt }: Investigation, issuesIn: string | null): Block[] {
  if (issue?.kind === 'opened') {
    return [context(`📌 ${issueLink(issue)}, opened by ${personOf(issue.by)} ${timeNear(issue.at, openedAt)}`)];
  }
  if (issuesIn === null) return [];
  const press = actions(button(actionIds.openIssue, 'Open a GitHub issue', id));
  if (issue === null) return [press];
  const who = `${personOf(issue.by)} ${timeNear(issue.at, openedAt)}`;
  if (issue.kind === 'asked')
    return [context(`⏳ An issue in ${prose(issuesIn, 140)} is being opened for ${who}`), press];
  return [context(`❌ The issue that ${who} asked for could not be opened: ${prose(issue.why, 600)}`), press];
}

function issueLink({ name, url }: { readonly name: string; readonly url: string }): string {
  const shown = prose(`Issue ${name}`, 160);
  return isLinkable(url) ? `<${url}|${shown}>` : shown;
}
