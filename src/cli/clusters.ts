import { nearest } from '../config/nearest.ts';
import type { Settings } from '../config/schema.ts';
import type { Call } from './command.ts';

/** Is a cluster of this name configured? Says so when not, and what was likely meant. */
export function knownCluster(call: Call, settings: Settings, cluster: string): boolean {
  if (Object.hasOwn(settings.clusters, cluster)) return true;
  const names = Object.keys(settings.clusters);
  const meant = nearest(cluster, names);
  const suggestion = meant === null ? '' : ` (did you mean "${meant}"?)`;
  call.note(`apidown: the configuration has no cluster "${cluster}"${suggestion}; it has ${names.join(', ')}\n`);
  return false;
}
