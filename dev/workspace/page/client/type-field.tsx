import type { Element } from '../../blocks/elements.ts';
import type { ElementProps } from './elements.tsx';
import { oneOf, useSurface } from './surface.ts';

type Typing = Extract<Element, { type: 'plain_text_input' | 'email_text_input' | 'url_text_input' | 'number_input' }>;

/** Which keyboard a phone shows; what is wrong with the text is for the workspace to say. */
const keyboards = {
  plain_text_input: 'text',
  email_text_input: 'email',
  url_text_input: 'url',
  number_input: 'decimal',
} as const;

export function TypeField({ block, element, labelledBy, describedBy }: ElementProps<Typing>) {
  const { entryOf, enter, type, errors } = useSurface();
  const triggers = element.dispatch_action_config?.trigger_actions_on ?? ['on_enter_pressed'];
  const tells = block.type === 'input' && block.dispatch_action;
  const field = {
    class: 'field',
    value: oneOf(entryOf(block, element)),
    placeholder: element.placeholder?.text,
    'aria-labelledby': labelledBy ?? undefined,
    'aria-describedby': describedBy,
    'aria-invalid': errors[block.block_id] !== undefined,
    'aria-required': block.type === 'input' && !block.optional,
    'data-action': element.action_id,
    'data-first': element.focus_on_load === true ? true : undefined,
    onInput: ({ currentTarget }: { currentTarget: HTMLInputElement | HTMLTextAreaElement }) => {
      const isTold = tells && triggers.includes('on_character_entered');
      (isTold ? enter : type)(block, element, currentTarget.value);
    },
  };
  if (element.type === 'plain_text_input' && element.multiline) {
    return <textarea {...field} rows={4} maxLength={element.max_length ?? 3000} />;
  }
  return (
    <input
      {...field}
      type="text"
      inputMode={keyboards[element.type]}
      maxLength={element.type === 'plain_text_input' ? (element.max_length ?? 3000) : undefined}
      autocomplete="off"
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || !tells || !triggers.includes('on_enter_pressed')) return;
        // The form is not submitted by the Enter that tells the app.
        event.preventDefault();
        enter(block, element, event.currentTarget.value);
      }}
    />
  );
}
