import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useClosing } from './closing.ts';

export interface MenuItem {
  readonly id: string;
  readonly label: string;
  readonly hint?: string | undefined;
  readonly isChecked?: boolean;
}

interface MenuProps {
  /** What the menu is, and its button where that shows no words. */
  readonly label: string;
  readonly hasWords?: boolean;
  readonly items: readonly MenuItem[];
  readonly onChoose: (id: string) => void;
  readonly children: ComponentChildren;
  readonly className?: string;
  readonly action?: string;
  readonly isBusy?: boolean;
}

/** A button with a menu of things to do. Arrows move, Enter does, Escape closes. */
export function Menu({
  label,
  items,
  onChoose,
  children,
  className = '',
  action,
  isBusy = false,
  hasWords = false,
}: MenuProps) {
  const [isOpen, setOpen] = useState(false);
  const own = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  const close = (how: 'return' | 'leave') => {
    setOpen(false);
    if (how === 'return') button.current?.focus();
  };
  useClosing(own, isOpen, () => close('leave'));
  useLayoutEffect(() => {
    if (isOpen) own.current?.querySelector<HTMLElement>('[role^=menuitem]')?.focus();
  }, [isOpen]);
  const move = (event: KeyboardEvent) => {
    const all = [...(own.current?.querySelectorAll<HTMLElement>('[role^=menuitem]') ?? [])];
    const at = all.findIndex((item) => item.matches(':focus'));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === 'Escape') close('return');
    else if (event.key === 'Tab') return close('leave');
    else if (to !== undefined) all[(to + all.length) % all.length]?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div class={`menu ${className}`} ref={own}>
      <button
        ref={button}
        type="button"
        class="menu-button"
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        aria-label={hasWords ? undefined : label}
        aria-busy={isBusy}
        data-action={action}
        onClick={() => setOpen(!isOpen)}
        onKeyDown={(event) => {
          if (event.key !== 'ArrowDown' || isOpen) return;
          event.preventDefault();
          setOpen(true);
        }}
      >
        {children}
      </button>
      {isOpen && (
        <div class="popup" role="menu" id={id} aria-label={label} onKeyDown={move} tabIndex={-1}>
          {items.map((item) => (
            <button
              key={item.id}
              type="button"
              tabIndex={-1}
              {...roleOf(item)}
              onClick={() => {
                close('return');
                onChoose(item.id);
              }}
            >
              {item.label}
              {item.hint && <span class="quiet">{item.hint}</span>}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}

function roleOf({ isChecked }: MenuItem) {
  if (isChecked === undefined) return { role: 'menuitem' as const };
  return { role: 'menuitemradio' as const, 'aria-checked': isChecked };
}
