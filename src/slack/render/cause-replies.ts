import { causeWords, standingMarks } from '../../briefing/cause-words.ts';
import type { CauseFound, Investigation } from '../../investigation/state.ts';
import { prose } from '../escape.ts';
import { section } from './blocks.ts';
import type { Content, DesiredMessage } from './content.ts';
import { personOf, phraseOf } from './words.ts';

/**
 * An edited card notifies nobody, so whoever investigates is told of each cause that came to lead by a reply that
 * mentions them. What led before the investigation was asked for stands on the card from its first moment, and that
 * names them already.
 */
export function causeReplies(investigation: Investigation): DesiredMessage[] {
  const { id, causesFound } = investigation;
  const since = askedForAt(investigation);
  return causesFound.flatMap((found, index) => {
    if (found.at <= since) return [];
    const before = causesFound[index - 1] ?? null;
    return [{ key: `${id}/cause/${index + 1}`, thread: 'card' as const, ...renderFound(investigation, found, before) }];
  });
}

function renderFound(investigation: Investigation, { cause, onsetId }: CauseFound, before: CauseFound | null): Content {
  const { openedBy, openedAt, onsets } = investigation;
  const onset = onsets.find((one) => one.id === onsetId);
  const mark = standingMarks[cause.standing];
  const what =
    before === null ? 'Cause found' : before.cause.key === cause.key ? 'Judged anew' : 'Another cause leads now';
  const who = openedBy.kind === 'person' ? `${personOf(openedBy)} ` : '';
  const said = onset === undefined ? prose(cause.title, 300) : phraseOf(causeWords(cause, onset), openedAt, 300);
  const headline = `${mark.symbol} ${who}*${what} (${mark.words}):* ${said}`;
  const reasons = cause.reasons.slice(0, 3).map((why) => `+ ${prose(why, 240)}`);
  const against = cause.against.slice(0, 2).map((why) => `− against it: ${prose(why, 240)}`);
  return { text: headline, blocks: [section([headline, ...reasons, ...against].join('\n'))] };
}

/** When somebody asked for one that stood by; before everything when it was opened by asking. Epoch ms. */
function askedForAt({ incident, timeline }: Investigation): number {
  if (incident === null) return Number.NEGATIVE_INFINITY;
  return timeline.findLast(({ text }) => text === 'asked for it')?.at ?? Number.NEGATIVE_INFINITY;
}
