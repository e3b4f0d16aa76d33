import { randomBytes } from 'node:crypto';
import type { ViewContent } from './blocks/views.ts';
import type { Changes } from './changes.ts';
import type { Clock } from './options.ts';
import type { Entered } from './state-values.ts';

/** A modal or Home tab as one person has it before them. Each change makes another version with the same id and a new hash. */
export interface View {
  readonly id: string;
  readonly userId: string;
  readonly hash: string;
  readonly content: ViewContent;
  readonly rootViewId: string;
  readonly previousViewId: string | null;
  /** What the app found wrong with the last submission, by block id. */
  readonly errors: Readonly<Record<string, string>>;
  /** What the person has entered so far. */
  readonly entered: Entered;
}

export interface Modals {
  /** What a person has open, the topmost last. */
  stack(userId: string): readonly View[];
  home(userId: string): View | null;
  find(viewId: string): View | null;
  findExternal(externalId: string): View | null;
  /** Opens on top of nothing: what stood before goes away. */
  open(userId: string, content: ViewContent): View;
  push(userId: string, content: ViewContent): View;
  publish(userId: string, content: ViewContent): View;
  update(view: View, content: ViewContent): View;
  /** Everything about a view that isn't its content; its hash stays. */
  note(view: View, change: Partial<Pick<View, 'errors' | 'entered'>>): View;
  close(view: View): void;
  clear(userId: string): void;
}

export function createModals(clock: Clock, changes: Changes): Modals {
  const stacks = new Map<string, readonly View[]>();
  const homes = new Map<string, View>();

  const hash = () => `${Math.floor(clock.nowAt() / 1000)}.${randomBytes(4).toString('hex')}`;
  const make = (userId: string, content: ViewContent, previous: View | null): View => {
    const id = `V${randomBytes(6).toString('hex').toUpperCase()}`;
    return {
      id,
      userId,
      hash: hash(),
      content,
      rootViewId: previous?.rootViewId ?? id,
      previousViewId: previous?.id ?? null,
      errors: {},
      entered: {},
    };
  };
  const stack = (userId: string) => stacks.get(userId) ?? [];
  const put = (userId: string, views: readonly View[]) => {
    stacks.set(userId, views);
    changes.happened();
  };
  const replace = (view: View) => {
    if (homes.get(view.userId)?.id === view.id) {
      homes.set(view.userId, view);
      changes.happened();
    } else {
      put(
        view.userId,
        stack(view.userId).map((other) => (other.id === view.id ? view : other)),
      );
    }
    return view;
  };
  const all = () => [...[...stacks.values()].flat(), ...homes.values()];

  return {
    stack,
    home: (userId) => homes.get(userId) ?? null,
    find: (viewId) => all().find((view) => view.id === viewId) ?? null,
    findExternal: (externalId) => all().find((view) => view.content.external_id === externalId) ?? null,
    open(userId, content) {
      const view = make(userId, content, null);
      put(userId, [view]);
      return view;
    },
    push(userId, content) {
      const view = make(userId, content, stack(userId).at(-1) ?? null);
      put(userId, [...stack(userId), view]);
      return view;
    },
    publish(userId, content) {
      const known = homes.get(userId);
      const view = known ? { ...known, content, hash: hash() } : make(userId, content, null);
      homes.set(userId, view);
      changes.happened();
      return view;
    },
    update: (view, content) => replace({ ...view, content, hash: hash(), errors: {} }),
    note: (view, change) => replace({ ...view, ...change }),
    close: (view) =>
      put(
        view.userId,
        stack(view.userId).filter((other) => other.id !== view.id),
      ),
    clear: (userId) => put(userId, []),
  };
}
