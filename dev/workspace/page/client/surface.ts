import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Block } from '../../blocks/blocks.ts';
import type { Element } from '../../blocks/elements.ts';
import type { Entry } from '../../enter.ts';
import type { ElementState } from '../../state-values.ts';

/** What blocks stand on, a message or a view, as their elements see it. */
export interface Surface {
  /** What stands in an element now: entered, or what it began with. */
  entryOf(block: Block, element: Element): Entry;
  /** Keeps what was entered; tells the app where it is to be told. */
  enter(block: Block, element: Element, entry: Entry): void;
  /** Keeps what is being typed, and tells nobody. */
  type(block: Block, element: Element, entry: Entry): void;
  press(block: Block, element: Element): void;
  /** The element whose press or choice the app has not answered yet. */
  readonly waiting: string | null;
  /** What is wrong, by block id. */
  readonly errors: Readonly<Record<string, string>>;
}

const SurfaceContext = createContext<Surface | null>(null);
export const ProvideSurface = SurfaceContext.Provider;

export function useSurface(): Surface {
  const surface = useContext(SurfaceContext);
  if (surface === null) throw new Error('This element stands on no message and no view');
  return surface;
}

/** What the workspace keeps of an element, as a person would enter it. */
export function entryOfState(state: ElementState | null): Entry {
  if (state === null) return null;
  if (state.selected_options) return state.selected_options.map(({ value }) => value);
  return (
    state.value ??
    state.selected_option?.value ??
    state.selected_date ??
    state.selected_time ??
    state.selected_date_time ??
    state.selected_user ??
    state.selected_channel ??
    state.selected_conversation ??
    state.selected_users ??
    state.selected_channels ??
    state.selected_conversations ??
    null
  );
}

export function oneOf(entry: Entry): string {
  return entry === null || typeof entry === 'object' ? '' : String(entry);
}

export function manyOf(entry: Entry): readonly string[] {
  if (entry === null) return [];
  return typeof entry === 'object' ? entry : [String(entry)];
}
