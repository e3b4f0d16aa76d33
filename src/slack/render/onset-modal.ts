import { foundWords, sinceWords } from '../../briefing/onset-words.ts';
import { leadingOnset } from '../../investigation/leading.ts';
import type { Investigation } from '../../investigation/state.ts';
import { prose } from '../escape.ts';
import { dateTimePicker, input, section, textInput } from './blocks.ts';
import { type Modal, modal } from './modal.ts';
import { viewIds } from './refs.ts';
import { phraseOf } from './words.ts';

/** Names of what is asked for; block and element share one name. */
export const onsetFields = { since: 'since', sources: 'sources' } as const;

/** When clients began to fail, and which: a report where nothing is known, a correction of what is. */
export function onsetModal(investigation: Investigation): Modal {
  const onset = leadingOnset(investigation);
  const sources = onset === null || onset.method === 'prober' ? [] : onset.sources;
  const known =
    onset === null
      ? 'Nothing is known of when it began.'
      : `${phraseOf(sinceWords(onset), investigation.openedAt)} · ${prose(foundWords(onset), 300)}\nWhat you say stands before it; both are judged.`;
  return modal({
    id: viewIds.onset,
    title: onset === null ? 'Since when' : 'Correct the time',
    submit: 'Use it',
    metadata: investigation.id,
    blocks: [
      section(known),
      input(
        onsetFields.since,
        'When did clients begin to fail?',
        dateTimePicker(onsetFields.since, onset?.earliestAt ?? investigation.openedAt),
        { plainHint: 'In your own time zone.' },
      ),
      input(
        onsetFields.sources,
        'From which addresses do they come?',
        textInput(onsetFields.sources, {
          initial: sources.join(', ') || null,
          plainPlaceholder: '203.0.113.0/24, 198.51.100.7',
        }),
        { optional: true, plainHint: 'Addresses or ranges. Leave it empty when all clients fail.' },
      ),
    ],
  });
}
