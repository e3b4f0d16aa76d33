import type { RefObject } from 'preact';
import { useEffect } from 'preact/hooks';

/** Closes what is open when somebody presses or moves to elsewhere. */
export function useClosing(own: RefObject<HTMLElement | null>, isOpen: boolean, close: () => void): void {
  useEffect(() => {
    if (!isOpen) return;
    const elsewhere = ({ target }: Event) => {
      if (target instanceof Node && !own.current?.contains(target)) close();
    };
    document.addEventListener('pointerdown', elsewhere);
    document.addEventListener('focusin', elsewhere);
    return () => {
      document.removeEventListener('pointerdown', elsewhere);
      document.removeEventListener('focusin', elsewhere);
    };
  });
}
