import { describe, expect, test } from 'vitest';
import { addTo, count, histogram } from '../../../src/health/figures/histogram.ts';
import { BINS, type WayFigures } from '../../../src/health/figures/way-figures.ts';
import type { ClusterHealth, HealthReport, Problem } from '../../../src/health/report.ts';
import { type PostedBecause, renderHealth } from '../../../src/slack/render/health-message.ts';
import { problemsOf } from '../../../src/slack/validate.ts';
import { Phase } from '../../../src/words/probe.ts';
import { at, scheduleOf } from '../../health/stage.ts';

const period = { fromAt: at('2026-11-26T09:00Z'), toAt: at('2026-11-27T09:00Z') };
const shown: PostedBecause = { kind: 'shown', ref: '*' };

function way(more: Partial<WayFigures> = {}): WayFigures {
  const took = histogram();
  for (const ms of [11, 12, 13, 41]) count(took, ms);
  const phase = histogram();
  addTo(phase, took);
  return {
    vantage: { kind: 'outside', instance: 'bot' },
    path: 'endpoint',
    host: 'api.example',
    port: 6443,
    probes: 17_280,
    good: 17_280,
    took,
    phases: Phase.options.map(() => phase),
    bins: {
      probes: new Uint32Array(BINS).fill(180),
      bad: new Uint32Array(BINS),
      slowestMs: new Float32Array(BINS).fill(41),
    },
    ...more,
  };
}

function health(cluster: string, problems: readonly Problem[] = []): ClusterHealth {
  return {
    cluster,
    problems,
    ways: [way()],
    certificateEndsAt: at('2027-02-01T00:00Z'),
    agents: 4,
    changes: { byCategory: [{ category: 'firewall', amount: 3 }], total: 3, notable: [] },
  };
}

function report(...clusters: ClusterHealth[]): HealthReport {
  return { ...period, clusters, notes: [] };
}

const down: Problem = { gravity: 'down', words: ['is down since ', { at: at('2026-11-27T08:50Z') }, ': timeout'] };
const note = (words: string): Problem => ({ gravity: 'note', words: [words] });
const text = (content: ReturnType<typeof renderHealth>) =>
  content.blocks
    .map((block) =>
      block.type === 'section' || block.type === 'header'
        ? block.text.text
        : block.type === 'context'
          ? block.elements.map((element) => element.text).join('\n')
          : `[${block.type}]`,
    )
    .join('\n');

test('one cluster that is well says so, with all that is known', () => {
  const content = renderHealth(report(health('prod')), shown);
  expect(text(content)).toMatch(/^✅ prod is well\n/);
  expect(text(content)).toContain(
    'from the bot: 100 % of 17280 probes good, p50/p99 12/41 ms: resolve 12/41, connect 12/41, tls 12/41',
  );
  expect(text(content)).toContain('certificate 65 days left · 4 agents · 3 changes: 3 firewall');
  expect(text(content)).toContain('[actions]');
  expect(text(content), 'nothing is told twice').not.toContain('more');
});

test('problems stand first, the gravest before others, and what is well folds into one line', () => {
  const content = renderHealth(
    report(
      ...['a', 'b', 'c', 'd', 'e', 'f'].map((name) => health(name)),
      health('stage', [note('its certificate ends in 13 days')]),
      health('prod', [down, note('its API server was restarted')]),
    ),
    shown,
  );
  const lines = text(content).split('\n');
  expect(lines[0]).toBe('🔴 2 of 8 API servers need a look');
  expect(lines.findIndex((line) => line.includes('*prod*'))).toBeLessThan(
    lines.findIndex((line) => line.includes('*stage*')),
  );
  expect(lines.filter((line) => line.includes('are well'))).toEqual([
    expect.stringMatching(/^✅ \*6 others are well\*: all probes good · p50\/p99 12\/41 ms/),
  ]);
  expect(content.text).toMatch(
    /^🔴 2 of 8 API servers need a look\. prod: is down since 08:50:00 UTC: timeout\. stage/,
  );
});

test('what was missed is said once for each reason, in the zone of the schedule', () => {
  const content = renderHealth(report(health('prod')), {
    kind: 'scheduled',
    schedule: scheduleOf({ zone: 'Europe/Berlin' }),
    slotAt: at('2026-11-27T08:00Z'),
    isLate: true,
    missed: [
      { slotAt: at('2026-11-26T08:00Z'), why: 'the bot was not running' },
      { slotAt: at('2026-11-25T08:00Z'), why: 'the bot was not running' },
      { slotAt: at('2026-11-24T08:00Z'), why: 'Slack refused it (not_in_channel)' },
    ],
  });
  expect(text(content)).toContain(
    'The posts of Wed 25 Nov 09:00, Thu 26 Nov 09:00 were missed: the bot was not running.',
  );
  expect(text(content)).toContain('The post of Tue 24 Nov 09:00 was missed: Slack refused it (not_in_channel).');
  expect(text(content)).toContain(
    'daily at 9:00, Europe/Berlin · posted late, it was due Fri 27 Nov 09:00 · `hp-aaaaaa`',
  );
});

describe('however many clusters there are', () => {
  const names = Array.from(
    { length: 200 },
    (_, index) => `cluster-with-a-long-name-eu-${String(index).padStart(3, '0')}`,
  );
  const many = (ailing: number, problems: number): HealthReport =>
    report(
      ...names.map((name, index) =>
        health(
          name,
          index >= ailing
            ? []
            : [
                index % 7 === 0 ? down : note('its certificate ends in 13 days'),
                ...Array.from({ length: problems - 1 }, (_, n) =>
                  note(`problem ${n} <b>&"with markup" ${'and many words '.repeat(12)}`),
                ),
              ],
        ),
      ),
    );

  test.each([
    [0, 1],
    [1, 1],
    [12, 3],
    [40, 1],
    [40, 12],
    [120, 2],
    [200, 1],
    [200, 12],
  ])(
    '%i of 200 with %i problems each: within all of Slack’s limits, and none is left out in silence',
    (ailing, problems) => {
      const content = renderHealth(many(ailing, problems), {
        kind: 'scheduled',
        schedule: scheduleOf(),
        slotAt: period.toAt,
        isLate: true,
        missed: Array.from({ length: 47 }, (_, index) => ({
          slotAt: at('2026-11-26T09:00Z') - index,
          why: `why ${index % 9}`,
        })),
      });
      expect(problemsOf(content)).toEqual([]);
      const said = text(content);
      if (ailing < 200) expect(said).toMatch(new RegExp(`${200 - ailing} (others )?(are|is) well`));
      const named = names.slice(0, ailing).filter((name) => said.includes(name)).length;
      const others = Number(/and (\d+) others/.exec(said)?.[1] ?? 0);
      expect(named + others).toBe(ailing);
      expect(content.blocks.length).toBeLessThanOrEqual(50);
    },
  );

  test('those that are down are always told of in full', () => {
    const said = text(renderHealth(many(60, 1), shown));
    for (const [index, name] of names.slice(0, 60).entries()) {
      if (index % 7 === 0) expect(said).toMatch(new RegExp(`\\*${name}\\*: is down since`));
    }
  });
});
