import { type Choice, type Element, offered } from './blocks/elements.ts';
import type { ElementState } from './state-values.ts';

/** What a person types or picks: text, an option's value or words, several of them, a date, an id. Null empties it. */
export type Entry = string | number | readonly string[] | null;

/** The element's state after the entry; throws when a person couldn't have entered that. */
export function enter(element: Element, entry: Entry): ElementState {
  const { type } = element;
  switch (element.type) {
    case 'plain_text_input':
    case 'email_text_input':
    case 'url_text_input':
    case 'number_input':
      return { type, value: entry === null || entry === '' ? null : typed(element, String(one(entry))) };
    case 'static_select':
    case 'radio_buttons':
      return { type, selected_option: entry === null ? null : pick(element, one(entry)) };
    case 'checkboxes':
    case 'multi_static_select':
      return { type, selected_options: several(entry).map((wanted) => pick(element, wanted)) };
    case 'users_select':
      return { type, selected_user: idOrNull(entry) };
    case 'channels_select':
      return { type, selected_channel: idOrNull(entry) };
    case 'conversations_select':
      return { type, selected_conversation: idOrNull(entry) };
    case 'multi_users_select':
      return { type, selected_users: several(entry) };
    case 'multi_channels_select':
      return { type, selected_channels: several(entry) };
    case 'multi_conversations_select':
      return { type, selected_conversations: several(entry) };
    case 'datepicker':
      return { type, selected_date: patterned(entry, /^\d{4}-\d\d-\d\d$/, 'a date as YYYY-MM-DD') };
    case 'timepicker':
      return { type, selected_time: patterned(entry, /^\d\d:\d\d$/, 'a time as HH:mm') };
    case 'datetimepicker':
      return { type, selected_date_time: entry === null ? null : Number(one(entry)) };
    case 'external_select':
    case 'button':
    case 'overflow':
      throw new Error(`Nothing can be entered into a ${type}`);
  }
}

export function isEmpty(state: ElementState): boolean {
  const { type: _, ...values } = state;
  return Object.values(values).every((value) => value === null || (Array.isArray(value) && value.length === 0));
}

/** By its value or by its words. */
export function pick(element: { options?: unknown } & Parameters<typeof offered>[0], wanted: string | number): Choice {
  const options = offered(element);
  const found =
    options.find((option) => option.value === wanted) ?? options.find((option) => option.text.text === wanted);
  if (found) return found;
  throw new Error(`"${wanted}" is not offered; there is: ${options.map((option) => option.text.text).join(', ')}`);
}

function typed(element: Element, text: string): string {
  if (element.type === 'plain_text_input') {
    const { min_length: min = 0, max_length: max = 3000, multiline } = element;
    if (text.length < min) throw new Error(`At least ${min} characters have to be typed, not ${text.length}`);
    if (text.length > max) throw new Error(`At most ${max} characters can be typed, not ${text.length}`);
    if (!multiline && text.includes('\n')) throw new Error('This input has one line');
  }
  if (element.type === 'number_input' && Number.isNaN(Number(text))) throw new Error(`"${text}" is not a number`);
  if (element.type === 'email_text_input' && !/^\S+@\S+$/.test(text))
    throw new Error(`"${text}" is not an e-mail address`);
  if (element.type === 'url_text_input' && !URL.canParse(text)) throw new Error(`"${text}" is not a URL`);
  return text;
}

function one(entry: Exclude<Entry, null>): string | number {
  if (typeof entry === 'string' || typeof entry === 'number') return entry;
  throw new Error('Only one can be entered here');
}

function several(entry: Entry): readonly string[] {
  if (entry === null) return [];
  return typeof entry === 'object' ? entry : [String(entry)];
}

function idOrNull(entry: Entry): string | null {
  return entry === null ? null : String(one(entry));
}

function patterned(entry: Entry, pattern: RegExp, what: string): string | null {
  const text = idOrNull(entry);
  if (text !== null && !pattern.test(text)) throw new Error(`"${text}" is not ${what}`);
  return text;
}
