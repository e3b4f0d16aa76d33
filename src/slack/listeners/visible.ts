import type { Permission } from '../../words/grant.ts';
import type { Caller, ListenerPorts } from './ports.ts';

export type Visible =
  | { readonly kind: 'visible'; readonly clusters: readonly string[] }
  /** They have the permission for none of them. */
  | { readonly kind: 'refused'; readonly mrkdwn: string };

/** Of these clusters, those for which the caller has the permission where they are. */
export async function visibleTo(
  { gate }: Pick<ListenerPorts, 'gate'>,
  caller: Caller,
  clusters: readonly string[],
  permission: Permission,
): Promise<Visible> {
  const looked = await Promise.all(
    clusters.map(async (name) => ({ name, permitted: await gate.check(caller, name, permission) })),
  );
  const visible = looked.filter(({ permitted }) => permitted.kind === 'allowed').map(({ name }) => name);
  const [refused] = looked.flatMap(({ permitted }) => (permitted.kind === 'refused' ? [permitted.mrkdwn] : []));
  return visible.length === 0 && refused !== undefined
    ? { kind: 'refused', mrkdwn: refused }
    : { kind: 'visible', clusters: visible };
}
