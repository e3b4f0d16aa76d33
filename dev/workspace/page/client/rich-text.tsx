import type { RichText, RichTextLeaf } from '../../blocks/rich-text.ts';
import { formatDate } from '../../text/dates.ts';
import { showEmoji } from '../../text/emoji.ts';
import { nameOf, useHere } from './deeds.ts';
import { Anchor, Mention, Moment, Preformatted } from './words.tsx';

export function RichTextView({ block }: { block: RichText }) {
  return (
    <>
      {block.elements.map((element, index) => (
        <Part key={`${index}`} element={element} />
      ))}
    </>
  );
}

function Part({ element }: { element: RichText['elements'][number] }) {
  switch (element.type) {
    case 'rich_text_section':
      return (
        <div>
          <Leaves leaves={element.elements} />
        </div>
      );
    case 'rich_text_quote':
      return (
        <blockquote>
          <Leaves leaves={element.elements} />
        </blockquote>
      );
    case 'rich_text_preformatted':
      return (
        <Preformatted
          text={element.elements.map((leaf) => (leaf.type === 'text' ? leaf.text : (leaf.text ?? leaf.url))).join('')}
        />
      );
    case 'rich_text_list': {
      const items = element.elements.map((item, index) => (
        <li key={`${index}`}>
          <Leaves leaves={item.elements} />
        </li>
      ));
      const indented = `indent-${element.indent ?? 0}`;
      if (element.style === 'bullet') return <ul class={indented}>{items}</ul>;
      return (
        <ol class={indented} start={1 + (element.offset ?? 0)}>
          {items}
        </ol>
      );
    }
    default:
      return element satisfies never;
  }
}

function Leaves({ leaves }: { leaves: readonly RichTextLeaf[] }) {
  return (
    <>
      {leaves.map((leaf, index) => (
        <Styled key={`${index}`} leaf={leaf} />
      ))}
    </>
  );
}

function Styled({ leaf }: { leaf: RichTextLeaf }) {
  const { bold, italic, strike, underline, code } = leaf.style ?? {};
  let shown = <Leaf leaf={leaf} />;
  if (code) shown = <code>{shown}</code>;
  if (bold) shown = <strong>{shown}</strong>;
  if (italic) shown = <em>{shown}</em>;
  if (strike) shown = <s>{shown}</s>;
  if (underline) shown = <u>{shown}</u>;
  return shown;
}

function Leaf({ leaf }: { leaf: RichTextLeaf }) {
  const { screen } = useHere();
  switch (leaf.type) {
    case 'text':
      return <>{leaf.text}</>;
    case 'link':
      return <Anchor url={leaf.url}>{leaf.text ?? leaf.url}</Anchor>;
    case 'user':
      return <Mention id={leaf.user_id} text={`@${nameOf(screen, leaf.user_id)}`} />;
    case 'usergroup':
      return <Mention id={leaf.usergroup_id} text={`@${nameOf(screen, leaf.usergroup_id)}`} />;
    case 'channel':
      return <Mention id={leaf.channel_id} text={`#${nameOf(screen, leaf.channel_id)}`} />;
    case 'broadcast':
      return <Mention id={leaf.range} text={`@${leaf.range}`} />;
    case 'emoji':
      return <>{showEmoji(`:${leaf.name}:`)}</>;
    case 'color':
      return <>{leaf.value}</>;
    case 'date': {
      const at = leaf.timestamp * 1000;
      return <Moment at={at} text={formatDate(at, leaf.format, { tz: screen.me.tz, nowAt: Date.now() })} />;
    }
    default:
      return leaf satisfies never;
  }
}
