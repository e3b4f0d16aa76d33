import type { Element } from '../blocks/elements.ts';
import { type ElementState, type Entered, enteredKey, initialState } from '../state-values.ts';
import { formatDate } from './dates.ts';
import { readPlain } from './mrkdwn.ts';
import { bold, dim, type Reader } from './reader.ts';

/** What a person can use, in one line: `[Next]`, `[Choose a cluster ▾]`, `(•) yes  ( ) no`. */
export function renderElement(element: Element, blockId: string, entered: Entered, reader: Reader): string {
  const state = entered[enteredKey(blockId, element.action_id)] ?? initialState(element);
  switch (element.type) {
    case 'button': {
      const label = `[${readPlain(element.text.text)}]`;
      return element.style === undefined ? label : bold(label, reader);
    }
    case 'overflow':
      return `[⋯ ${element.options.map((option) => readPlain(option.text.text)).join(' / ')}]`;
    case 'radio_buttons':
      return element.options
        .map((option) => `${state?.selected_option?.value === option.value ? '(•)' : '( )'} ${option.text.text}`)
        .join('   ');
    case 'checkboxes':
      return element.options
        .map((option) => `${isTicked(state, option.value) ? '[x]' : '[ ]'} ${option.text.text}`)
        .join('   ');
    case 'plain_text_input':
    case 'email_text_input':
    case 'url_text_input':
    case 'number_input':
      return state?.value ?? dim(element.placeholder ? `‹${element.placeholder.text}›` : '_'.repeat(20), reader);
    case 'datetimepicker':
      return `[${shownValue(state, reader) ?? 'Choose a time'} ▾]`;
    default:
      return `[${shownValue(state, reader) ?? element.placeholder?.text ?? 'Choose'} ▾]`;
  }
}

function isTicked(state: ElementState | null, value: string): boolean {
  return state?.selected_options?.some((option) => option.value === value) ?? false;
}

function shownValue(state: ElementState | null, reader: Reader): string | null {
  if (!state) return null;
  if (state.selected_option) return readPlain(state.selected_option.text.text);
  if (state.selected_options?.length) return state.selected_options.map((option) => option.text.text).join(', ');
  if (state.selected_date_time) return formatDate(state.selected_date_time * 1000, '{date_short} {time}', reader);
  const id = state.selected_user ?? state.selected_channel ?? state.selected_conversation;
  if (id) return reader.nameOf(id);
  const ids = state.selected_users ?? state.selected_channels ?? state.selected_conversations;
  if (ids?.length) return ids.map((each) => reader.nameOf(each)).join(', ');
  return state.selected_date ?? state.selected_time ?? null;
}
