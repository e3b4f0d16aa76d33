import type { LabelSelector } from './spec.ts';

export type Labels = Readonly<Record<string, string>>;

/**
 * Does the selector pick something with these labels? All its requirements must hold; an empty one picks everything.
 * Source: `Requirement.Matches` in k8s.io/apimachinery/pkg/labels: `NotIn` holds for a label that is absent.
 */
export function selects(selector: LabelSelector, labels: Labels): boolean {
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) {
    if (labelOf(labels, key) !== value) return false;
  }
  return (selector.matchExpressions ?? []).every(({ key, operator, values }) => {
    const value = labelOf(labels, key);
    switch (operator) {
      case 'In':
        return value !== undefined && (values ?? []).includes(value);
      case 'NotIn':
        return value === undefined || !(values ?? []).includes(value);
      case 'Exists':
        return value !== undefined;
      case 'DoesNotExist':
        return value === undefined;
      default:
        return operator satisfies never;
    }
  });
}

/** Pairs of which a pod must carry one to be picked, for an index; null when there are none to go by. */
export function requiredPairs(selector: LabelSelector): readonly LabelPair[] | null {
  for (const [key, value] of Object.entries(selector.matchLabels ?? {})) return [{ key, value }];
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    if (operator === 'In') return [...new Set(values)].map((value) => ({ key, value }));
  }
  return null;
}

export interface LabelPair {
  readonly key: string;
  readonly value: string;
}

export function selectsEverything(selector: LabelSelector): boolean {
  return Object.keys(selector.matchLabels ?? {}).length === 0 && (selector.matchExpressions ?? []).length === 0;
}

/** Labels come from a cluster: one may be called `constructor`. */
function labelOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}
