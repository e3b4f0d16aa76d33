import { useEffect, useRef, useState } from 'preact/hooks';
import type { Element } from '../../blocks/elements.ts';
import type { Entry } from '../../enter.ts';
import { useHere } from './deeds.ts';
import type { ElementProps } from './elements.tsx';
import { oneOf, useSurface } from './surface.ts';
import { instantOf, wallTimeOf } from './wall-time.ts';

type Picking = Extract<Element, { type: 'datepicker' | 'timepicker' | 'datetimepicker' }>;

const kinds = { datepicker: 'date', timepicker: 'time', datetimepicker: 'datetime-local' } as const;
const names = { datepicker: 'Date', timepicker: 'Time', datetimepicker: 'Date and time' } as const;
/** Somebody who types a date passes others on the way; what stands for so long is meant. */
const settledMs = 900;

/** The browser's own pickers; they know keyboards and phones better than one of ours would. */
export function DateField({ block, element, labelledBy, describedBy }: ElementProps<Picking>) {
  const { entryOf, enter, errors } = useSurface();
  const { screen } = useHere();
  const { tz } = screen.me;
  const standing = shown(entryOf(block, element), element, tz);
  const [typed, setTyped] = useState<string | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(timer.current), []);
  const value = typed ?? standing;
  const settle = (text: string) => {
    clearTimeout(timer.current);
    setTyped(null);
    if (text !== standing) enter(block, element, entered(text, element, tz));
  };
  return (
    <span class="date">
      <input
        class="field"
        type={kinds[element.type]}
        value={value}
        aria-labelledby={labelledBy ?? undefined}
        aria-label={labelledBy ? undefined : labelOf(element)}
        aria-describedby={describedBy}
        aria-invalid={errors[block.block_id] !== undefined}
        data-action={element.action_id}
        onInput={({ currentTarget }) => {
          const text = currentTarget.value;
          setTyped(text);
          clearTimeout(timer.current);
          timer.current = setTimeout(() => settle(text), settledMs);
        }}
        onBlur={() => typed !== null && settle(typed)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && typed !== null) settle(typed);
        }}
      />
      {element.type === 'datetimepicker' && <span class="quiet">{tz}</span>}
    </span>
  );
}

function labelOf(element: Picking): string {
  return ('placeholder' in element && element.placeholder?.text) || names[element.type];
}

function shown(entry: Entry, { type }: Picking, tz: string): string {
  if (type !== 'datetimepicker') return oneOf(entry);
  return entry === null ? '' : wallTimeOf(Number(entry) * 1000, tz);
}

function entered(text: string, { type }: Picking, tz: string): Entry {
  if (text === '') return null;
  if (type !== 'datetimepicker') return text;
  const at = instantOf(text, tz);
  return at === null ? null : Math.floor(at / 1000);
}
