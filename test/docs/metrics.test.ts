import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { measuredBot } from '../bin/measured-bot.ts';
import { dashboard } from './dashboard.ts';
import { anchorsOf, page, root } from './read.ts';

const metricsPage = page('docs/metrics.md');
const told = metricsPage.split('\n').flatMap(rowOf);

test('every metric of the bot is told of with its type and its labels, and no other', async () => {
  const { metrics } = await measuredBot();
  const text = await metrics();
  const types = [...text.matchAll(/^# TYPE (\S+) (\w+)$/gm)].map(([, name, type]) => `${name} ${type}`);
  expect(told.map(({ name, type }) => `${name} ${type}`).sort()).toEqual(types.sort());
  for (const [, full = '', pairs = ''] of text.matchAll(/^(\w+)\{(.+)\} \S+$/gm)) {
    const labels = [...pairs.matchAll(/(\w+)="/g)].map(([, label = '']) => label).filter((label) => label !== 'le');
    expect({ name: metricOf(full), labels: labels.sort() }).toEqual({
      name: metricOf(full),
      labels: [...(labelsOf(full) ?? [])].sort(),
    });
  }
});

describe('the rules for Prometheus', () => {
  const { groups } = Rules().parse(parse(readFileSync(join(root, 'docs/prometheus/apidown-rules.yaml'), 'utf8')));
  const rules = groups.flatMap((group) => group.rules);

  test.each(rules)('$alert asks for metrics and labels that there are', ({ expr }) => {
    expect(askedFor(expr)).not.toEqual([]);
    expect(unknownIn(expr)).toEqual([]);
  });

  test.each(rules)('$alert says where help is', ({ annotations: { see } }) => {
    const [file = '', anchor = ''] = see.split('#');
    expect(anchorsOf(page(file))).toContain(anchor);
  });

  test('every alert is told of, and no other', () => {
    const named = [...metricsPage.matchAll(/`(Apidown\w+)`/g)].map(([, name]) => name);
    expect(named.sort()).toEqual(rules.map(({ alert }) => alert).sort());
  });
});

describe('the dashboard', () => {
  const queries = (dashboard().panels ?? []).flatMap((panel) =>
    'targets' in panel ? (panel.targets ?? []).map((target) => z.object({ expr: z.string() }).parse(target).expr) : [],
  );

  test('docs/grafana/apidown.json is what test/docs/dashboard.ts says', async () => {
    const json = `${JSON.stringify(dashboard(), null, 2)}\n`;
    await expect(json).toMatchFileSnapshot('../../docs/grafana/apidown.json');
  });

  test('every panel has an id and a place of its own', () => {
    const panels = dashboard().panels ?? [];
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    const places = panels.flatMap(({ gridPos }) => (gridPos === undefined ? [] : [`${gridPos.x} ${gridPos.y}`]));
    expect(new Set(places).size).toBe(panels.length);
  });

  test.each(queries)('%s asks for metrics and labels that there are', (query) => {
    expect(askedFor(query)).not.toEqual([]);
    expect(unknownIn(query)).toEqual([]);
  });

  test('every metric of apidown is on it, save those that only tell of looks', () => {
    const shown = new Set(queries.flatMap(askedFor).map(metricOf));
    const ours = told.map(({ name }) => name).filter((name) => name.startsWith('apidown_'));
    expect(ours.filter((name) => !shown.has(name))).toEqual([
      'apidown_probe_last_timestamp_seconds',
      'apidown_agents_connected',
      'apidown_journal_gaps_total',
      'apidown_source_last_look_age_seconds',
      'apidown_source_looks_total',
    ]);
  });
});

function Rules() {
  const rule = z.object({ alert: z.string(), expr: z.string(), annotations: z.object({ see: z.string() }) });
  return z.object({ groups: z.array(z.object({ rules: z.array(rule) })) });
}

interface Told {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
}

/** `| name, name | type | labels | … |` */
function rowOf(line: string): readonly Told[] {
  const [, names = '', type = '', labels = ''] = line.split('|').map((cell) => cell.trim());
  if (!['gauge', 'counter', 'histogram'].includes(type)) return [];
  return codes(names).map((name) => ({ name, type, labels: codes(labels) }));
}

function codes(cell: string): readonly string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, code = '']) => code);
}

/** Series of a histogram have names of their own. */
function metricOf(series: string): string {
  const base = series.replace(/_(bucket|sum|count)$/, '');
  return told.some(({ name, type }) => name === base && type === 'histogram') ? base : series;
}

function labelsOf(series: string): readonly string[] | undefined {
  return told.find(({ name }) => name === metricOf(series))?.labels;
}

function askedFor(expr: string): readonly string[] {
  return expr.match(/\b(apidown|process|nodejs)_\w+/g) ?? [];
}

/** Metrics that there are not, and labels that none of the metrics of the query has. */
function unknownIn(expr: string): readonly string[] {
  const series = askedFor(expr);
  const has = new Set(series.flatMap((name) => labelsOf(name) ?? []));
  // What Prometheus itself adds.
  for (const label of ['le', 'job', 'instance']) has.add(label);
  const listed = [...expr.matchAll(/\b(?:by|on) \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/,\s*/));
  const matched = [...expr.matchAll(/(\w+)(?:=~|!~|!=|=)"/g)].map(([, label = '']) => label);
  return [
    ...series.filter((name) => labelsOf(name) === undefined),
    ...[...listed, ...matched].filter((label) => !has.has(label)),
  ];
}
