import type { ChangeEffect } from '../../../words/change.ts';
import type { Difference } from './difference.ts';
import { type ApiPlace, type Leads, listensAt } from './leads.ts';
import { isOpen, type Sight, takes } from './sight.ts';

type Judged = Extract<ChangeEffect, { kind: 'judged' }>;

/** What one difference does to connections to the API server: who could take them before it, and who can after it. */
export function effectOf(
  { kind }: Difference,
  before: Sight,
  after: Sight,
  leads: Leads,
  api: readonly ApiPlace[],
): Judged {
  if (kind === 'configuration')
    return judged('none', 'By itself it does nothing: HAProxy reads it when it is reloaded.');
  if (kind === 'process') return judged('unknown', 'What it read anew, beyond what is told beside it, is not known.');
  const [was, is] = [capacity(before, leads, api), capacity(after, leads, api)];
  const names = leads.backends.join(', ');
  const open = leads.frontends.join(', ');
  const could = `before it ${was.able} of ${was.servers} could`;

  if (was.entries > 0 && is.entries === 0)
    return judged('breaks', `After it no frontend that leads to the API server takes connections (${open}).`);
  if (was.able > 0 && is.able === 0)
    return judged('breaks', `After it no server of ${names} can take connections; ${could}.`);
  if (isShut(was, leads) && !isShut(is, leads))
    return judged('mends', `After it ${is.able} of ${is.servers} servers of ${names} can take connections.`);
  if (is.able < was.able)
    return judged(
      'unknown',
      `${is.able} of ${is.servers} servers of ${names} can still take connections after it; ${could}. What was connected to the other is cut or not, as HAProxy is told.`,
    );
  if (is.entries < was.entries)
    return judged(
      'unknown',
      `After it a part of the frontends that lead to the API server takes connections (${open}).`,
    );
  if (kind === 'server' && is.able > 0 && isElsewhere(before, after, leads))
    return judged('unknown', `Whether the API server answers at the new address can't be known from here.`);
  return judged('none', `As many servers of ${names} can take connections as before: ${is.able} of ${is.servers}.`);
}

function judged(verdict: Judged['verdict'], words: string): Judged {
  return { kind: 'judged', verdict, words: words.slice(0, 1_000) };
}

interface Capacity {
  readonly servers: number;
  /** Servers that take connections. */
  readonly able: number;
  /** Frontends that do. */
  readonly entries: number;
}

/** What nobody knows the names of says nothing. */
function isShut({ able, entries }: Capacity, { backends, frontends }: Leads): boolean {
  return (backends.length > 0 && able === 0) || (frontends.length > 0 && entries === 0);
}

/** Where listeners are told, one has to be on a port of the API's. */
function capacity({ proxies }: Sight, leads: Leads, api: readonly ApiPlace[]): Capacity {
  const servers = leads.backends.flatMap((name) => Object.values(proxies[name]?.servers ?? {}));
  const entries = leads.frontends.filter((name) => {
    const proxy = proxies[name];
    if (proxy === undefined || !isOpen(proxy.frontend)) return false;
    const wasMeant = leads.entries.includes(name);
    return !wasMeant || proxy.listeners.length === 0 || listensAt(proxy, api);
  });
  return { servers: servers.length, able: servers.filter(takes).length, entries: entries.length };
}

function isElsewhere(before: Sight, after: Sight, { backends }: Leads): boolean {
  return backends.some((name) =>
    Object.entries(after.proxies[name]?.servers ?? {}).some(([server, { address, port }]) => {
      const old = before.proxies[name]?.servers[server];
      return old !== undefined && (old.address !== address || old.port !== port) && old.address !== null;
    }),
  );
}
