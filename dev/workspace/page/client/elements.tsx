import { useId } from 'preact/hooks';
import type { Block } from '../../blocks/blocks.ts';
import type { Choice, Element } from '../../blocks/elements.ts';
import { showEmoji } from '../../text/emoji.ts';
import { DateField } from './date-field.tsx';
import { useHere } from './deeds.ts';
import { Menu } from './menu.tsx';
import { Pick, type PickOption } from './pick.tsx';
import { manyOf, oneOf, useSurface } from './surface.ts';
import { TypeField } from './type-field.tsx';
import { Words } from './words.tsx';

export interface ElementProps<Kind extends Element = Element> {
  readonly block: Block;
  readonly element: Kind;
  /** The id of what labels it; null where its own words do. */
  readonly labelledBy?: string | null;
  readonly describedBy?: string | undefined;
}

/** Everything that a person can use, each known by `data-action`. */
export function ElementView(props: ElementProps) {
  const { block, element } = props;
  switch (element.type) {
    case 'button':
      return <ButtonView block={block} element={element} />;
    case 'overflow':
      return <OverflowView block={block} element={element} />;
    case 'radio_buttons':
    case 'checkboxes':
      return <ChoicesView {...props} element={element} />;
    case 'plain_text_input':
    case 'email_text_input':
    case 'url_text_input':
    case 'number_input':
      return <TypeField {...props} element={element} />;
    case 'datepicker':
    case 'timepicker':
    case 'datetimepicker':
      return <DateField {...props} element={element} />;
    default:
      return <PickView {...props} element={element} />;
  }
}

type Of<Kind extends Element['type']> = Extract<Element, { type: Kind }>;

function ButtonView({ block, element }: ElementProps<Of<'button'>>) {
  const { press, waiting } = useSurface();
  const { style = '', url, text, accessibility_label: label, action_id: action } = element;
  const isWaiting = waiting === action;
  const words = showEmoji(text.text);
  if (url !== undefined) {
    return (
      <a
        class={`button ${style}`}
        href={url}
        target="_blank"
        rel="noreferrer noopener"
        aria-label={label}
        data-action={action}
        onClick={() => press(block, element)}
      >
        {words}
      </a>
    );
  }
  return (
    <button
      type="button"
      class={`button ${style}`}
      aria-label={label}
      aria-busy={isWaiting}
      data-action={action}
      onClick={() => {
        if (!isWaiting) press(block, element);
      }}
    >
      {words}
    </button>
  );
}

function OverflowView({ block, element }: ElementProps<Of<'overflow'>>) {
  const { enter, waiting } = useSurface();
  const items = element.options.map(({ value, text, description }) => ({
    id: value,
    label: showEmoji(text.text),
    hint: description && showEmoji(description.text),
  }));
  return (
    <Menu
      label="More actions"
      items={items}
      action={element.action_id}
      isBusy={waiting === element.action_id}
      onChoose={(value) => {
        const url = element.options.find((option) => option.value === value)?.url;
        if (url !== undefined) open(url, '_blank', 'noreferrer noopener');
        enter(block, element, value);
      }}
    >
      <span aria-hidden="true">⋯</span>
    </Menu>
  );
}

function ChoicesView({
  block,
  element,
  labelledBy,
  describedBy,
}: ElementProps<Of<'radio_buttons'> | Of<'checkboxes'>>) {
  const { entryOf, enter } = useSurface();
  const name = useId();
  const isRadio = element.type === 'radio_buttons';
  const chosen = manyOf(entryOf(block, element));
  const toggle = ({ value }: Choice, isOn: boolean) => {
    if (isRadio) return enter(block, element, value);
    const others = chosen.filter((one) => one !== value);
    const order = element.options.map((option) => option.value);
    const next = isOn ? [...others, value] : others;
    enter(
      block,
      element,
      next.toSorted((one, other) => order.indexOf(one) - order.indexOf(other)),
    );
  };
  return (
    <fieldset
      class="choices"
      aria-labelledby={labelledBy ?? undefined}
      aria-label={labelledBy ? undefined : 'Choose'}
      aria-describedby={describedBy}
    >
      {element.options.map((option) => (
        <label key={option.value}>
          <input
            type={isRadio ? 'radio' : 'checkbox'}
            name={name}
            checked={chosen.includes(option.value)}
            data-action={element.action_id}
            data-value={option.value}
            onChange={({ currentTarget }) => toggle(option, currentTarget.checked)}
          />
          <span>
            <Words text={option.text} />
            {option.description && (
              <span class="quiet">
                <Words text={option.description} />
              </span>
            )}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

type Picking = Exclude<
  Element,
  Of<
    | 'button'
    | 'overflow'
    | 'radio_buttons'
    | 'checkboxes'
    | 'plain_text_input'
    | 'email_text_input'
    | 'url_text_input'
    | 'number_input'
    | 'datepicker'
    | 'timepicker'
    | 'datetimepicker'
  >
>;

function PickView({ block, element, labelledBy = null, describedBy }: ElementProps<Picking>) {
  const { entryOf, enter, waiting, errors } = useSurface();
  const options = useOffered(element);
  const isMany = element.type.startsWith('multi_');
  const entry = entryOf(block, element);
  return (
    <Pick
      options={options}
      chosen={isMany ? manyOf(entry) : [oneOf(entry)].filter(Boolean)}
      onChoose={(values) => enter(block, element, isMany ? values : (values[0] ?? null))}
      isMany={isMany}
      most={('max_selected_items' in element ? element.max_selected_items : null) ?? null}
      canClear={block.type === 'input' && block.optional}
      placeholder={element.placeholder?.text ?? 'Choose'}
      action={element.action_id}
      labelledBy={labelledBy}
      describedBy={describedBy}
      isInvalid={errors[block.block_id] !== undefined}
      isBusy={waiting === element.action_id}
    />
  );
}

function useOffered(element: Picking): readonly PickOption[] {
  const { screen } = useHere();
  switch (element.type) {
    case 'static_select':
    case 'multi_static_select':
      return [
        ...(element.options ?? []).map((option) => offer(option)),
        ...(element.option_groups ?? []).flatMap(({ label, options }) =>
          options.map((option) => offer(option, showEmoji(label.text))),
        ),
      ];
    case 'users_select':
    case 'multi_users_select':
      return screen.people.map(({ id, name, realName }) => ({ value: id, label: `@${name}`, about: realName }));
    case 'channels_select':
    case 'multi_channels_select':
    case 'conversations_select':
    case 'multi_conversations_select':
      return screen.offered.map(({ id, name }) => ({ value: id, label: `#${name}` }));
    case 'external_select':
      // Its options would come from the app, which this workspace doesn't ask.
      return [];
    default:
      return element satisfies never;
  }
}

function offer({ value, text, description }: Choice, group?: string): PickOption {
  return { value, label: showEmoji(text.text), about: description && showEmoji(description.text), group };
}
