import type { Block } from './blocks/blocks.ts';
import type { Choice, Element } from './blocks/elements.ts';

/** What one element of `state.values` says. Source: docs.slack.dev/reference/views, "view submission payloads". */
export interface ElementState {
  readonly type: string;
  readonly value?: string | null;
  readonly selected_option?: Choice | null;
  readonly selected_options?: readonly Choice[];
  readonly selected_date?: string | null;
  readonly selected_time?: string | null;
  readonly selected_date_time?: number | null;
  readonly selected_user?: string | null;
  readonly selected_users?: readonly string[];
  readonly selected_channel?: string | null;
  readonly selected_channels?: readonly string[];
  readonly selected_conversation?: string | null;
  readonly selected_conversations?: readonly string[];
}

/** By block id, then action id. */
export type StateValues = Record<string, Record<string, ElementState>>;
/** What a person has touched, by `blockId actionId`. */
export type Entered = Readonly<Record<string, ElementState>>;

export function enteredKey(blockId: string, actionId: string): string {
  return `${blockId} ${actionId}`;
}

/** The elements that keep a value, each with what was entered or what it began with. */
export function stateValues(blocks: readonly Block[], entered: Entered): StateValues {
  const values: StateValues = {};
  for (const { block, element } of elementsOf(blocks)) {
    const state = entered[enteredKey(block.block_id, element.action_id)] ?? initialState(element);
    if (state === null) continue;
    values[block.block_id] = { ...values[block.block_id], [element.action_id]: state };
  }
  return values;
}

export interface Placed {
  readonly block: Block;
  readonly element: Element;
}

/** Everything in these blocks that a person can use, from top to bottom. */
export function elementsOf(blocks: readonly Block[]): readonly Placed[] {
  return blocks.flatMap((block): Placed[] => {
    switch (block.type) {
      case 'actions':
        return block.elements.map((element) => ({ block, element }));
      case 'input':
        return [{ block, element: block.element }];
      case 'section':
        return block.accessory && block.accessory.type !== 'image' ? [{ block, element: block.accessory }] : [];
      default:
        return [];
    }
  });
}

/** Null for what keeps no value: buttons and overflow menus. */
export function initialState(element: Element): ElementState | null {
  const { type } = element;
  switch (element.type) {
    case 'button':
    case 'overflow':
      return null;
    case 'plain_text_input':
    case 'email_text_input':
    case 'url_text_input':
    case 'number_input':
      return { type, value: element.initial_value ?? null };
    case 'checkboxes':
    case 'multi_static_select':
      return { type, selected_options: element.initial_options ?? [] };
    case 'radio_buttons':
    case 'static_select':
    case 'external_select':
      return { type, selected_option: element.initial_option ?? null };
    case 'users_select':
      return { type, selected_user: element.initial_user ?? null };
    case 'channels_select':
      return { type, selected_channel: element.initial_channel ?? null };
    case 'conversations_select':
      return { type, selected_conversation: element.initial_conversation ?? null };
    case 'multi_users_select':
      return { type, selected_users: element.initial_users ?? [] };
    case 'multi_channels_select':
      return { type, selected_channels: element.initial_channels ?? [] };
    case 'multi_conversations_select':
      return { type, selected_conversations: element.initial_conversations ?? [] };
    case 'datepicker':
      return { type, selected_date: element.initial_date ?? null };
    case 'timepicker':
      return { type, selected_time: element.initial_time ?? null };
    case 'datetimepicker':
      return { type, selected_date_time: element.initial_date_time ?? null };
  }
}
