import type { Block } from './blocks/blocks.ts';
import { elementsOf, type Placed } from './state-values.ts';

/** How a person, or a test, points at something to press or fill in. All that is given must fit. */
export interface Which {
  readonly actionId?: string | RegExp;
  readonly blockId?: string;
  /** The button's words, or an input's label. */
  readonly text?: string | RegExp;
}

/** The one element that fits; throws in words when there is none or more than one. */
export function findElement(
  blocks: readonly Block[],
  which: Which,
  isKind: (placed: Placed) => boolean,
  what: string,
): Placed {
  const candidates = elementsOf(blocks).filter(isKind);
  const fitting = candidates.filter((placed) => fits(placed, which));
  const [found] = fitting;
  if (found && fitting.length === 1) return found;
  const wanted = JSON.stringify(which, (_, value: unknown) => (value instanceof RegExp ? String(value) : value));
  const standing =
    candidates.map((placed) => `[${labelOf(placed)}] (${placed.element.action_id})`).join(', ') || 'none';
  const count = fitting.length === 0 ? 'no' : String(fitting.length);
  throw new Error(`There is ${count} ${what} that fits ${wanted}; standing there: ${standing}`);
}

/** What a person reads on or beside an element. */
export function labelOf({ block, element }: Placed): string {
  if (element.type === 'button') return element.text.text;
  if (block.type === 'input') return block.label.text;
  if ('placeholder' in element && element.placeholder) return element.placeholder.text;
  return element.action_id;
}

function fits(placed: Placed, { actionId, blockId, text }: Which): boolean {
  return (
    (actionId === undefined || matches(placed.element.action_id, actionId)) &&
    (blockId === undefined || placed.block.block_id === blockId) &&
    (text === undefined || matches(labelOf(placed), text))
  );
}

function matches(value: string, wanted: string | RegExp): boolean {
  return typeof wanted === 'string' ? value === wanted : wanted.test(value);
}
