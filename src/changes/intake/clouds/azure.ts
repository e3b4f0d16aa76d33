import { z } from 'zod';
import type { ChangeCategory } from '../../../words/change.ts';
import type { CloudEvent } from '../cloud-event.ts';
import type { Drafted } from '../draft.ts';
import { isRecord } from '../fields.ts';

/** Event types of Azure subscriptions and resource groups: `Microsoft.Resources.ResourceWriteSuccess`. */
const RESOURCE_EVENT = /^Microsoft\.Resources\.Resource(Write|Delete|Action)(Success|Failure|Cancel)$/i;

export function isAzureResource(type: string): boolean {
  return RESOURCE_EVENT.test(type);
}

/**
 * What Azure Resource Manager did, as Event Grid delivers it with the CloudEvents schema; of it what is used.
 * Source: https://learn.microsoft.com/azure/event-grid/event-schema-resource-groups
 */
const ResourceData = z.object({
  operationName: z.string(),
  resourceUri: z.string().nullish(),
  status: z.string().nullish(),
  correlationId: z.string().nullish(),
  claims: z.unknown().optional(),
});

/**
 * What changed in Azure. The record names the resource and the operation, and nothing of what the resource was or is:
 * so its effect is never known.
 */
export function draftAzureResource(event: CloudEvent): Drafted {
  const data = ResourceData.safeParse(event.data);
  if (!data.success) {
    return {
      kind: 'refused',
      why: `data: this is no event of Azure Resource Manager: ${z.prettifyError(data.error).slice(0, 500)}`,
    };
  }
  const { operationName, claims, resourceUri } = data.data;
  const [, verb = '', outcome = ''] = RESOURCE_EVENT.exec(event.type) ?? [];
  if (!/success/i.test(outcome)) {
    return { kind: 'ignored', why: `${operationName} did not succeed, so it changed nothing` };
  }
  const thing = thingOf(operationName.toLowerCase());
  if (thing === null) {
    return { kind: 'ignored', why: `${operationName} changes nothing on the way to an API server` };
  }
  const resource = resourceUri || event.subject || '';
  const name = nameOf(resource);
  const isDelete = /delete/i.test(verb);
  const did = /action/i.test(verb) ? operationName.split('/').at(-2) : 'written';
  return {
    kind: 'draft',
    draft: {
      source: event.source,
      id: event.id,
      subject: event.subject ?? resource,
      earliestAt: event.at,
      latestAt: event.at,
      untilAt: null,
      clusters: null,
      category: thing.category,
      action: isDelete ? 'delete' : 'update',
      actor: actorOf(claims),
      target: { kind: thing.kind, name, addresses: [], ports: [] },
      summary: `${thing.kind} ${name} ${isDelete ? 'deleted' : did}`,
      diff: [
        `${operationName} on ${resource}`,
        ...(isDelete ? [] : ['the record does not say what is different, nor whether it is new']),
        ...(thing.hint === undefined ? [] : [thing.hint]),
      ],
      effect: null,
      link: null,
      known: 'leave',
      notes: [],
    },
  };
}

interface Thing {
  readonly category: ChangeCategory;
  readonly kind: string;
  readonly hint?: string;
}

/** By the operation, in small letters; the first that fits. Azure writes its letters large or small as it likes. */
const things: readonly (Thing & { readonly operation: RegExp })[] = [
  {
    operation: /^microsoft\.network\/networksecuritygroups\/securityrules\//,
    category: 'security-group',
    kind: 'Azure network security rule',
  },
  {
    operation: /^microsoft\.network\/networksecuritygroups\//,
    category: 'security-group',
    kind: 'Azure network security group',
  },
  {
    operation: /^microsoft\.network\/(applicationsecuritygroups|azurefirewalls|firewallpolicies)\//,
    category: 'security-group',
    kind: 'Azure firewall',
  },
  {
    operation: /^microsoft\.network\/(loadbalancers|applicationgateways|trafficmanagerprofiles)\//,
    category: 'load-balancer',
    kind: 'Azure load balancer',
  },
  {
    operation: /^microsoft\.network\/(routetables|virtualnetworkgateways|virtualhubs)\//,
    category: 'routing',
    kind: 'Azure route',
  },
  { operation: /^microsoft\.network\/(privatednszones|dnszones)\//, category: 'dns', kind: 'Azure DNS' },
  {
    operation:
      /^microsoft\.network\/(publicipaddresses|networkinterfaces|virtualnetworks|privateendpoints|natgateways)\//,
    category: 'cloud',
    kind: 'Azure network',
  },
  {
    operation: /^microsoft\.containerservice\/managedclusters\//,
    category: 'cloud',
    kind: 'AKS cluster',
    hint: 'it may be the authorized IP ranges of its API server',
  },
  { operation: /^microsoft\.compute\/virtualmachine/, category: 'cloud', kind: 'Azure machine' },
];

function thingOf(operation: string): Thing | null {
  // Reading, and what other resources do with it; `listClusterAdminCredential/action` is what `az aks get-credentials` does.
  if (/\/(read|join\/action|list[^/]*\/action|access[^/]*\/action)$/.test(operation)) return null;
  return things.find((thing) => thing.operation.test(operation)) ?? null;
}

/** `/subscriptions/…/networkSecurityGroups/edge/securityRules/api` is `edge/api`: every second word after the provider. */
function nameOf(resource: string): string {
  const [, inProvider = ''] = resource.split(/\/providers\//i);
  const names = inProvider.split('/').filter((_part, index) => index > 0 && index % 2 === 0);
  return names.length === 0 ? resource || 'without a name' : names.join('/');
}

/** A person by name, or a program by its id. */
function actorOf(claims: unknown): string | null {
  if (!isRecord(claims)) return null;
  const told = ['http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn', 'name', 'appid'].map(
    (claim) => claims[claim],
  );
  return told.filter((claim) => typeof claim === 'string').find((claim) => claim !== '') ?? null;
}
