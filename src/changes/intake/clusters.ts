import type { Draft } from './draft.ts';

/** Which clusters an event is about that names none: the first rule that fits. What is null of a rule fits all. */
export interface ClusterRule {
  /** Beginnings of the event's source and subject, up to a `/`; large and small letters are one. */
  readonly source: string | null;
  readonly subject: string | null;
  readonly clusters: readonly string[];
}

/** The clusters that a change is about, or why that can't be told, in words. */
export function clustersOf(
  { clusters: named, source, subject }: Pick<Draft, 'clusters' | 'source' | 'subject'>,
  known: readonly string[],
  rules: readonly ClusterRule[],
): readonly string[] | string {
  if (named !== null && named.length > 0) {
    const strange = named.filter((name) => !known.includes(name)).map((name) => `"${name.slice(0, 100)}"`);
    if (strange.length === 0) return named;
    return `${strange.slice(0, 5).join(', ')} is no cluster of the configuration (${known.join(', ')})`;
  }
  const rule = rules.find(
    (each) =>
      (each.source === null || beginsWith(source, each.source)) &&
      (each.subject === null || beginsWith(subject ?? '', each.subject)),
  );
  if (rule !== undefined) return rule.clusters;
  if (known.length === 1) return known;
  return (
    `it names no cluster (${known.join(', ')}): give one by the attribute apidowncluster, by data.cluster or, in PagerDuty’s ` +
    `body, by custom_details.cluster; or have changes.intake.clusters tell it from the source ${source.slice(0, 200)}`
  );
}

/** `//host/projects/a` is no beginning of `//host/projects/ab`. */
function beginsWith(text: string, beginning: string): boolean {
  const [whole, start] = [text.toLowerCase(), beginning.toLowerCase()];
  return (
    whole.startsWith(start) && (start.endsWith('/') || whole.length === start.length || whole[start.length] === '/')
  );
}
