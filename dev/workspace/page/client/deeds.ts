import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Deed, Outcome } from '../deed.ts';
import type { Screen } from '../screen.ts';
import type { Place } from './place.ts';
import type { Question } from './question.tsx';

/** What every part of the page may need: what is seen, and ways to act. */
export interface Here {
  readonly screen: Screen;
  readonly place: Place;
  go(place: Partial<Place>): void;
  /** Sends it, and tells the person when it went wrong. */
  act(deed: Deed): Promise<Outcome>;
  /** Resolves with whether the person agreed. */
  ask(question: Question): Promise<boolean>;
  /** What Slackbot says to this person alone; gone when the page is loaded anew. */
  note(note: Omit<Note, 'at'>): void;
  readonly notes: readonly Note[];
  /** A short word at the edge of the page. */
  toast(words: string): void;
}

export interface Note {
  readonly channel: string;
  readonly thread: string | null;
  readonly words: string;
  readonly at: number;
}

const HereContext = createContext<Here | null>(null);
export const ProvideHere = HereContext.Provider;

export function useHere(): Here {
  const here = useContext(HereContext);
  if (here === null) throw new Error('This part of the page stands outside of the workspace');
  return here;
}

export function nameOf({ people, channels, offered, groups }: Screen, id: string): string {
  return (
    people.find((person) => person.id === id)?.name ??
    channels.find((channel) => channel.id === id)?.name ??
    offered.find((channel) => channel.id === id)?.name ??
    groups.find((group) => group.id === id)?.handle ??
    id
  );
}
