import { cutMrkdwn, plain } from '../escape.ts';
import { limits } from '../limits.ts';

/**
 * The few kinds of blocks that this product uses, and the functions that make them. Whatever is put in,
 * what comes out keeps to Slack's limits for that block. Strings are mrkdwn, already escaped, unless
 * the parameter says `plainText`.
 */
export type Block =
  | { readonly type: 'header'; readonly text: PlainText }
  | { readonly type: 'section'; readonly text: Mrkdwn }
  | { readonly type: 'context'; readonly elements: Mrkdwn[] }
  | { readonly type: 'divider' }
  | { readonly type: 'actions'; readonly elements: (Button | Select)[] }
  | InputBlock;

export interface PlainText {
  readonly type: 'plain_text';
  readonly text: string;
  readonly emoji: boolean;
}

interface Mrkdwn {
  readonly type: 'mrkdwn';
  readonly text: string;
  /** true: Slack makes no links of its own. */
  readonly verbatim: true;
}

export interface Button {
  readonly type: 'button';
  readonly text: PlainText;
  readonly action_id: string;
  readonly value: string;
  readonly style?: 'primary';
}

interface Option {
  readonly text: PlainText;
  readonly value: string;
}

export interface Select {
  readonly type: 'static_select';
  readonly action_id: string;
  readonly placeholder: PlainText;
  readonly options: Option[];
  readonly initial_option?: Option;
}

/** The same with more options than one list takes. */
export interface GroupedSelect extends Omit<Select, 'options'> {
  readonly option_groups: { readonly label: PlainText; readonly options: Option[] }[];
}

/** Public and private channels, as the person sees them. */
export interface ChannelSelect {
  readonly type: 'conversations_select';
  readonly action_id: string;
  readonly placeholder: PlainText;
  readonly initial_conversation?: string;
  readonly filter: { readonly include: ('public' | 'private')[]; readonly exclude_bot_users: true };
}

export interface TextInput {
  readonly type: 'plain_text_input';
  readonly action_id: string;
  readonly multiline: boolean;
  readonly max_length: number;
  readonly initial_value?: string;
  readonly placeholder?: PlainText;
  /** When the app is told of what is being typed, for inputs with `dispatch_action`. */
  readonly dispatch_action_config?: { readonly trigger_actions_on: ('on_enter_pressed' | 'on_character_entered')[] };
}

export interface MultiSelect {
  readonly type: 'multi_static_select';
  readonly action_id: string;
  readonly placeholder: PlainText;
  readonly option_groups: { readonly label: PlainText; readonly options: Option[] }[];
  readonly initial_options?: Option[];
}

export interface DateTimePicker {
  readonly type: 'datetimepicker';
  readonly action_id: string;
  /** Seconds since the epoch. */
  readonly initial_date_time?: number;
}

export interface InputBlock {
  readonly type: 'input';
  /** Fixed, unlike those of messages: the answer is found under it. */
  readonly block_id: string;
  readonly label: PlainText;
  readonly optional: boolean;
  readonly element: TextInput | Select | GroupedSelect | MultiSelect | ChannelSelect | DateTimePicker;
  /** true: the app is told while it is being filled in. */
  readonly dispatch_action?: true;
  readonly hint?: PlainText;
}

export function header(plainText: string): Block {
  return { type: 'header', text: plainTextOf(plainText, limits.header) };
}

export function section(mrkdwn: string): Block {
  return { type: 'section', text: mrkdwnOf(mrkdwn) };
}

/** Small grey lines, one below the other. */
export function context(...lines: readonly string[]): Block {
  return { type: 'context', elements: [mrkdwnOf(lines.join('\n'))] };
}

export function actions(...elements: readonly (Button | Select)[]): Block {
  return { type: 'actions', elements: elements.slice(0, limits.actionsElements) };
}

export function button(actionId: string, plainText: string, value: string, style?: 'primary'): Button {
  const text = plainTextOf(plainText, limits.buttonText);
  return { type: 'button', text, action_id: actionId, value, ...(style === undefined ? {} : { style }) };
}

/** Options beyond what Slack takes are left out; those whose value is too long as well, since cutting it would change its meaning. */
export function select(
  actionId: string,
  plainPlaceholder: string,
  choices: readonly { plainText: string; value: string }[],
  initialValue?: string,
): Select {
  const options = choices
    .filter(({ value }) => value.length <= limits.optionValue)
    .slice(0, limits.options)
    .map(({ plainText, value }) => ({ text: plainTextOf(plainText, limits.optionText), value }));
  const initial = options.find(({ value }) => value === initialValue);
  return {
    type: 'static_select',
    action_id: actionId,
    placeholder: plainTextOf(plainPlaceholder, limits.placeholder),
    options,
    ...(initial === undefined ? {} : { initial_option: initial }),
  };
}

/** However many there are, up to 10,000: in groups of what one list takes, each named by its first and its last. */
export function longSelect(
  actionId: string,
  plainPlaceholder: string,
  choices: readonly { plainText: string; value: string }[],
  initialValue?: string,
): Select | GroupedSelect {
  if (choices.length <= limits.options) return select(actionId, plainPlaceholder, choices, initialValue);
  const { options: _, ...rest } = select(actionId, plainPlaceholder, []);
  const groups = Array.from({ length: Math.ceil(choices.length / limits.options) }, (_, index) =>
    choices.slice(index * limits.options, (index + 1) * limits.options),
  ).map((some) => ({
    label: plainTextOf(`${some.at(0)?.plainText ?? ''} – ${some.at(-1)?.plainText ?? ''}`, limits.optionText),
    options: select(actionId, plainPlaceholder, some).options,
  }));
  const initial = groups.flatMap(({ options }) => options).find(({ value }) => value === initialValue);
  return {
    ...rest,
    option_groups: groups.slice(0, limits.options),
    ...(initial === undefined ? {} : { initial_option: initial }),
  };
}

/** Public and private channels, as the one who chooses sees them. */
export function channelSelect(actionId: string, plainPlaceholder: string, initial: string | null): ChannelSelect {
  return {
    type: 'conversations_select',
    action_id: actionId,
    placeholder: plainTextOf(plainPlaceholder, limits.placeholder),
    ...(initial === null ? {} : { initial_conversation: initial }),
    filter: { include: ['public', 'private'], exclude_bot_users: true },
  };
}

export function input(
  blockId: string,
  plainLabel: string,
  element: InputBlock['element'],
  more: { optional?: boolean; plainHint?: string; tellsWhile?: boolean } = {},
): InputBlock {
  return {
    type: 'input',
    block_id: blockId,
    label: plainTextOf(plainLabel, limits.inputLabel),
    optional: more.optional ?? false,
    element,
    ...(more.tellsWhile ? { dispatch_action: true as const } : {}),
    ...(more.plainHint === undefined ? {} : { hint: plainTextOf(more.plainHint, limits.inputHint) }),
  };
}

export function textInput(
  actionId: string,
  more: { multiline?: boolean; initial?: string | null; plainPlaceholder?: string; tellsWhile?: boolean } = {},
): TextInput {
  return {
    type: 'plain_text_input',
    action_id: actionId,
    multiline: more.multiline ?? false,
    max_length: limits.inputText,
    ...(more.tellsWhile
      ? {
          dispatch_action_config: {
            trigger_actions_on: ['on_enter_pressed' as const, 'on_character_entered' as const],
          },
        }
      : {}),
    ...(more.initial ? { initial_value: plain(more.initial, limits.inputText - 2) } : {}),
    ...(more.plainPlaceholder === undefined
      ? {}
      : { placeholder: plainTextOf(more.plainPlaceholder, limits.placeholder) }),
  };
}

/** Groups of as many choices as Slack takes each; what is beyond all of them is left out. */
export function multiSelect(
  actionId: string,
  plainPlaceholder: string,
  choices: readonly { plainText: string; value: string }[],
  initialValues: readonly string[],
): MultiSelect {
  const options = choices
    .filter(({ value }) => value.length <= limits.optionValue)
    .slice(0, limits.options * limits.optionGroups)
    .map(({ plainText, value }) => ({ text: plainTextOf(plainText, limits.optionText), value }));
  const groups = Array.from({ length: Math.ceil(options.length / limits.options) }, (_, index) =>
    options.slice(index * limits.options, (index + 1) * limits.options),
  );
  const initial = options.filter(({ value }) => initialValues.includes(value));
  return {
    type: 'multi_static_select',
    action_id: actionId,
    placeholder: plainTextOf(plainPlaceholder, limits.placeholder),
    option_groups: groups.map((group) => ({
      label: plainTextOf(`${group[0]?.text.text ?? ''} …`, limits.optionText),
      options: group,
    })),
    ...(initial.length === 0 ? {} : { initial_options: initial }),
  };
}

/** A day and a time, to the minute, in the zone of whoever picks it. */
export function dateTimePicker(actionId: string, initialAt: number): DateTimePicker {
  const seconds = Math.floor(initialAt / 1000);
  const { from, to } = limits.dateTime;
  const initial = seconds >= from && seconds <= to ? { initial_date_time: seconds } : {};
  return { type: 'datetimepicker', action_id: actionId, ...initial };
}

export function plainTextOf(text: string, max: number): PlainText {
  // Slack refuses empty texts.
  return { type: 'plain_text', text: plain(text, max - 2) || ' ', emoji: true };
}

function mrkdwnOf(text: string): Mrkdwn {
  return { type: 'mrkdwn', text: cutMrkdwn(text, limits.sectionText) || ' ', verbatim: true };
}
