import type { ClassicBalancer } from './api/balancers.ts';
import type { Asked } from './api/failure.ts';
import type { Interface } from './api/network-shapes.ts';
import type { AwsApi } from './api/open.ts';
import { nameOf } from './api/others.ts';
import type { AwsEntry } from './entry.ts';
import type { AwsState, StateBalancer } from './state.ts';
import { distinct, type Told } from './told.ts';

interface Finding {
  readonly entry: AwsEntry;
  /** The endpoint's, and what it stands for. */
  readonly names: readonly string[];
  readonly at: readonly Interface[];
  readonly last: AwsState | null;
}

export interface Found {
  readonly balancers: readonly StateBalancer[];
  readonly classic: readonly ClassicBalancer[];
  /** By nothing else than what the last look found. */
  readonly byLast: boolean;
}

export const foundNone: Found = { balancers: [], classic: [], byLast: false };

/** By what the configuration names; else by the interfaces that have the endpoint's addresses; else by name; else those of the last look. */
export async function findBalancers(
  api: AwsApi,
  { entry, names, at, last }: Finding,
  told: Told,
  signal: AbortSignal,
): Promise<Found> {
  const arns = entry.loadBalancerArns.filter((arn) => !isClassicArn(arn));
  const classicNames = entry.loadBalancerArns.filter(isClassicArn).map((arn) => arn.split('/').at(-1) ?? '');
  if (entry.loadBalancerArns.length > 0) {
    const balancers = arns.length === 0 ? [] : told(await api.balancers.all({ arns }, signal), []);
    const classic = classicNames.length === 0 ? [] : told(await api.balancers.classic(classicNames, signal), []);
    // Of those of several clusters the one that the name leads to.
    const meant = [...balancers, ...classic].filter(({ dnsName }) => leadsTo(names, dnsName));
    const isMeant = (one: { readonly dnsName: string }) =>
      meant.length === 0 || meant.some(({ dnsName }) => dnsName === one.dnsName);
    return { balancers: balancers.filter(isMeant).map(asState), classic: classic.filter(isMeant), byLast: false };
  }
  const described = at.map(descriptionOf).filter((one) => one !== null);
  const modern = distinct(described.filter(({ isClassic }) => !isClassic).map(({ name }) => name));
  const old = distinct(described.filter(({ isClassic }) => isClassic).map(({ name }) => name));
  if (modern.length + old.length > 0) {
    return {
      balancers: modern.length === 0 ? [] : told(await api.balancers.all({ names: modern }, signal), []).map(asState),
      classic: old.length === 0 ? [] : told(await api.balancers.classic(old, signal), []),
      byLast: false,
    };
  }
  if (at.some(({ instance }) => instance !== null)) return foundNone;
  if (names.some((name) => isBalancerName(name))) {
    const balancers = told(await api.balancers.all(null, signal), []).filter(({ dnsName }) => leadsTo(names, dnsName));
    if (balancers.length > 0) return { balancers: balancers.map(asState), classic: [], byLast: false };
    const classic = told(await api.balancers.classic(null, signal), []).filter(({ dnsName }) =>
      leadsTo(names, dnsName),
    );
    if (classic.length > 0) return { balancers: [], classic, byLast: false };
  }
  return findAgain(api, last, told, signal);
}

/** The name may have been pointed elsewhere, or not be there any more: then those that clients came by. */
async function findAgain(api: AwsApi, last: AwsState | null, told: Told, signal: AbortSignal): Promise<Found> {
  const known = last?.balancers ?? [];
  const arns = known.filter(({ kind }) => kind !== 'classic').map(({ id }) => id);
  const names = known.filter(({ kind }) => kind === 'classic').map(({ name }) => name);
  const gone = <T>(asked: Asked<readonly T[]>) =>
    asked.kind === 'failed' && asked.failure.kind === 'gone' ? [] : told(asked, []);
  return {
    balancers: arns.length === 0 ? [] : gone(await api.balancers.all({ arns }, signal)).map(asState),
    classic: names.length === 0 ? [] : gone(await api.balancers.classic(names, signal)),
    byLast: known.length > 0,
  };
}

function asState({
  kind,
  arn,
  name,
  dnsName,
}: {
  readonly kind: 'network' | 'application';
  readonly arn: string;
  readonly name: string;
  readonly dnsName: string;
}): StateBalancer {
  return { kind, id: arn, name, dnsName };
}

/** An arn of the newer ones says its kind: `loadbalancer/net/NAME/HASH`. */
function isClassicArn(arn: string): boolean {
  return /:loadbalancer\/[^/]+$/.test(arn);
}

function isBalancerName(name: string): boolean {
  return /\.elb\.([a-z0-9-]+\.)?amazonaws\.com(\.cn)?$|\.[a-z0-9-]+\.elb\.amazonaws\.com(\.cn)?$/.test(name);
}

/** Consoles make aliases of `dualstack.` and the name. */
function leadsTo(names: readonly string[], dnsName: string): boolean {
  const own = nameOf(dnsName);
  return own !== '' && names.some((name) => name === own || name === `dualstack.${own}`);
}

/** What AWS writes at the interfaces of its load balancers: `ELB net/NAME/HASH`, `ELB app/NAME/HASH`, `ELB NAME`. */
function descriptionOf({ description }: Interface): { readonly name: string; readonly isClassic: boolean } | null {
  const [, name = '', rest] = /^ELB (?:(?:net|app)\/)?([^/\s]+)(\/.+)?$/.exec(description) ?? [];
  return name === '' ? null : { name, isClassic: rest === undefined };
}

/** Name of the load balancer that it belongs to. */
export function balancerOf(one: Interface): string | null {
  return descriptionOf(one)?.name ?? null;
}
