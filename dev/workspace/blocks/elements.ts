import { z } from 'zod';
import { limits } from '../limits.ts';
import { actionId } from './ids.ts';
import { anyText, plainText } from './text-objects.ts';

/** Block elements. Source: docs.slack.dev/reference/block-kit/block-elements. */

const Confirm = z.strictObject({
  title: plainText(limits.confirm.title).optional(),
  text: anyText(limits.confirm.text),
  confirm: plainText(limits.confirm.button).optional(),
  deny: plainText(limits.confirm.button).optional(),
  style: z.enum(['primary', 'danger']).optional(),
});

const value = z.string().min(1).max(limits.option.value);
const description = plainText(limits.option.description).optional();
const Option = z.strictObject({ text: plainText(limits.option.text), value, description });
/** What a person chooses from; radio buttons and checkboxes may have mrkdwn, menus may not. */
const Choice = z.strictObject({
  text: anyText(limits.option.text),
  value,
  description: anyText(limits.option.description).optional(),
});
export type Choice = z.infer<typeof Choice>;

const confirm = Confirm.optional();
const placeholder = plainText(limits.element.placeholder).optional();
const focus_on_load = z.boolean().optional();
const action_id = actionId();
const selectable = { action_id, placeholder, confirm, focus_on_load };

const Button = z.strictObject({
  type: z.literal('button'),
  action_id,
  text: plainText(limits.element.buttonText),
  value: z.string().max(limits.element.value).optional(),
  url: z.url().max(limits.element.url).optional(),
  style: z.enum(['primary', 'danger']).optional(),
  confirm,
  accessibility_label: z.string().max(limits.element.accessibilityLabel).optional(),
});

const choices = z.array(Choice).min(1).max(limits.element.choices);
const Checkboxes = z
  .strictObject({
    type: z.literal('checkboxes'),
    action_id,
    options: choices,
    initial_options: z.array(Choice).min(1).optional(),
    confirm,
    focus_on_load,
  })
  .superRefine(initialIsOffered);

const RadioButtons = z
  .strictObject({
    type: z.literal('radio_buttons'),
    action_id,
    options: choices,
    initial_option: Choice.optional(),
    confirm,
    focus_on_load,
  })
  .superRefine(initialIsOffered);

const options = z.array(Option).min(1).max(limits.element.options).optional();
const option_groups = z
  .array(
    z.strictObject({
      label: plainText(limits.option.label),
      options: z.array(Option).min(1).max(limits.element.options),
    }),
  )
  .min(1)
  .max(limits.element.optionGroups)
  .optional();

const StaticSelect = z
  .strictObject({
    type: z.literal('static_select'),
    ...selectable,
    options,
    option_groups,
    initial_option: Option.optional(),
  })
  .superRefine(optionsOrGroups)
  .superRefine(initialIsOffered);

const max_selected_items = z.int().min(1).optional();
const MultiStaticSelect = z
  .strictObject({
    type: z.literal('multi_static_select'),
    ...selectable,
    options,
    option_groups,
    initial_options: z.array(Option).min(1).optional(),
    max_selected_items,
  })
  .superRefine(optionsOrGroups)
  .superRefine(initialIsOffered);

const min_query_length = z.int().min(0).optional();
const filter = z
  .strictObject({
    include: z
      .array(z.enum(['im', 'mpim', 'private', 'public']))
      .min(1)
      .optional(),
    exclude_external_shared_channels: z.boolean().optional(),
    exclude_bot_users: z.boolean().optional(),
  })
  .optional();
const response_url_enabled = z.boolean().optional();
const default_to_current_conversation = z.boolean().optional();

const selects = [
  StaticSelect,
  z.strictObject({
    type: z.literal('external_select'),
    ...selectable,
    initial_option: Option.optional(),
    min_query_length,
  }),
  z.strictObject({ type: z.literal('users_select'), ...selectable, initial_user: z.string().optional() }),
  z.strictObject({
    type: z.literal('channels_select'),
    ...selectable,
    initial_channel: z.string().optional(),
    response_url_enabled,
  }),
  z.strictObject({
    type: z.literal('conversations_select'),
    ...selectable,
    initial_conversation: z.string().optional(),
    default_to_current_conversation,
    response_url_enabled,
    filter,
  }),
] as const;

const multiSelects = [
  MultiStaticSelect,
  z.strictObject({
    type: z.literal('multi_users_select'),
    ...selectable,
    initial_users: z.array(z.string()).optional(),
    max_selected_items,
  }),
  z.strictObject({
    type: z.literal('multi_channels_select'),
    ...selectable,
    initial_channels: z.array(z.string()).optional(),
    max_selected_items,
  }),
  z.strictObject({
    type: z.literal('multi_conversations_select'),
    ...selectable,
    initial_conversations: z.array(z.string()).optional(),
    default_to_current_conversation,
    max_selected_items,
    filter,
  }),
] as const;

const pickers = [
  z.strictObject({
    type: z.literal('datepicker'),
    ...selectable,
    initial_date: z.iso.date({ error: 'must be a date as YYYY-MM-DD' }).optional(),
  }),
  z.strictObject({
    type: z.literal('timepicker'),
    ...selectable,
    initial_time: z
      .string()
      .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'must be a time as HH:mm')
      .optional(),
    timezone: z.string().optional(),
  }),
] as const;

const DateTimePicker = z.strictObject({
  type: z.literal('datetimepicker'),
  action_id,
  initial_date_time: z.int().min(1_000_000_000).max(9_999_999_999).optional(),
  confirm,
  focus_on_load,
});

const Overflow = z.strictObject({
  type: z.literal('overflow'),
  action_id,
  options: z
    .array(z.strictObject({ ...Option.shape, url: z.url().max(limits.element.url).optional() }))
    .min(1)
    .max(limits.element.overflowOptions),
  confirm,
});

export const Image = z
  .strictObject({
    type: z.literal('image'),
    image_url: z.url().max(limits.block.imageUrl).optional(),
    slack_file: z.union([z.strictObject({ id: z.string() }), z.strictObject({ url: z.string() })]).optional(),
    alt_text: z.string().max(limits.block.altText),
  })
  .superRefine(oneImage);

const dispatch_action_config = z
  .strictObject({
    trigger_actions_on: z.array(z.enum(['on_enter_pressed', 'on_character_entered'])).min(1),
  })
  .optional();
const typed = {
  action_id,
  placeholder,
  focus_on_load,
  dispatch_action_config,
  initial_value: z.string().max(limits.element.inputLength).optional(),
};

const typing = [
  z.strictObject({
    type: z.literal('plain_text_input'),
    ...typed,
    multiline: z.boolean().optional(),
    min_length: z.int().min(0).max(limits.element.inputLength).optional(),
    max_length: z.int().min(1).max(limits.element.inputLength).optional(),
  }),
  z.strictObject({ type: z.literal('email_text_input'), ...typed }),
  z.strictObject({ type: z.literal('url_text_input'), ...typed }),
  z.strictObject({
    type: z.literal('number_input'),
    ...typed,
    is_decimal_allowed: z.boolean(),
    min_value: z.string().optional(),
    max_value: z.string().optional(),
  }),
] as const;

export const ActionElement = z.discriminatedUnion('type', [
  Button,
  Checkboxes,
  RadioButtons,
  ...selects,
  ...multiSelects,
  ...pickers,
  DateTimePicker,
  Overflow,
]);
export type ActionElement = z.infer<typeof ActionElement>;

export const Accessory = z.discriminatedUnion('type', [
  Button,
  Checkboxes,
  RadioButtons,
  ...selects,
  ...multiSelects,
  ...pickers,
  Overflow,
  Image,
]);

export const InputElement = z.discriminatedUnion('type', [
  ...typing,
  Checkboxes,
  RadioButtons,
  ...selects,
  ...multiSelects,
  ...pickers,
  DateTimePicker,
]);
export type InputElement = z.infer<typeof InputElement>;

/** Everything that a person can use. */
export type Element = ActionElement | InputElement;

interface Offer {
  readonly options?: readonly Choice[] | undefined;
  readonly option_groups?: readonly { readonly options: readonly Choice[] }[] | undefined;
}

/** What a menu, radio group or checkbox group offers, its groups flattened. */
export function offered(element: Offer): readonly Choice[] {
  return [...(element.options ?? []), ...(element.option_groups ?? []).flatMap((group) => group.options)];
}

function optionsOrGroups(element: Offer, context: z.RefinementCtx): void {
  if ((element.options === undefined) === (element.option_groups === undefined)) {
    context.addIssue({ code: 'custom', message: 'must define either `options` or `option_groups`' });
  }
}

function initialIsOffered(
  element: Offer & {
    readonly initial_option?: Choice | undefined;
    readonly initial_options?: readonly Choice[] | undefined;
  },
  context: z.RefinementCtx,
): void {
  const known = offered(element).map((option) => JSON.stringify(option));
  const report = (option: Choice, path: (string | number)[]) => {
    if (known.includes(JSON.stringify(option))) return;
    context.addIssue({ code: 'custom', message: 'must exactly match one of the provided options', path });
  };
  if (element.initial_option) report(element.initial_option, ['initial_option']);
  for (const [index, option] of (element.initial_options ?? []).entries()) report(option, ['initial_options', index]);
}

export function oneImage(
  image: { readonly image_url?: unknown; readonly slack_file?: unknown },
  context: z.RefinementCtx,
): void {
  if ((image.image_url === undefined) === (image.slack_file === undefined)) {
    context.addIssue({ code: 'custom', message: 'must define either `image_url` or `slack_file`' });
  }
}
