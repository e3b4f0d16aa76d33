import type { AccessList, CloudHop, CloudInterface, CloudModel, CloudWay } from '../../packet/cloud/model.ts';
import type { Detail } from '../../words/evidence.ts';
import type { PathHop, PathWay } from './way.ts';

/** As many as a way holds. */
const most = { parts: 32, addresses: 64, hops: 16, unread: 16 } as const;

/** The ways that a cloud knows, as a person follows them. */
export function waysOfCloud(by: string, model: CloudModel): readonly PathWay[] {
  return model.ways.map(({ addresses, port, hops, unread }: CloudWay) => ({
    by,
    addresses: addresses.slice(0, most.addresses),
    port,
    hops: hops.slice(0, most.hops).map((hop) => hopOf(hop, model)),
    unread: unread.slice(0, most.unread),
  }));
}

function hopOf({ kind, name, port, health, interfaces, access }: CloudHop, model: CloudModel): PathHop {
  const parts = [
    ...interfaces.map((one) => interfacePart(one, model)),
    ...(access === null ? [] : [accessPart(access)]),
  ];
  return { kind, name, port, health, parts: parts.slice(0, most.parts) };
}

function interfacePart({ id, addresses, subnet, groups, acl, table }: CloudInterface, model: CloudModel): Detail {
  const named = (groups ?? []).map((group) => {
    const name = model.groups[group]?.name ?? '';
    return name === '' ? group : `${group} (${name})`;
  });
  const parts = [
    addresses.join(', '),
    subnet,
    groups === null ? 'no security groups' : `security groups ${named.join(', ') || 'none'}`,
    `network ACL ${acl ?? 'not read'}`,
    `routes ${table ?? 'not read'}`,
  ];
  return { label: `interface ${id}`, value: parts.filter((part) => part !== '').join('; ') };
}

function accessPart({ publicAccess, privateAccess, publicCidrs }: AccessList): Detail {
  const open = publicAccess ? `public for ${publicCidrs.join(', ') || 'nobody'}` : 'not public';
  return { label: 'access list', value: `${open}; ${privateAccess ? 'private too' : 'not private'}` };
}
