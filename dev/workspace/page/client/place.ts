import { useEffect, useState } from 'preact/hooks';

/** Where somebody stands, kept in the address: `#/U0ANA/C0INCIDENTS/1700000000.000001`. */
export interface Place {
  readonly user: string | null;
  /** A channel's id, `home` for the app, or null for the list of channels (which only phones show alone). */
  readonly room: string | null;
  /** What stands beside it: a thread's `ts`, or the stage. */
  readonly side: string | null;
}

export const stageSide = 'stage';
export const homeRoom = 'home';

export function usePlace(): readonly [Place, (place: Place) => void] {
  const [place, setPlace] = useState(() => readPlace(location.hash));
  useEffect(() => {
    const changed = () => setPlace(readPlace(location.hash));
    addEventListener('hashchange', changed);
    return () => removeEventListener('hashchange', changed);
  }, []);
  return [
    place,
    (next) => {
      location.hash = writePlace(next);
      setPlace(next);
    },
  ];
}

export function readPlace(hash: string): Place {
  const [, user, room, side] = hash.split('/').map(decodeURIComponent);
  return { user: user || null, room: room && room !== '-' ? room : null, side: side || null };
}

export function writePlace({ user, room, side }: Place): string {
  return `#/${[user ?? '', room ?? '-', side ?? ''].map(encodeURIComponent).join('/')}`;
}

/** Where an address of Slack's leads within this workspace; null for every other one. */
export function placeOfLink(url: string): Pick<Place, 'room' | 'side'> | null {
  const match = /^https:\/\/[\w-]+\.slack\.com\/archives\/(\w+)(?:\/p(\d+)(\d{6}))?(?:\?(.*))?$/.exec(url);
  if (!match) return null;
  const [, room = '', seconds, micros, search = ''] = match;
  if (seconds === undefined) return { room, side: null };
  return { room, side: new URLSearchParams(search).get('thread_ts') ?? `${seconds}.${micros}` };
}
