import { useId } from 'preact/hooks';
import type { Block } from '../../blocks/blocks.ts';
import { showEmoji } from '../../text/emoji.ts';
import { ElementView } from './elements.tsx';
import { useSurface } from './surface.ts';

/** An input with its label, what helps to fill it in, and what is wrong with it. */
export function InputView({ block }: { block: Extract<Block, { type: 'input' }> }) {
  const { errors } = useSurface();
  const id = useId();
  const error = errors[block.block_id];
  const described = [...(block.hint ? [`${id}-hint`] : []), ...(error === undefined ? [] : [`${id}-error`])].join(' ');
  return (
    <div class={error === undefined ? 'asked' : 'asked wrong'} data-block={block.block_id}>
      <span class="label" id={`${id}-label`}>
        {showEmoji(block.label.text)}
        {block.optional && <span class="quiet"> (optional)</span>}
      </span>
      <ElementView
        block={block}
        element={block.element}
        labelledBy={`${id}-label`}
        describedBy={described === '' ? undefined : described}
      />
      {error !== undefined && (
        <span class="error" id={`${id}-error`} role="alert">
          {error}
        </span>
      )}
      {block.hint && (
        <span class="quiet" id={`${id}-hint`}>
          {showEmoji(block.hint.text)}
        </span>
      )}
    </div>
  );
}
