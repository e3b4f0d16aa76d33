import fc from 'fast-check';
import { expect, test } from 'vitest';
import { checkBlocks } from '../../../dev/workspace/blocks/check.ts';
import { checkView } from '../../../dev/workspace/blocks/views.ts';
import { evolve } from '../../../src/investigation/evolve.ts';
import type { Investigation } from '../../../src/investigation/state.ts';
import type { OutageView } from '../../../src/outages/desk.ts';
import { stretchesOf } from '../../../src/outages/stretches.ts';
import { renderHome } from '../../../src/slack/render/home.ts';
import { outageMessages } from '../../../src/slack/render/outage-card.ts';
import { problemsOf } from '../../../src/slack/validate.ts';
import { beganAt, onset, typical } from '../../briefing/diagnoses.ts';
import { outageOf } from '../../contracts/store-outages.ts';
import { hostile, investigations } from './states.ts';

const minute = 60_000;
const smuggled = /<!(channel|here|everyone)|<@U0EVIL|<http:\/\/evil/;

function view(more: Partial<OutageView> = {}): OutageView {
  return {
    card: {
      ...{ incident: 'o1', cluster: 'prod', channel: 'C1', postedAt: beganAt + 10_000, mentions: false },
      ...{ investigation: null, reminders: [], hush: null },
    },
    settings: { channel: 'C1', mention: 'S1', remindEveryMs: 30 * minute, quiet: null },
    stretches: stretchesOf([outageOf('o1', beganAt)]),
    isOver: false,
    investigation: null,
    ...more,
  };
}

/** One that stands by, with the cause that leads. */
function standing(): Investigation {
  const by = { kind: 'itself' as const };
  const opened = evolve(null, {
    ...{ kind: 'opened', at: beganAt + 10_000, by, id: 'inv-abc', cluster: 'prod', endpoint: null, room: null },
    incident: 'o1',
  });
  return { ...opened, onsets: [onset()], diagnoses: [typical()] };
}

test('the leading cause stands on the card as soon as it is known', () => {
  const [before] = outageMessages(view(), { investigation: null });
  const [after] = outageMessages(view({ investigation: standing() }), { investigation: null });
  expect(before?.text).not.toContain('cause');
  expect(after?.text).toContain('Leading cause (explains)');
  expect(JSON.stringify(after?.blocks)).toContain('tcp dport 6443 drop');
});

test('whatever a cluster says and however often it flaps, its messages are within all limits and ping nobody', () => {
  const flaps = fc.array(fc.record({ words: hostile, long: fc.integer({ min: 1, max: 5_000_000 }) }), {
    minLength: 1,
    maxLength: 60,
  });
  fc.assert(
    fc.property(flaps, fc.option(investigations), fc.boolean(), (given, investigation, isOver) => {
      const outages = given.map(({ words, long }, index) => {
        const at = beganAt + index * 6_000_000;
        return { ...outageOf(`o${index}`, at, at + 1_000 + long), words: words.slice(0, 1_000) };
      });
      const reminders = [1, 2, 3, 4].map((number) => ({ number, at: beganAt + number * minute, mentions: true }));
      const hush = { kind: 'snoozed' as const, reminder: 4, by: 'U1', at: beganAt, untilAt: beganAt + minute };
      const messages = outageMessages(
        view({
          ...{ card: { ...view().card, reminders, hush, mentions: true }, stretches: stretchesOf(outages) },
          ...{ investigation, isOver },
        }),
        { investigation: 'https://workspace.slack.com/archives/C1/p1' },
      );
      expect(new Set(messages.map(({ key }) => key)).size).toBe(messages.length);
      for (const { key, text, blocks } of messages) {
        expect(problemsOf({ text, blocks }), key).toEqual([]);
        expect(checkBlocks(blocks, 'message', '/blocks', []), key).toMatchObject({ kind: 'fine' });
        expect(text + JSON.stringify(blocks)).not.toMatch(smuggled);
      }
    }),
    { numRuns: 100 },
  );
});

test('a Home tab with whatever words is one that Slack takes', () => {
  const state = fc.oneof(
    fc.record({ kind: fc.constant('down' as const), sinceAt: fc.constant(beganAt), words: hostile }),
    fc.record({ kind: fc.constant('noData' as const), why: hostile }),
    fc.record({ kind: fc.constant('up' as const), sinceAt: fc.option(fc.constant(beganAt)) }),
  );
  const name = fc.string({ unit: fc.constantFrom(...'abc-9'), minLength: 1, maxLength: 63 });
  const investigate = fc.oneof(
    fc.constant('everywhere' as const),
    fc.array(fc.constantFrom('C1', 'C2'), { maxLength: 3 }),
  );
  const clusters = fc.array(fc.record({ name, state, investigate }), { maxLength: 250 });
  fc.assert(
    fc.property(clusters, fc.array(investigations, { maxLength: 40 }), fc.boolean(), (given, open, isPartial) => {
      const home = renderHome({
        ...{ nowAt: beganAt, clusters: given, isPartial, failures: [], hasGrants: true },
        investigations: open.map((investigation) => ({ investigation, link: null })),
        posts: given.map((cluster) => ({ clusters: [cluster.name], channel: 'C1', at: beganAt })),
        checklist: [{ title: 'A channel', todo: 'type it' }],
      });
      expect(checkView(home, 'home', [])).toMatchObject({ kind: 'fine' });
      expect(JSON.stringify(home)).not.toMatch(smuggled);
    }),
    { numRuns: 60 },
  );
});
