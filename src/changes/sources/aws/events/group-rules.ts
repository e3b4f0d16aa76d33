import { z } from 'zod';
import type { GroupPeer, GroupRule } from '../../../../packet/cloud/model.ts';
import { portsOf } from '../api/network-shapes.ts';
import type { ChangedRule, Deed, RemovedRule } from '../deed.ts';
import type { AwsEvent } from './event.ts';
import { Id, items, Port } from './shapes.ts';

/**
 * Authorize and revoke, which are told in several forms: permissions in `ipPermissions`, or flat in the request with the
 * rules in the response, or by the ids of rules alone. What the response holds is taken first: it has ids.
 */
export function readRules({ name, request, response }: AwsEvent): readonly Deed[] {
  const asked = Request.parse(request);
  const answered = Response.parse(response);
  const egress = name.endsWith('Egress');
  const isAdded = name.startsWith('Authorize');
  const group = asked.groupId ?? asked.groupName ?? answered[0]?.group;
  if (group === undefined) throw new TypeError('no security group is named');
  const permissions = [...asked.ipPermissions.flatMap(rulesOf), ...flatRule(asked)];
  const rules: readonly RemovedRule[] =
    answered.length > 0 ? answered.map(({ rule }) => rule) : [...permissions, ...asked.securityGroupRuleIds];
  if (rules.length === 0) throw new TypeError('no rule is named');
  const added = isAdded ? rules.filter((rule) => 'peer' in rule) : [];
  return [{ kind: 'group-rules', group, egress, added, removed: isAdded ? [] : rules }];
}

export function readRulesChanged({ request }: AwsEvent): readonly Deed[] {
  const { ModifySecurityGroupRulesRequest: asked } = Modified.parse(request);
  const rules = asked.SecurityGroupRule.map(({ SecurityGroupRuleId: id, SecurityGroupRule: rule }): ChangedRule => {
    const { IpProtocol: protocol, FromPort, ToPort } = rule;
    const peer = peerOf({
      cidr: rule.CidrIpv4 ?? rule.CidrIpv6,
      list: rule.PrefixListId,
      group: rule.ReferencedGroupId,
    });
    return { id, now: { protocol, ports: portsOf(protocol, FromPort, ToPort), peer } };
  });
  return [{ kind: 'group-rules-changed', group: asked.GroupId, rules }];
}

const created = z.object({ groupId: Id });

export function readGroup({ name, request, response }: AwsEvent): readonly Deed[] {
  if (name === 'CreateSecurityGroup')
    return [{ kind: 'group', group: created.parse(response).groupId, done: 'created' }];
  const { groupId, groupName } = z.object({ groupId: Id.optional(), groupName: Id.optional() }).parse(request);
  return [{ kind: 'group', group: Id.parse(groupId ?? groupName), done: 'deleted' }];
}

const Protocol = z.union([z.string(), z.number()]).transform(String);

const Permission = z.object({
  ipProtocol: Protocol,
  fromPort: Port,
  toPort: Port,
  groups: items(z.object({ groupId: z.string().optional(), groupName: z.string().optional() })),
  ipRanges: items(z.object({ cidrIp: z.string() })),
  ipv6Ranges: items(z.object({ cidrIpv6: z.string() })),
  prefixListIds: items(z.object({ prefixListId: z.string() })),
});

const Request = z.object({
  groupId: Id.optional(),
  groupName: Id.optional(),
  ipPermissions: items(Permission),
  cidrIp: z.string().optional(),
  cidrIpv6: z.string().optional(),
  ipProtocol: Protocol.optional(),
  fromPort: Port,
  toPort: Port,
  sourceSecurityGroupName: z.string().optional(),
  securityGroupRuleIds: items(
    z.union([Id, z.object({ securityGroupRuleId: Id }).transform((one) => one.securityGroupRuleId)]),
  ).transform((ids) => ids.map((id) => ({ id }))),
});

const Told = z.object({
  groupId: Id,
  securityGroupRuleId: z.string().nullish(),
  ipProtocol: Protocol,
  fromPort: Port,
  toPort: Port,
  cidrIpv4: z.string().nullish(),
  cidrIpv6: z.string().nullish(),
  prefixListId: z.string().nullish(),
  referencedGroupInfo: z.object({ groupId: z.string() }).nullish(),
});

const Response = z
  .object({
    securityGroupRuleSet: items(Told),
    revokedSecurityGroupRuleSet: items(Told.extend({ referencedGroupId: z.string().nullish() })),
  })
  .transform(({ securityGroupRuleSet, revokedSecurityGroupRuleSet }) => [
    ...securityGroupRuleSet.map((told) => toldRule(told, told.referencedGroupInfo?.groupId)),
    ...revokedSecurityGroupRuleSet.map((told) =>
      toldRule(told, told.referencedGroupId ?? told.referencedGroupInfo?.groupId),
    ),
  ]);

function toldRule(told: z.infer<typeof Told>, group: string | undefined): { group: string; rule: GroupRule } {
  const { ipProtocol: protocol, fromPort, toPort } = told;
  const peer = peerOf({ cidr: told.cidrIpv4 ?? told.cidrIpv6, list: told.prefixListId, group });
  return {
    group: told.groupId,
    rule: { id: told.securityGroupRuleId ?? null, protocol, ports: portsOf(protocol, fromPort, toPort), peer },
  };
}

const ModifiedRule = z.object({
  SecurityGroupRuleId: Id,
  SecurityGroupRule: z.object({
    IpProtocol: Protocol,
    FromPort: Port,
    ToPort: Port,
    CidrIpv4: z.string().optional(),
    CidrIpv6: z.string().optional(),
    PrefixListId: z.string().optional(),
    ReferencedGroupId: z.string().optional(),
  }),
});

/** A single one stands without a list around it. */
const Modified = z.object({
  ModifySecurityGroupRulesRequest: z.object({
    GroupId: Id,
    SecurityGroupRule: z.union([z.array(ModifiedRule).min(1), ModifiedRule.transform((one) => [one])]),
  }),
});

function rulesOf(permission: z.infer<typeof Permission>): readonly GroupRule[] {
  const { ipProtocol: protocol, fromPort, toPort } = permission;
  const peers: GroupPeer[] = [
    ...permission.ipRanges.map(({ cidrIp }) => ({ kind: 'cidr', cidr: cidrIp }) as const),
    ...permission.ipv6Ranges.map(({ cidrIpv6 }) => ({ kind: 'cidr', cidr: cidrIpv6 }) as const),
    ...permission.prefixListIds.map(({ prefixListId: id }) => ({ kind: 'prefixList', id }) as const),
    ...permission.groups.flatMap(({ groupId, groupName }) =>
      groupId || groupName ? [{ kind: 'group', id: groupId ?? groupName ?? '' } as const] : [],
    ),
  ];
  return peers.map((peer) => ({ id: null, protocol, ports: portsOf(protocol, fromPort, toPort), peer }));
}

function flatRule(asked: z.infer<typeof Request>): readonly GroupRule[] {
  const cidr = asked.cidrIp ?? asked.cidrIpv6;
  if (cidr === undefined && asked.sourceSecurityGroupName === undefined) return [];
  const protocol = asked.ipProtocol ?? '-1';
  const peer = peerOf({ cidr, list: null, group: asked.sourceSecurityGroupName });
  return [{ id: null, protocol, ports: portsOf(protocol, asked.fromPort, asked.toPort), peer }];
}

function peerOf(told: {
  readonly cidr: string | null | undefined;
  readonly list: string | null | undefined;
  readonly group: string | null | undefined;
}): GroupPeer {
  if (told.cidr) return { kind: 'cidr', cidr: told.cidr };
  if (told.list) return { kind: 'prefixList', id: told.list };
  if (told.group) return { kind: 'group', id: told.group };
  throw new TypeError('a rule names no address, list or group');
}
