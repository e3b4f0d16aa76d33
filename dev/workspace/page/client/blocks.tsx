import type { Block } from '../../blocks/blocks.ts';
import { elementsOf } from '../../state-values.ts';
import { ElementView } from './elements.tsx';
import { Picture } from './files.tsx';
import { InputView } from './input.tsx';
import { Markdown } from './markdown.tsx';
import { RichTextView } from './rich-text.tsx';
import { TableView } from './table.tsx';
import { Words } from './words.tsx';

export function Blocks({ blocks }: { blocks: readonly Block[] }) {
  return (
    <>
      {keyed(blocks).map(({ block, key }) => (
        <div key={key} class={`block ${block.type}`}>
          <BlockView block={block} />
        </div>
      ))}
    </>
  );
}

function BlockView({ block }: { block: Block }) {
  switch (block.type) {
    case 'header':
      return <h3>{<Words text={block.text} />}</h3>;
    case 'divider':
      return <hr />;
    case 'section':
      return <SectionView section={block} />;
    case 'context':
      return (
        <>
          {block.elements.map((element, index) =>
            element.type === 'image' ? (
              <Picture key={`${index}`} image={element} />
            ) : (
              <span key={`${index}`}>
                <Words text={element} />
              </span>
            ),
          )}
        </>
      );
    case 'actions':
      return (
        <>
          {block.elements.map((element) => (
            <ElementView key={element.action_id} block={block} element={element} />
          ))}
        </>
      );
    case 'image':
      return <Picture image={block} title={block.title?.text} />;
    case 'input':
      return <InputView block={block} />;
    case 'markdown':
      return <Markdown text={block.text} />;
    case 'rich_text':
      return <RichTextView block={block} />;
    case 'table':
      return <TableView table={block} />;
    case 'plan':
      return (
        <>
          <h3>{block.title}</h3>
          {(block.tasks ?? []).map((task) => (
            <BlockView key={task.task_id} block={task} />
          ))}
        </>
      );
    case 'task_card':
      return (
        <div class="task">
          <strong>
            <span aria-hidden="true">{taskMarks[block.status].mark}</span> {block.title}
          </strong>
          <span class="quiet"> {taskMarks[block.status].words}</span>
          {block.details && <RichTextView block={block.details} />}
          {block.output && <RichTextView block={block.output} />}
        </div>
      );
    default:
      return block satisfies never;
  }
}

const taskMarks = {
  pending: { mark: '○', words: 'pending' },
  in_progress: { mark: '◔', words: 'in progress' },
  complete: { mark: '●', words: 'complete' },
  error: { mark: '✗', words: 'failed' },
} as const;

function SectionView({ section }: { section: Extract<Block, { type: 'section' }> }) {
  const { text, fields, accessory } = section;
  return (
    <>
      <div class="section-text">
        {text && (
          <div>
            <Words text={text} />
          </div>
        )}
        {fields && (
          <div class="fields">
            {fields.map((field, index) => (
              <div key={`${index}`}>
                <Words text={field} />
              </div>
            ))}
          </div>
        )}
      </div>
      {accessory && (
        <div class="accessory">
          {accessory.type === 'image' ? (
            <Picture image={accessory} />
          ) : (
            <ElementView block={section} element={accessory} />
          )}
        </div>
      )}
    </>
  );
}

/**
 * Blocks that the app didn't name get another id with each update. What can be used is therefore known by its actions, so
 * that it stays the same element of the page, with the focus and the menu that a person has on it.
 */
function keyed(blocks: readonly Block[]): { block: Block; key: string }[] {
  const seen = new Map<string, number>();
  return blocks.map((block) => {
    const actions = elementsOf([block]).map(({ element }) => element.action_id);
    const name = `${block.type} ${actions.join(' ')}`;
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    return { block, key: `${name} ${count}` };
  });
}
