import { useEffect, useState } from 'preact/hooks';
import type { ChannelShown, Screen } from '../screen.ts';

/** What is new in a channel for one person. */
interface Unread {
  readonly count: number;
  /** How many of these name this person. */
  readonly mentions: number;
}

/** The newest message that somebody has seen, by person and channel; kept in this browser. */
type Seen = Readonly<Record<string, string>>;

const place = 'workspace-seen';

export interface Seeing {
  unread(channel: ChannelShown): Unread;
  /** Up to where this channel had been seen before it was entered; null when all of it had. */
  readonly seenBefore: string | null;
}

/** @param room the channel before this person's eyes; null when there is none */
export function useSeen(screen: Screen | null, room: string | null): Seeing {
  const [seen, setSeen] = useState<Seen>(read);
  const [entered, setEntered] = useState<{ key: string; upTo: string | null }>({ key: '', upTo: null });
  const me = screen?.me.id ?? '';
  const channel = screen?.channels.find(({ id }) => id === room);
  const newest = channel?.messages.at(-1)?.ts ?? '';
  const key = `${me} ${room}`;

  useEffect(() => {
    if (channel === undefined) return;
    const before = seen[key] ?? '';
    if (entered.key !== key) setEntered({ key, upTo: before !== '' && before < newest ? before : null });
    if (newest > before) {
      const next = { ...seen, [key]: newest };
      setSeen(next);
      write(next);
    }
  }, [key, newest]);

  return {
    seenBefore: entered.key === key ? entered.upTo : null,
    unread({ id, messages }) {
      if (id === room) return { count: 0, mentions: 0 };
      const upTo = seen[`${me} ${id}`] ?? '';
      const others = messages.filter(({ ts, userId }) => ts > upTo && userId !== me);
      return {
        count: others.length,
        mentions: others.filter((one) => JSON.stringify([one.text, one.blocks]).includes(`<@${me}>`)).length,
      };
    },
  };
}

function read(): Seen {
  try {
    const kept: unknown = JSON.parse(localStorage.getItem(place) ?? '{}');
    return typeof kept === 'object' && kept !== null
      ? Object.fromEntries(
          Object.entries(kept).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
        )
      : {};
  } catch {
    return {};
  }
}

function write(seen: Seen): void {
  try {
    localStorage.setItem(place, JSON.stringify(seen));
  } catch {
    // A browser that keeps nothing shows everything as new after a reload.
  }
}
