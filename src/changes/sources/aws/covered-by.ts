import type { ChangeCategory } from '../../../words/change.ts';
import type { Looked, Stretch } from '../source.ts';
import type { History } from './history.ts';

/** Stretches for which a look can answer: as far as CloudTrail has delivered, without the moments that can't be read. */
export function coveredBy(
  { fromAt, gaps }: History,
  categories: readonly ChangeCategory[],
  stretch: Stretch,
  deliveredUntilAt: number,
): Looked['covered'] {
  if (fromAt === null) return [];
  const whole = { fromAt: Math.max(fromAt, stretch.fromAt), toAt: Math.min(stretch.toAt, deliveredUntilAt) };
  const torn = new Set(gaps.map(({ category }) => category));
  const rest = categories.filter((category) => !torn.has(category));
  return [
    ...(rest.length === 0 ? [] : [{ ...whole, categories: rest }]),
    ...categories
      .filter((category) => torn.has(category))
      .flatMap((category) => {
        const moments = gaps.filter((gap) => gap.category === category).map(({ at }) => at);
        return without(whole, moments).map((span) => ({ ...span, categories: [category] }));
      }),
  ].filter((span) => span.fromAt <= span.toAt);
}

/** Moments are told in whole seconds. */
function without(whole: Stretch, moments: readonly number[]): readonly Stretch[] {
  return moments.reduce<readonly Stretch[]>(
    (spans, at) =>
      spans
        .flatMap((span) => [
          { fromAt: span.fromAt, toAt: Math.min(span.toAt, at - 1) },
          { fromAt: Math.max(span.fromAt, at + 1_000), toAt: span.toAt },
        ])
        .filter(({ fromAt, toAt }) => fromAt <= toAt),
    [whole],
  );
}
