import type { ChangeCategory } from '../../src/words/change.ts';
import type { StandInCluster } from '../stand-in/cluster.ts';
import type { StoryCard } from '../workspace/page/stage.ts';
import type { Knows } from './knows.ts';
import type { Narrator } from './narrator.ts';
import type { LeadingCause, Person } from './person.ts';

/** What breaks, and how it is put right. */
export interface Playable<Cluster> extends StoryCard {
  /** Breaks it where it breaks for real, and changes a few things beside it that break nothing. */
  breakIt(cluster: Cluster): Promise<void>;
  /** Puts right what this story broke; safe to call when it broke nothing. */
  mend(cluster: Cluster): Promise<void>;
  /** What the prober looks at no more than every few seconds, where this story changes it. */
  readonly seenLate?: readonly ChangeCategory[];
}

/** How somebody finds out, with the product's help, is theirs to play, or the script's way. */
export interface Story extends Playable<StandInCluster> {
  /** What the product has to find: known to those who check it, and shown to nobody who plays. */
  readonly cause: LeadingCause;
  readonly script: Script;
}

/** What a play without anybody says and does. */
interface Script {
  /** In one line, with the cause. */
  readonly about: string;
  /** What really happens, a sentence each. */
  readonly happens: readonly string[];
  readonly mended: string;
  /** What is seen, before it is mended and after. @throws when the product does not say what is true */
  walk(scene: Scene): Promise<void>;
  walkAfter(scene: Scene): Promise<void>;
  readonly conclusion: string;
}

export interface Scene {
  readonly cluster: StandInCluster;
  readonly knows: Knows;
  readonly person: Person;
  readonly narrator: Narrator;
}
