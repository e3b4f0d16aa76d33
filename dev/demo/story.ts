import type { StandInCluster } from '../stand-in/cluster.ts';
import type { Knows } from './knows.ts';
import type { Narrator } from './narrator.ts';
import type { Person } from './person.ts';

/** What breaks, and how somebody finds out with the product's help. */
export interface Story {
  /** In one line, for those who choose one. */
  readonly about: string;
  /** @throws when the product does not say what is true */
  play(scene: Scene): Promise<void>;
}

interface Scene {
  readonly cluster: StandInCluster;
  readonly knows: Knows;
  readonly person: Person;
  readonly narrator: Narrator;
}
