import type { UserGroupOption, UserOption } from './options.ts';

export interface Person {
  readonly id: string;
  readonly name: string;
  readonly realName: string;
  readonly tz: string;
  readonly isBot: boolean;
}

export interface People {
  find(id: string): Person | null;
  all(): readonly Person[];
  groups(): readonly Required<UserGroupOption>[];
}

export function createPeople(
  users: readonly UserOption[],
  groups: readonly UserGroupOption[],
  bot: { readonly userId: string; readonly name: string },
): People {
  const people = new Map<string, Person>();
  for (const { id, name, realName = name, tz = 'UTC' } of users) {
    people.set(id, { id, name, realName, tz, isBot: false });
  }
  people.set(bot.userId, { id: bot.userId, name: bot.name, realName: bot.name, tz: 'UTC', isBot: true });
  const named = groups.map((group) => ({ name: group.handle, ...group }));
  return {
    find: (id) => people.get(id) ?? null,
    all: () => [...people.values()],
    groups: () => named,
  };
}
