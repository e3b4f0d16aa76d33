import type { Grant, Permission } from '../words/grant.ts';

/** Somebody who asks for something, somewhere. */
export interface Asker {
  readonly user: string;
  /** Ids of the user groups they are known to be in. */
  readonly userGroups: readonly string[];
  readonly channel: string;
  readonly cluster: string;
}

export type Decision =
  | { readonly kind: 'allowed' }
  | {
      readonly kind: 'refused';
      readonly permission: Permission;
      readonly cluster: string;
      /** Who has it for this cluster in this channel. */
      readonly users: readonly string[];
      readonly groups: readonly string[];
      /** Channels in which this person, or others, would have it. */
      readonly channels: readonly string[];
    };

/** Pure. Without any grant everybody may do everything; whoever may investigate may schedule, and whoever may do that may view. */
export function decide(grants: readonly Grant[], asker: Asker, permission: Permission): Decision {
  if (grants.length === 0) return { kind: 'allowed' };
  const giving = grantsFor(grants, asker.cluster, permission);
  const here = giving.filter((grant) => holdsIn(grant, asker.channel));
  if (here.some((grant) => isFor(grant, asker))) return { kind: 'allowed' };
  const elsewhere = giving.filter((grant) => !holdsIn(grant, asker.channel));
  return {
    kind: 'refused',
    permission,
    cluster: asker.cluster,
    users: unique(here.flatMap((grant) => grant.users ?? [])),
    groups: unique(here.flatMap((grant) => grant.groups ?? [])),
    channels: unique(elsewhere.filter((grant) => isFor(grant, asker)).flatMap((grant) => grant.channels ?? [])),
  };
}

/** Where somebody may do something. */
export type Reach =
  | { readonly kind: 'everywhere' }
  /** Only in these channels; empty: nowhere. */
  | { readonly kind: 'channels'; readonly channels: readonly string[] };

/** Pure. Where the asker would be allowed, whatever channel they stand in now. */
export function reachOf(grants: readonly Grant[], asker: Omit<Asker, 'channel'>, permission: Permission): Reach {
  if (grants.length === 0) return { kind: 'everywhere' };
  const given = grantsFor(grants, asker.cluster, permission).filter((grant) => isFor(grant, asker));
  if (given.some(({ channels }) => channels === undefined)) return { kind: 'everywhere' };
  return { kind: 'channels', channels: unique(given.flatMap(({ channels }) => channels ?? [])) };
}

/** User groups whose members have to be known to decide. */
export function groupsThatMatter(
  grants: readonly Grant[],
  asker: Pick<Asker, 'cluster'>,
  permission: Permission,
): readonly string[] {
  return unique(grantsFor(grants, asker.cluster, permission).flatMap((grant) => grant.groups ?? []));
}

const includes: Readonly<Record<Permission, readonly Permission[]>> = {
  view: ['view'],
  schedule: ['schedule', 'view'],
  investigate: ['investigate', 'schedule', 'view'],
  audit: ['audit'],
};

function grantsFor(grants: readonly Grant[], cluster: string, permission: Permission): readonly Grant[] {
  return grants.filter(
    ({ may, clusters }) =>
      may.some((given) => includes[given].includes(permission)) &&
      (clusters === undefined || clusters.includes(cluster)),
  );
}

function holdsIn({ channels }: Grant, channel: string): boolean {
  return channels === undefined || channels.includes(channel);
}

function isFor({ users, groups }: Grant, asker: Pick<Asker, 'user' | 'userGroups'>): boolean {
  if (users === undefined && groups === undefined) return true;
  return (users?.includes(asker.user) ?? false) || (groups?.some((group) => asker.userGroups.includes(group)) ?? false);
}

function unique(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)];
}
