import { z } from 'zod';
import type { ChangeAction, ChangeCategory, ChangeEffect } from '../../../words/change.ts';
import type { CloudEvent } from '../cloud-event.ts';
import type { Draft, Drafted } from '../draft.ts';
import { isRecord } from '../fields.ts';
import { Moment } from '../moment.ts';
import { readFirewallRule } from './google-firewall.ts';

export const GOOGLE_AUDIT = 'google.cloud.audit.log.v1.written';

/**
 * A Cloud Audit Logs entry as Eventarc delivers it; of it what is used.
 * Sources: https://cloud.google.com/eventarc/docs/cloudevents,
 * https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry,
 * https://cloud.google.com/logging/docs/reference/audit/auditlog/rest/Shared.Types/AuditLog
 */
const LogEntry = z.object({
  timestamp: Moment,
  operation: z
    .object({ id: z.string().min(1).max(500), first: z.boolean().nullish(), last: z.boolean().nullish() })
    .nullish(),
  protoPayload: z.object({
    serviceName: z.string(),
    methodName: z.string(),
    resourceName: z.string().nullish(),
    authenticationInfo: z.object({ principalEmail: z.string().nullish() }).nullish(),
    status: z.object({ code: z.number().nullish(), message: z.string().nullish() }).nullish(),
    request: z.unknown().optional(),
  }),
});

/** What changed in Google's cloud. The entry's own time counts: the event's is when it was published. */
export function draftGoogleAudit(event: CloudEvent): Drafted {
  const entry = LogEntry.safeParse(event.data);
  if (!entry.success) {
    return {
      kind: 'refused',
      why: `data: this is no entry of Cloud Audit Logs: ${z.prettifyError(entry.error).slice(0, 500)}`,
    };
  }
  const { timestamp, operation, protoPayload: payload } = entry.data;
  const thing = thingOf(payload.serviceName, payload.methodName, payload.request);
  if (thing === null) {
    return { kind: 'ignored', why: `${payload.methodName} changes nothing on the way to an API server` };
  }
  const failed = (payload.status?.code ?? 0) !== 0;
  // Nothing of it was told before: an entry alone, or the first of an operation.
  if (failed && (operation?.last !== true || operation.first === true)) {
    return {
      kind: 'ignored',
      why: `it failed, so it changed nothing: ${payload.status?.message ?? payload.status?.code}`,
    };
  }
  const name = payload.resourceName?.split('/').at(-1) || 'without a name';
  return {
    kind: 'draft',
    draft: {
      source: event.source,
      // A long operation logs its begin and its end, under one id.
      id: operation?.id ?? event.id,
      subject: event.subject ?? `${payload.serviceName}/${payload.resourceName ?? ''}`,
      earliestAt: timestamp,
      latestAt: timestamp,
      untilAt: null,
      clusters: null,
      category: thing.category,
      action: thing.action,
      actor: payload.authenticationInfo?.principalEmail ?? null,
      target: { kind: thing.kind, name, addresses: thing.addresses ?? [], ports: thing.ports ?? [] },
      summary: `${thing.kind} ${name} ${thing.done ?? doneWords[thing.action]}${failed ? ', which failed' : ''}`,
      diff: [
        ...(thing.diff ?? []),
        `${payload.methodName} on ${payload.resourceName ?? 'a resource that is not named'}`,
      ],
      effect: failed
        ? { kind: 'judged', verdict: 'none', words: 'The operation failed, so it changed nothing.' }
        : (thing.effect ?? null),
      link: null,
      // The begin says what was asked for; the end says only that it is over, or that it failed after all.
      known: failed || operation?.first === true ? 'replace' : 'leave',
      notes: [],
    },
  };
}

interface Thing extends Pick<Draft, 'category' | 'action'> {
  readonly kind: string;
  /** What was done, where the action alone says too little. */
  readonly done?: string;
  readonly diff?: readonly string[];
  readonly addresses?: readonly string[];
  readonly ports?: readonly number[];
  readonly effect?: ChangeEffect | null;
}

const doneWords: Partial<Record<ChangeAction, string>> = { create: 'created', update: 'changed', delete: 'deleted' };

function thingOf(service: string, method: string, request: unknown): Thing | null {
  // `v1.compute.firewalls.insert`, `google.container.v1.ClusterManager.UpdateCluster`, `dns.changes.create`
  const [collection = '', verb = ''] = method.split('.').slice(-2);
  if (/^(get|list|aggregatedList|test|check|wait|search)/i.test(verb)) return null;
  const action = actionOf(verb);
  switch (service) {
    case 'compute.googleapis.com':
      return ofCompute(collection, verb, action, request);
    case 'container.googleapis.com':
      return ofContainer(verb, action, request);
    case 'dns.googleapis.com':
      return { category: 'dns', action, kind: /policies|policy/i.test(collection) ? 'DNS policy' : 'DNS records' };
    default:
      return null;
  }
}

function actionOf(verb: string): 'create' | 'update' | 'delete' {
  if (/^(insert|create)/i.test(verb)) return 'create';
  return /^delete/i.test(verb) ? 'delete' : 'update';
}

/** Collections of Compute Engine, with `region` or `global` before them taken off. */
const computeKinds: Readonly<Record<string, readonly [ChangeCategory, string]>> = {
  firewalls: ['security-group', 'GCP firewall rule'],
  firewallpolicies: ['security-group', 'GCP firewall policy'],
  networkfirewallpolicies: ['security-group', 'GCP firewall policy'],
  routes: ['routing', 'GCP route'],
  routers: ['routing', 'GCP router'],
  forwardingrules: ['load-balancer', 'GCP forwarding rule'],
  backendservices: ['load-balancer', 'GCP backend service'],
  targetpools: ['load-balancer', 'GCP target pool'],
  targettcpproxies: ['load-balancer', 'GCP target proxy'],
  targetsslproxies: ['load-balancer', 'GCP target proxy'],
  instancegroups: ['load-balancer', 'GCP instance group'],
  networkendpointgroups: ['load-balancer', 'GCP network endpoint group'],
  healthchecks: ['load-balancer', 'GCP health check'],
};

function ofCompute(collection: string, verb: string, action: Thing['action'], request: unknown): Thing {
  const plain = collection.toLowerCase().replace(/^(region|global)/, '');
  const [category, kind] = computeKinds[plain] ?? ['cloud', `GCP ${collection}`];
  const thing = { category, action, kind, ...(doneWords[action] === 'changed' ? { done: `changed (${verb})` } : {}) };
  const asked = isRecord(request) ? request : {};
  switch (plain) {
    case 'firewalls':
      return { ...thing, ...readFirewallRule(asked, action === 'create') };
    case 'routes':
      return {
        ...thing,
        addresses: texts([asked.destRange]),
        diff: texts([asked.destRange]).map((range) => `to ${range}`),
      };
    case 'forwardingrules':
      return {
        ...thing,
        addresses: texts([asked.IPAddress]).filter((text) => /^[\d.]+$|:/.test(text) && !text.includes('/')),
      };
    default:
      return thing;
  }
}

/** Of a cluster's update, by what is desired. */
function ofContainer(verb: string, action: Thing['action'], request: unknown): Thing {
  const asked = isRecord(request) ? request : {};
  const update = isRecord(asked.update) ? asked.update : {};
  const endpoints = isRecord(update.desiredControlPlaneEndpointsConfig)
    ? update.desiredControlPlaneEndpointsConfig
    : {};
  const ip = isRecord(endpoints.ipEndpointsConfig) ? endpoints.ipEndpointsConfig : {};
  const networks =
    update.desiredMasterAuthorizedNetworksConfig ?? ip.authorizedNetworksConfig ?? asked.masterAuthorizedNetworksConfig;
  const desired = Object.keys(update).map((key) => `asked for: ${key}`);
  if (isRecord(networks) || /AuthorizedNetworks/i.test(verb)) {
    const config = isRecord(networks) ? networks : {};
    const blocks = Array.isArray(config.cidrBlocks) ? config.cidrBlocks : [];
    const ranges = texts(blocks.map((block: unknown) => (isRecord(block) ? block.cidrBlock : null)));
    const off = config.enabled === false;
    // What else is asked for beside it may shut clients out.
    const alone = Object.keys(update).length <= 1 && Object.keys(ip).length <= 1;
    return {
      category: 'security-group',
      action,
      kind: 'GKE cluster',
      done: off ? 'let in everybody again: authorized networks switched off' : 'changed: authorized networks',
      diff: off ? desired : [`let in from now on: ${ranges.length === 0 ? 'not told' : ranges.join(', ')}`],
      effect:
        off && alone
          ? { kind: 'judged', verdict: 'none', words: 'Without authorized networks GKE keeps no address out.' }
          : null,
    };
  }
  if (update.desiredEnablePrivateEndpoint !== undefined || ip.enablePublicEndpoint !== undefined) {
    const off = update.desiredEnablePrivateEndpoint === true || ip.enablePublicEndpoint === false;
    return {
      category: 'security-group',
      action,
      kind: 'GKE cluster',
      done: `changed: public endpoint switched ${off ? 'off' : 'on'}`,
    };
  }
  if (update.desiredMasterVersion !== undefined || /^UpdateMaster$/.test(verb)) {
    const [version] = texts([update.desiredMasterVersion, asked.masterVersion]);
    return {
      category: 'maintenance',
      action,
      kind: 'GKE cluster',
      done: `upgraded: control plane${version === undefined ? '' : ` to ${version}`}`,
    };
  }
  const kind = /NodePool/i.test(verb) ? 'GKE node pool' : 'GKE cluster';
  return { category: 'cloud', action, kind, done: `changed (${verb})`, diff: desired };
}

function texts(values: readonly unknown[]): readonly string[] {
  return values.filter((value) => typeof value === 'string').filter((value) => value !== '');
}
