import type { CloudModel } from '../../packet/cloud/model.ts';
import type { Change, ChangeCategory } from '../../words/change.ts';

/**
 * Something outside of the clusters that records changes and is asked by the bot: a cloud account, a repository, a load
 * balancer. Made by a factory of its folder from its settings; does nothing until it is asked. Times are epoch ms on the
 * bot's clock.
 */
export interface OutsideSource {
  /** As in `Change.source`: the name of its folder. */
  readonly name: string;
  /** Which of them, as in `Change.instance`: account and region, repository, address. */
  readonly instance: string;
  /** Clusters that its changes may be about. */
  readonly clusters: readonly string[];
  /** A line for each thing that a person would look at; together all categories that it can tell of. */
  readonly tells: readonly Told[];
  /** It records things up to this much after they happened. */
  readonly lateMs: number;
  /** How long ago it can still answer for. */
  readonly reachesBackMs: number;
  /** Pause between two looks by itself; what it is asked in a steady hour follows from it. */
  readonly lookEveryMs: number;
  /**
   * Everything that changed within the stretch, as far as it can tell. Told again is right: ids are stable. Never
   * rejects but for the signal's reason: what failed stands in the answer. Heeds its own rate limit by waiting.
   */
  look(stretch: Stretch, signal: AbortSignal): Promise<Looked>;
  /** For `apidown doctor`: tries each thing that it has to read, and says of each whether it may. Never rejects but for the signal's reason. */
  examine(signal: AbortSignal): Promise<readonly Examined[]>;
  /** How many requests it has made so far; left out where they are not counted. */
  requests?(): number;
  /**
   * Of a cloud: what is on the way to the cluster's API server now; read anew unless it was within the last seconds.
   * Rejects for nothing but the signal's reason.
   */
  currentModel?(cluster: string, signal: AbortSignal): Promise<CurrentModel>;
  /** Gives back what it holds; nothing is asked afterwards. */
  close?(): Promise<void>;
}

/** Both ends are inside. Epoch ms. */
export interface Stretch {
  readonly fromAt: number;
  readonly toAt: number;
}

interface Told {
  readonly categories: readonly ChangeCategory[];
  /** For a person: `AWS security groups and network ACLs (prod-eu)`. */
  readonly words: string;
}

/** What came of one look. A part may have failed while another answered: then there are both `covered` and `troubles`. */
export interface Looked {
  readonly changes: readonly { readonly cluster: string; readonly change: Change }[];
  /** Stretches that it can answer for now, whole: what is later than it records yet is not in them. */
  readonly covered: readonly (Stretch & { readonly categories: readonly ChangeCategory[] })[];
  readonly troubles: readonly SourceTrouble[];
}

/** Why a source, or a part of it, can't answer. */
export interface SourceTrouble {
  /** `refused`: no permission. `expired`: credentials that are over or wrong. `limited`: asked too often. */
  readonly kind: 'refused' | 'expired' | 'limited' | 'unreachable' | 'timedOut' | 'malformed' | 'gone';
  /** What can't be answered for. */
  readonly categories: readonly ChangeCategory[];
  /** What happened and what to do, after a colon in a sentence; no secret in it: `the credentials have expired; renew …`. */
  readonly words: string;
}

export interface Examined {
  /** What was tried, for a person: `ec2:DescribeSecurityGroups`, `read issues of acme/infra`. */
  readonly what: string;
  readonly outcome: 'ok' | 'missing' | 'failed';
  /** Unless it is ok: what happened and how to mend it. */
  readonly words: string;
}

export interface KnownModel {
  readonly model: CloudModel;
  /** The way in words, from left to right, a line for each address and target. */
  readonly path: readonly string[];
}

export type CurrentModel =
  /** `troubles`: what of it could not be read; that stands in its ways as well. */
  | ({ readonly kind: 'model'; readonly troubles: readonly SourceTrouble[] } & KnownModel)
  /** `last`: what was read while it could be. */
  | { readonly kind: 'trouble'; readonly trouble: SourceTrouble; readonly last: KnownModel | null };
