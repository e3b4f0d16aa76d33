import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';

/** What somebody stood on, well enough to find what took its place. */
interface Stood {
  readonly element: HTMLElement;
  /** What it lay in: a message, a view, the stage. */
  readonly within: string | null;
  readonly action: string | null;
  readonly value: string | null;
}

/**
 * Keeps the place of who uses a keyboard: when an update takes away what they stood on, they stand on what replaced it, or
 * on the message it was in, and never at the beginning of the page.
 */
export function useKeptFocus(): void {
  const stood = useRef<Stood | null>(null);
  const outside = useRef<Stood | null>(null);
  useEffect(() => {
    const remember = ({ target }: FocusEvent) => {
      if (!(target instanceof HTMLElement)) return;
      stood.current = describe(target);
      if (target.closest('dialog') === null) outside.current = stood.current;
    };
    document.addEventListener('focusin', remember);
    return () => document.removeEventListener('focusin', remember);
  }, []);
  useLayoutEffect(() => {
    const active = document.activeElement;
    if (active !== null && active !== document.body && active.isConnected) return;
    const dialog = document.querySelector<HTMLElement>('dialog[open]');
    const before = dialog === null ? outside.current : stood.current;
    if (before === null) return;
    find(before, dialog ?? document.body)?.focus({ preventScroll: true });
  });
}

function describe(element: HTMLElement): Stood {
  return {
    element,
    within: element.closest<HTMLElement>('[data-keeps]')?.dataset.keeps ?? null,
    action: element.dataset.action ?? null,
    value: element.dataset.value ?? null,
  };
}

function find({ element, within, action, value }: Stood, root: HTMLElement): HTMLElement | null {
  if (element.isConnected && root.contains(element)) return element;
  const keepers = [...root.querySelectorAll<HTMLElement>('[data-keeps]')];
  const keeper = keepers.find((one) => one.dataset.keeps === within);
  const room = keeper ?? root;
  const same = [...room.querySelectorAll<HTMLElement>('[data-action]')].filter((one) => one.dataset.action === action);
  return (
    same.find((one) => (one.dataset.value ?? null) === value) ??
    same[0] ??
    keeper ??
    root.querySelector('[data-action=composer]')
  );
}
