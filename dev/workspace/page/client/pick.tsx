import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { useClosing } from './closing.ts';

export interface PickOption {
  readonly value: string;
  readonly label: string;
  readonly about?: string | undefined;
  readonly group?: string | undefined;
}

interface PickProps {
  readonly options: readonly PickOption[];
  readonly chosen: readonly string[];
  /** With several, called when the list closes. */
  readonly onChoose: (chosen: readonly string[]) => void;
  readonly isMany: boolean;
  /** The most that may be chosen; null for any number. */
  readonly most: number | null;
  readonly canClear: boolean;
  readonly placeholder: string;
  readonly action: string;
  readonly labelledBy: string | null;
  readonly describedBy: string | undefined;
  readonly isInvalid: boolean;
  readonly isBusy: boolean;
}

/** Slack's menus: a button that opens a list to search in. Nothing is chosen by merely moving along it. */
export function Pick(props: PickProps) {
  const { options, chosen, isMany, most, placeholder, labelledBy, action } = props;
  const [open, setOpen] = useState<readonly string[] | null>(null);
  const [query, setQuery] = useState('');
  const [at, setAt] = useState(0);
  const own = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const search = useRef<HTMLInputElement>(null);
  const id = useId();
  const shown = options.filter(({ label }) => label.toLowerCase().includes(query.toLowerCase()));
  const selected = open ?? chosen;
  const words = selected.map((value) => options.find((option) => option.value === value)?.label ?? value).join(', ');

  const close = (how: 'return' | 'leave') => {
    if (open === null) return;
    setOpen(null);
    setQuery('');
    if (isMany && open.join('\n') !== chosen.join('\n')) props.onChoose(open);
    if (how === 'return') button.current?.focus();
  };
  const choose = (option: PickOption | undefined) => {
    if (option === undefined || open === null) return;
    if (!isMany) {
      setOpen(null);
      setQuery('');
      button.current?.focus();
      return props.onChoose([option.value]);
    }
    const without = open.filter((value) => value !== option.value);
    if (without.length < open.length) setOpen(without);
    else if (most === null || open.length < most) setOpen([...open, option.value]);
  };
  useClosing(own, open !== null, () => close('leave'));
  useLayoutEffect(() => {
    if (open !== null) search.current?.focus();
  }, [open !== null]);
  useLayoutEffect(() => {
    own.current?.querySelector('[data-at=true]')?.scrollIntoView({ block: 'nearest' });
  }, [at, open !== null]);

  const onKeyDown = (event: KeyboardEvent) => {
    const last = shown.length - 1;
    const to = { ArrowDown: Math.min(at + 1, last), ArrowUp: Math.max(at - 1, 0), Home: 0, End: last }[event.key];
    if (event.key === 'Escape') close('return');
    else if (event.key === 'Tab') return close('leave');
    else if (event.key === 'Enter') choose(shown[at]);
    else if (to !== undefined) setAt(to);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const openList = () => {
    setOpen(chosen);
    setAt(
      Math.max(
        0,
        options.findIndex(({ value }) => chosen.includes(value)),
      ),
    );
  };

  return (
    <div class="pick" ref={own}>
      <button
        ref={button}
        id={`${id}-button`}
        type="button"
        class={words === '' ? 'pick-button empty' : 'pick-button'}
        aria-haspopup="listbox"
        aria-expanded={open !== null}
        aria-labelledby={labelledBy === null ? undefined : `${labelledBy} ${id}-button`}
        aria-label={labelledBy === null ? [placeholder, words].filter(Boolean).join(': ') : undefined}
        aria-describedby={props.describedBy}
        aria-busy={props.isBusy}
        data-action={action}
        data-invalid={props.isInvalid}
        onClick={() => (open === null ? openList() : close('return'))}
        onKeyDown={(event) => {
          if (open !== null || (event.key !== 'ArrowDown' && event.key !== 'ArrowUp')) return;
          event.preventDefault();
          openList();
        }}
      >
        <span>{words || placeholder}</span>
      </button>
      {props.canClear && chosen.length > 0 && !isMany && (
        <button type="button" class="link" onClick={() => props.onChoose([])}>
          Clear
        </button>
      )}
      {open !== null && (
        <div class="popup">
          <input
            ref={search}
            type="text"
            role="combobox"
            aria-label={`Search: ${placeholder}`}
            aria-expanded="true"
            aria-controls={`${id}-list`}
            aria-activedescendant={shown[at] ? `${id}-${at}` : undefined}
            autocomplete="off"
            placeholder="Search"
            value={query}
            onInput={({ currentTarget }) => {
              setQuery(currentTarget.value);
              setAt(0);
            }}
            onKeyDown={onKeyDown}
          />
          <div role="listbox" id={`${id}-list`} aria-label={placeholder} aria-multiselectable={isMany} class="list">
            {shown.map((option, index) => (
              <Offered
                key={option.value}
                id={`${id}-${index}`}
                option={option}
                group={option.group === shown[index - 1]?.group ? undefined : option.group}
                isSelected={selected.includes(option.value)}
                isAt={index === at}
                onChoose={() => choose(option)}
              />
            ))}
          </div>
          {shown.length === 0 && <p class="quiet">Nothing fits</p>}
        </div>
      )}
    </div>
  );
}

interface OfferedProps {
  readonly id: string;
  readonly option: PickOption;
  readonly group: string | undefined;
  readonly isSelected: boolean;
  readonly isAt: boolean;
  readonly onChoose: () => void;
}

function Offered({ id, option, group, isSelected, isAt, onChoose }: OfferedProps) {
  return (
    <>
      {group && (
        <div class="group" role="presentation">
          {group}
        </div>
      )}
      {/* biome-ignore lint/a11y/useFocusableInteractive: the search field keeps the focus and points at it */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: keys go to the search field */}
      <div
        id={id}
        role="option"
        aria-selected={isSelected}
        data-at={isAt}
        onMouseDown={(event) => event.preventDefault()}
        onClick={onChoose}
      >
        {option.label}
        {option.about && <span class="quiet">{option.about}</span>}
      </div>
    </>
  );
}
