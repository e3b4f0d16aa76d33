import type { Phrase } from '../briefing/phrase.ts';
import type { Change, ChangeCategory } from '../words/change.ts';
import type { Period, WayFigures } from './figures/way-figures.ts';

/** How all clusters of one post fared. */
export interface HealthReport extends Period {
  /** In the order of the configuration. */
  readonly clusters: readonly ClusterHealth[];
  /** What can't be told of any of them, in words. */
  readonly notes: readonly string[];
}

export interface ClusterHealth {
  readonly cluster: string;
  /** Gravest first; none: it is well. */
  readonly problems: readonly Problem[];
  /** What clients see first. */
  readonly ways: readonly WayFigures[];
  /** Of the served certificate that ends first. Epoch ms; null: none was seen. */
  readonly certificateEndsAt: number | null;
  readonly agents: number;
  readonly changes: ChangesOfPeriod;
}

export interface ChangesOfPeriod {
  /** The most first. */
  readonly byCategory: readonly { readonly category: ChangeCategory; readonly amount: number }[];
  readonly total: number;
  readonly notable: readonly Change[];
}

/** `down`: now; `grave`: was, or soon will be; `note`: somebody should look after it. */
type Gravity = 'down' | 'grave' | 'note';

export interface Problem {
  readonly gravity: Gravity;
  readonly words: Phrase;
}

const gravities: readonly Gravity[] = ['down', 'grave', 'note'];

export function gravestFirst(problems: readonly Problem[]): readonly Problem[] {
  return problems.toSorted((a, b) => gravities.indexOf(a.gravity) - gravities.indexOf(b.gravity));
}

/** Those with problems, the gravest first, and those without. */
export function sorted({ clusters }: Pick<HealthReport, 'clusters'>): {
  readonly ailing: readonly ClusterHealth[];
  readonly well: readonly ClusterHealth[];
} {
  const weight = ({ problems: [first] }: ClusterHealth) => (first === undefined ? 0 : gravities.indexOf(first.gravity));
  return {
    ailing: clusters.filter(({ problems }) => problems.length > 0).toSorted((a, b) => weight(a) - weight(b)),
    well: clusters.filter(({ problems }) => problems.length === 0),
  };
}

/** The way that stands for the cluster: what clients outside see, as far as anybody probes from there. */
export function mainWay({ ways }: Pick<ClusterHealth, 'ways'>): WayFigures | null {
  return ways[0] ?? null;
}
