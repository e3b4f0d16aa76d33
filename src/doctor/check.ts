import type { SourceKind } from '../changes/sources/registry.ts';
import type { Pieces } from '../config/load.ts';
import type { Environment } from '../config/tokens.ts';
import type { Clock } from '../ops/clock.ts';
import type { Finding } from './finding.ts';

/** What every check starts from. Holds secrets. */
export interface Situation extends Pieces {
  readonly env: Environment;
  readonly clock: Clock;
  /** Of this program, as its package says. */
  readonly version: string;
  /** Of the Node that runs it: `24.21.0`. */
  readonly nodeVersion: string;
  /** `app-manifest.yml` as it comes with this program. */
  readonly manifestFile: string;
  /** The folder in which Kubernetes puts a pod's credentials. */
  readonly podFolder: string;
  /** How many bytes this user may still write in the file system of a folder. */
  freeBytesIn(folder: string): Promise<number>;
  readonly sourceKinds: readonly SourceKind[];
}

/** One thing that may be wrong with a set-up. Reads only: neither Slack nor GitHub, a cluster or the database is changed by it. */
export interface DoctorCheck {
  /** In JSON, and stable: `slack-tokens`. */
  readonly id: string;
  /** What it looks at, as a heading. */
  readonly title: string;
  /** Longer than this it is not waited for. */
  readonly withinMs: number;
  /** May reject: that is a finding too. */
  run(situation: Situation, signal: AbortSignal): Promise<readonly Finding[]>;
}
