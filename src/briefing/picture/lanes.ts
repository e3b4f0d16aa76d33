import { type Rule, rules, type Window } from '../../playbook/rules.ts';
import type { Change } from '../../words/change.ts';
import type { Diagnosis, Hit, RuleAnswer, Standing } from '../../words/diagnosis.ts';
import { count } from '../count.ts';
import { duration } from '../time.ts';

/** One rule's row of the picture. */
export interface Lane {
  readonly rule: Rule;
  readonly title: string;
  /** The answer in a few words. */
  readonly says: string;
  readonly window: Window;
  readonly marks: readonly LaneMark[];
}

/** A change, or the end of a stretch such as a maintenance. */
export interface LaneMark {
  readonly fromAt: number;
  readonly toAt: number;
  readonly standing: Standing;
  readonly isEffect: boolean;
  /** Place in the list below the picture; null: not in it. */
  readonly number: number | null;
}

/** Those that are told in words below the picture. */
const told = 5;

/** The six rules, and the extended looks that hit; best hits are numbered. */
export function lanesOf({ answers, causes }: Diagnosis): { lanes: readonly Lane[]; numbered: readonly Hit[] } {
  const all = answers.flatMap(({ hits }) => hits);
  const rank = new Map(
    causes.flatMap(({ changeId }, index) => (changeId === null ? [] : [[changeId, index] as const])),
  );
  const place = ({ change }: Hit) => rank.get(change.id) ?? causes.length;
  // One that goes with another is told there.
  const best = all.filter(({ change }) => rank.has(change.id));
  const numbered = best.toSorted((a, b) => place(a) - place(b)).slice(0, told);
  const numberOf = (hit: Hit) => {
    const index = numbered.findIndex(({ change }) => change.id === hit.change.id);
    return index === -1 ? null : index + 1;
  };
  const lanes = rules.flatMap((rule) => {
    const answer = answers.find((one) => one.rule === rule.id);
    if (answer === undefined || (rule.kind === 'look' && answer.hits.length === 0)) return [];
    const marks = answer.hits.map((hit) => ({
      ...stretchOf(hit.change),
      standing: hit.standing,
      isEffect: hit.isEffect,
      number: numberOf(hit),
    }));
    const window = answer.widened ? rule.widened : rule.narrow;
    return [{ rule, title: rule.title, says: saysOf(answer, window), window, marks }];
  });
  return { lanes, numbered };
}

function stretchOf({ earliestAt, latestAt, untilAt }: Change): { fromAt: number; toAt: number } {
  return { fromAt: earliestAt, toAt: Math.max(latestAt, untilAt ?? latestAt) };
}

function saysOf({ kind, hits, moreHits }: RuleAnswer, window: Window): string {
  const looked = window.afterMs === 0 ? `${duration(window.beforeMs)} before` : `±${duration(window.beforeMs)}`;
  const words: Record<RuleAnswer['kind'], string> = {
    inTheWindow: count(hits.length + moreHits, 'change'),
    nothing: 'nothing',
    nothingInWhatWasSeen: 'nothing in what was seen',
    noData: 'no data',
    pending: hits.length > 0 ? `${count(hits.length + moreHits, 'change')}, still asking` : 'still asking',
    notApplicable: 'not applicable',
  };
  return `${words[kind]} · ${looked}`;
}
