import type { SourceMemory } from '../memory.ts';
import type { OutsideSource } from '../source.ts';
import type { StatsSocket } from './ask-socket.ts';
import { haproxySource } from './haproxy.ts';
import type { ApiPlace } from './leads.ts';

/** An entry of `changes.haproxy` as the configuration has it, its clusters filled in. One of `socket` and `url` is given. */
export interface HaproxyEntry {
  readonly name: string;
  readonly clusters: readonly string[];
  readonly socket: StatsSocket | null;
  readonly url: string | null;
  readonly username: string | null;
  readonly passwordFile: string | null;
  readonly caFile: string | null;
  readonly backends: readonly string[];
  readonly frontends: readonly string[];
  readonly configFile: string | null;
}

export interface HaproxyNeeds {
  readonly clock: { now(): number };
  /** The cluster's endpoint, and its API servers' own addresses, as far as they are known. */
  placesOf(cluster: string): Promise<readonly ApiPlace[]>;
  /** Where the source of this name keeps what it saw last. */
  memoryOf(source: string, instance: string): SourceMemory;
}

/** The sources of one entry. @throws TypeError when it names no way to ask */
export function haproxySources(entry: HaproxyEntry, needs: HaproxyNeeds): readonly OutsideSource[] {
  const { socket, url, username, passwordFile, caFile, ...rest } = entry;
  const ports = {
    api: needs.placesOf,
    memory: needs.memoryOf('haproxy', entry.name),
    clock: () => needs.clock.now(),
  };
  if (socket !== null) return [haproxySource({ ...rest, access: { kind: 'socket', socket } }, ports)];
  if (url === null) throw new TypeError(`changes.haproxy ${entry.name} names neither socket nor url`);
  return [haproxySource({ ...rest, access: { kind: 'page', url, username, passwordFile, caFile } }, ports)];
}
