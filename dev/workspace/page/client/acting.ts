import { useState } from 'preact/hooks';
import type { Block } from '../../blocks/blocks.ts';
import type { Element } from '../../blocks/elements.ts';
import type { Entry } from '../../enter.ts';
import { type Entered, enteredKey, initialState } from '../../state-values.ts';
import type { Entries, Outcome, Target } from '../deed.ts';
import { useHere } from './deeds.ts';
import { entryOfState, type Surface } from './surface.ts';

interface Acting {
  readonly surface: Surface;
  /** What was entered here and perhaps not told yet, by block and action. */
  readonly entries: Entries;
  /** What went wrong with the last thing done here; null when nothing did. */
  readonly failure: string | null;
  settle(outcome: Outcome): void;
}

interface Standing {
  readonly target: (entries: Entries) => Target;
  readonly entered: Entered;
  readonly errors: Readonly<Record<string, string>>;
}

/** The elements of one message or view: what is entered there, what is being waited for, what went wrong. */
export function useActing({ target, entered, errors }: Standing): Acting {
  const { act, ask } = useHere();
  const [entries, setEntries] = useState<Entries>({});
  const [waiting, setWaiting] = useState<string | null>(null);
  const [failure, setFailure] = useState<string | null>(null);
  const [fields, setFields] = useState<Readonly<Record<string, string>>>({});

  const keep = (block: Block, element: Element, entry: Entry): Entries => {
    const next = { ...entries, [block.block_id]: { ...entries[block.block_id], [element.action_id]: mutable(entry) } };
    setEntries(next);
    setFields(({ [block.block_id]: _, ...others }) => others);
    return next;
  };
  const settle = (outcome: Outcome) => {
    setFailure(outcome.kind === 'failed' || outcome.kind === 'refused' ? outcome.words : null);
    setFields(outcome.kind === 'refused' ? outcome.fields : {});
  };
  const agreed = (element: Element) =>
    'confirm' in element && element.confirm ? ask(element.confirm) : Promise.resolve(true);
  const waitFor = async (element: Element, work: Promise<Outcome>) => {
    setWaiting(element.action_id);
    settle(await work);
    setWaiting(null);
  };

  return {
    entries,
    failure,
    settle,
    surface: {
      waiting,
      errors: { ...errors, ...fields },
      entryOf(block, element) {
        const kept = entries[block.block_id]?.[element.action_id];
        if (kept !== undefined) return kept;
        return entryOfState(entered[enteredKey(block.block_id, element.action_id)] ?? initialState(element));
      },
      type: keep,
      async enter(block, element, entry) {
        const isSilent = block.type === 'input' && !block.dispatch_action;
        if (isSilent) return void keep(block, element, entry);
        if (!(await agreed(element))) return;
        const next = element.type === 'overflow' ? entries : keep(block, element, entry);
        const deed = { target: target(next), block: block.block_id, action: element.action_id };
        await waitFor(element, act({ kind: 'choose', ...deed, entry: mutable(entry) }));
      },
      async press(block, element) {
        if (!(await agreed(element))) return;
        const deed = { target: target(entries), block: block.block_id, action: element.action_id };
        await waitFor(element, act({ kind: 'press', ...deed }));
      },
    },
  };
}

function mutable(entry: Entry): Entries[string][string] {
  return entry !== null && typeof entry === 'object' ? [...entry] : entry;
}
