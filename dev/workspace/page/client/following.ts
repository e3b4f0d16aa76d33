import type { RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

interface Following {
  readonly list: RefObject<HTMLDivElement | null>;
  /** Something new stands below what this person looks at. */
  readonly isBehind: boolean;
  onScroll(): void;
  toNewest(): void;
}

/** Where somebody stands: with the newest message, at the end because they went there, or further up. */
type Standing = 'newest' | 'end' | 'away';

const nearPx = 60;

/**
 * Keeps the newest message in sight: its end, or its head when it is higher than the window, since that says what it is.
 * Whoever scrolled elsewhere stays there.
 * @param newest changes with each new message
 */
export function useFollowing(newest: string): Following {
  const list = useRef<HTMLDivElement>(null);
  const standing = useRef<Standing>('newest');
  const put = useRef(0);
  const [isBehind, setBehind] = useState(false);

  const follow = () => {
    const room = list.current;
    if (room === null || standing.current === 'away') return;
    const end = room.scrollHeight - room.clientHeight;
    room.scrollTop = standing.current === 'end' ? end : Math.min(end, headOfLast(room));
    // As the browser rounds it.
    put.current = room.scrollTop;
  };
  useLayoutEffect(follow);
  useLayoutEffect(() => {
    if (standing.current === 'away') return setBehind(true);
    standing.current = 'newest';
    follow();
  }, [newest]);
  useLayoutEffect(() => {
    // Pictures and files come later, and make it longer.
    const content = list.current?.firstElementChild;
    if (!content) return;
    const observer = new ResizeObserver(follow);
    observer.observe(content);
    return () => observer.disconnect();
  }, []);

  return {
    list,
    isBehind,
    onScroll() {
      const room = list.current;
      // It comes from here, and from nobody's hand.
      if (room === null || Math.abs(room.scrollTop - put.current) < 2) return;
      const isAtEnd = room.scrollHeight - room.clientHeight - room.scrollTop < nearPx;
      standing.current = isAtEnd ? 'end' : 'away';
      if (isAtEnd) setBehind(false);
    },
    toNewest() {
      standing.current = 'newest';
      setBehind(false);
      follow();
    },
  };
}

function headOfLast(room: HTMLElement): number {
  const last = room.firstElementChild?.lastElementChild;
  return last instanceof HTMLElement ? last.offsetTop - 8 : 0;
}
