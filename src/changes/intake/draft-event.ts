import type { CloudEvent } from './cloud-event.ts';
import { draftAzureResource, isAzureResource } from './clouds/azure.ts';
import { draftGoogleAudit, GOOGLE_AUDIT } from './clouds/google.ts';
import type { Drafted } from './draft.ts';
import { draftGeneric } from './generic.ts';

/** What an event says of a change: cloud audit records by their own shapes, everything else by what its data says. */
export function draftEvent(event: CloudEvent): Drafted {
  const drafted = draftByType(event);
  if (drafted.kind !== 'draft' || event.apidowncluster === null) return drafted;
  const named = event.apidowncluster.split(',').map((name) => name.trim());
  return { kind: 'draft', draft: { ...drafted.draft, clusters: [...new Set(named)].filter((name) => name !== '') } };
}

function draftByType(event: CloudEvent): Drafted {
  if (event.type === GOOGLE_AUDIT) return draftGoogleAudit(event);
  return isAzureResource(event.type) ? draftAzureResource(event) : draftGeneric(event);
}
