import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

interface DialogProps {
  readonly labelledBy?: string;
  readonly label?: string;
  readonly className?: string;
  readonly onEscape: () => void;
  readonly children: ComponentChildren;
}

/**
 * The browser's own modal dialog: all else is inert, and focus stays inside. What has `data-first` gets it, or the first
 * that can.
 */
export function Dialog({ labelledBy, label, className = '', onEscape, children }: DialogProps) {
  const own = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const dialog = own.current;
    if (dialog === null) return;
    dialog.showModal();
    (dialog.querySelector<HTMLElement>('[data-first]') ?? dialog.querySelector<HTMLElement>(focusable))?.focus();
    // Closed before it goes, so that the browser gives the focus back.
    return () => dialog.close();
  }, []);
  return (
    <dialog
      ref={own}
      class={className}
      aria-labelledby={labelledBy}
      aria-label={label}
      onCancel={(event) => event.preventDefault()}
      onKeyDown={(event) => {
        if (event.key !== 'Escape') return;
        event.preventDefault();
        event.stopPropagation();
        onEscape();
      }}
    >
      {children}
    </dialog>
  );
}

const focusable = 'input:not([type=hidden]), textarea, select, button, [href], [tabindex="0"]';
