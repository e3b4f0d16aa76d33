import type { Examined } from '../source.ts';
import type { Asked } from './api/failure.ts';
import type { AwsApi } from './api/open.ts';
import type { AwsEntry } from './entry.ts';

/**
 * Tries each thing that a look asks. Of what has to be named to be asked a name is used that nothing has: that it is not
 * found, or not a valid one, is said only to those who may ask.
 */
export async function examineAws(
  entry: AwsEntry,
  { here, global, nowAt }: { readonly here: AwsApi; readonly global: AwsApi | null; readonly nowAt: number },
  signal: AbortSignal,
): Promise<readonly Examined[]> {
  const identity = await here.others.account(signal);
  const who = outcomeOf('sts:GetCallerIdentity', identity);
  // Whoever has no valid credentials may do nothing of the rest either.
  if (identity.kind === 'failed' && identity.failure.kind === 'expired') return [who];

  const { region } = entry;
  const asked = { fromAt: nowAt - 60_000, toAt: nowAt, token: undefined };
  const arn = `arn:aws:elasticloadbalancing:${region}:000000000000`;
  const balancer = `${arn}:loadbalancer/net/apidown-examines/0000000000000000`;
  const group = `${arn}:targetgroup/apidown-examines/0000000000000000`;
  const tries: readonly (readonly [string, () => Promise<Asked<unknown>>])[] = [
    ['cloudtrail:LookupEvents', () => here.others.events({ ...asked, region, source: null }, signal)],
    ...(global === null
      ? []
      : [
          [
            'cloudtrail:LookupEvents in us-east-1',
            () => global.others.events({ ...asked, region: 'us-east-1', source: 'route53.amazonaws.com' }, signal),
          ] as const,
        ]),
    ...entry.hostedZoneIds.map(
      (zone) =>
        [
          `route53:ListResourceRecordSets of ${zone}`,
          () => here.others.records(zone, 'apidown.invalid', signal),
        ] as const,
    ),
    ...(entry.eksCluster === null
      ? []
      : [
          [
            `eks:DescribeCluster of ${entry.eksCluster}`,
            () => here.others.cluster(entry.eksCluster ?? '', signal),
          ] as const,
          ['ec2:DescribeVpcs', () => here.network.cidrsOf(nobody('vpc'), signal)] as const,
        ]),
    ['ec2:DescribeNetworkInterfaces', () => here.network.interfacesAt(['192.0.2.1'], signal)],
    ['ec2:DescribeInstances', () => here.network.instances([nobody('i')], signal)],
    ['ec2:DescribeSecurityGroupRules', () => here.network.groupRules([nobody('sg')], signal)],
    ['ec2:DescribeNetworkAcls', () => here.network.acls([nobody('subnet')], signal)],
    ['ec2:DescribeRouteTables', () => here.network.tables([nobody('vpc')], signal)],
    ['ec2:GetManagedPrefixListEntries', () => here.network.prefixList(nobody('pl'), signal)],
    ['elasticloadbalancing:DescribeLoadBalancers', () => here.balancers.all(null, signal)],
    ['elasticloadbalancing:DescribeListeners', () => here.balancers.listeners(balancer, signal)],
    ['elasticloadbalancing:DescribeTargetGroups', () => here.balancers.targetGroups(balancer, signal)],
    ['elasticloadbalancing:DescribeTargetGroupAttributes', () => here.balancers.keepsClientAddress(group, signal)],
    ['elasticloadbalancing:DescribeTargetHealth', () => here.balancers.targets(group, signal)],
    ['elasticloadbalancing:DescribeInstanceHealth', () => here.balancers.classicHealth('apidown-examines', signal)],
  ];
  // Services beside each other, since one that does not answer takes its time; one after the other of each.
  const services = [...new Set(tries.map(([what]) => what.split(':')[0]))];
  const examined = await Promise.all(
    services.map(async (service) => {
      const outcomes: Examined[] = [];
      for (const [what, attempt] of tries) {
        if (what.split(':')[0] === service) outcomes.push(outcomeOf(what, await attempt()));
      }
      return outcomes;
    }),
  );
  return [who, ...examined.flat()];
}

function outcomeOf(what: string, asked: Asked<unknown>): Examined {
  if (asked.kind === 'answer') return { what, outcome: 'ok', words: '' };
  const { failure } = asked;
  const isMeant = /^(eks|route53):/.test(what);
  if (!isMeant && (failure.kind === 'gone' || NO_SUCH.test(failure.code))) return { what, outcome: 'ok', words: '' };
  return { what, outcome: failure.kind === 'refused' ? 'missing' : 'failed', words: failure.words };
}

/** Of what is made up for the trial. */
const NO_SUCH =
  /NotFound(Exception)?$|\.NotFound$|\.Malformed$|^ValidationError$|^InvalidParameterValue$|^InvalidPrefixListId|^AccessPointNotFound/i;

function nobody(kind: string): string {
  return `${kind}-00000000000000000`;
}
