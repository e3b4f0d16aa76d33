import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkBlocks } from '../../../dev/workspace/blocks/check.ts';
import { checkView } from '../../../dev/workspace/blocks/views.ts';
import { pastOf } from '../../../src/investigation/past.ts';
import type { Investigation } from '../../../src/investigation/state.ts';
import { steps } from '../../../src/playbook/playbook.ts';
import { endpointModal, recordModal } from '../../../src/slack/render/asking-modals.ts';
import { auditReply } from '../../../src/slack/render/audit-reply.ts';
import { concludeModal } from '../../../src/slack/render/conclude-modal.ts';
import { desiredMessages } from '../../../src/slack/render/desired.ts';
import { historyReply } from '../../../src/slack/render/history-reply.ts';
import type { Modal } from '../../../src/slack/render/modal.ts';
import { onsetModal } from '../../../src/slack/render/onset-modal.ts';
import { packPastRef } from '../../../src/slack/render/past-refs.ts';
import { commandsModal, detailsModal } from '../../../src/slack/render/reading-modals.ts';
import {
  chooseClusterReply,
  helpReply,
  statusReply,
  unclearReportReply,
  unclearSinceReply,
  understoodReply,
  unknownClusterReply,
} from '../../../src/slack/render/replies.ts';
import { problemsOf } from '../../../src/slack/validate.ts';
import { hostile, investigations, surroundings } from './states.ts';

/** Mentions and links that only somebody else's text could have brought. */
const smuggled = /<!(channel|here|everyone)|<@U0EVIL|<http:\/\/evil/;
/** Marks that turn the reading direction, or show nothing; isolates are our own. */
const invisible = /(?!\n|\u200d|[\u2066-\u2069])[\p{Cc}\p{Cf}]/u;

test('whatever happened to an investigation, its messages are within all limits and ping nobody', () => {
  fc.assert(
    fc.property(investigations, surroundings, (investigation, around) => {
      const messages = desiredMessages(investigation, around);
      expect(new Set(messages.map(({ key }) => key)).size).toBe(messages.length);
      for (const { key, text, blocks } of messages) {
        expect(problemsOf({ text, blocks }), key).toEqual([]);
        expect(checkBlocks(blocks, 'message', '/blocks', []), key).toMatchObject({ kind: 'fine' });
        expect(text + marked(blocks)).not.toMatch(smuggled);
        expect(text + strings(blocks)).not.toMatch(invisible);
      }
    }),
    { numRuns: 150 },
  );
});

test('the same holds for every modal', () => {
  fc.assert(
    fc.property(investigations, (investigation) => {
      for (const view of modalsOf(investigation)) {
        expect(checkView(view, 'modal', []), view.title.text).toMatchObject({ kind: 'fine' });
        expect(marked(view.blocks)).not.toMatch(smuggled);
        expect(strings(view.blocks)).not.toMatch(invisible);
      }
    }),
    { numRuns: 60 },
  );
});

test('and for the answers that one person sees', () => {
  fc.assert(
    fc.property(
      hostile,
      hostile,
      fc.array(investigations, { maxLength: 4 }),
      surroundings,
      (part, name, open, around) => {
        const replies = [
          helpReply({ part, suggestion: name }),
          unknownClusterReply(
            part,
            name,
            Array.from({ length: 200 }, () => name || 'x'),
          ),
          statusReply(
            Array.from({ length: 30 }, () => ({
              name: name || 'x',
              outage: { since: { earliestAt: 1, latestAt: 2 }, words: part },
              open,
              ...around,
            })),
          ),
          chooseClusterReply([name || 'x', 'prod'], null, part),
          understoodReply({ onset: { earliestAt: 1, sources: [part, name] }, zone: name, notes: [part, name] }),
          unclearReportReply(part, name),
          unclearSinceReply(part, name),
          historyReply({
            asked: part,
            pasts: [...open, ...open].map((one) => ({ past: { ...pastOf(one), summary: part }, cardUrl: null })),
            older: packPastRef({ cluster: 'prod', sinceAt: 1, before: '1 inv-a', words: part }),
            isFurther: false,
          }),
          auditReply({
            asked: part,
            entries: Array.from({ length: 20 }, (_, at) => ({
              at,
              actor: name || 'x',
              via: 'press',
              channel: part,
              action: part,
              cluster: name,
              target: part,
              outcome: 'failed',
            })),
            older: packPastRef({ cluster: null, sinceAt: null, before: '1', words: name }),
          }),
        ];
        for (const reply of replies) {
          expect(problemsOf(reply)).toEqual([]);
          expect(reply.text + marked(reply.blocks)).not.toMatch(smuggled);
        }
      },
    ),
    { numRuns: 40 },
  );
});

function modalsOf(investigation: Investigation): Modal[] {
  const ofSteps = steps.flatMap(({ id }) => {
    const ref = { investigation: investigation.id, step: id, run: 1 };
    return [
      recordModal(investigation, ref),
      endpointModal(investigation, ref),
      concludeModal(investigation, ref),
      commandsModal(investigation, id),
      ...investigation.steps[id].runs.map((run) => detailsModal(id, run)),
    ];
  });
  return [...ofSteps, onsetModal(investigation)];
}

/** What Slack reads as markup; plain text and what stands in a field can neither ping nor link. */
function marked(value: unknown): string {
  if (typeof value !== 'object' || value === null) return '';
  if ('type' in value && value.type === 'mrkdwn' && 'text' in value) return String(value.text);
  return Object.values(value).map(marked).join('\n');
}

/** Every string in it, as it is. */
function strings(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return '';
  return Object.values(value).map(strings).join('\n');
}
