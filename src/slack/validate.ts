import { limits } from './limits.ts';
import type { Block } from './render/blocks.ts';
import type { Content } from './render/content.ts';

/** What Slack would refuse, each with where it stands (`/blocks/2/text: …`); none when all is within limits. Pure. */
export function problemsOf(content: Content): readonly string[] {
  const together = JSON.stringify(content.blocks).length;
  return [
    ...tooLong('/text', content.text, limits.message.text),
    ...(content.text.trim() === '' ? ['/text: is empty'] : []),
    ...(content.blocks.length > limits.message.blocks
      ? [`/blocks: ${content.blocks.length} of at most ${limits.message.blocks}`]
      : []),
    ...(together > limits.message.blocksTogether
      ? [`/blocks: ${together} characters together of at most ${limits.message.blocksTogether}`]
      : []),
    ...content.blocks.flatMap((block, index) => blockProblems(block, `/blocks/${index}`)),
  ];
}

function blockProblems(block: Block, at: string): readonly string[] {
  switch (block.type) {
    case 'header':
      return text(`${at}/text`, block.text.text, limits.header);
    case 'section':
      return text(`${at}/text`, block.text.text, limits.sectionText);
    case 'context':
      return [
        ...amount(`${at}/elements`, block.elements.length, 1, limits.contextElements),
        ...block.elements.flatMap((element, index) =>
          text(`${at}/elements/${index}`, element.text, limits.sectionText),
        ),
      ];
    case 'divider':
      return [];
    case 'actions':
      return [
        ...amount(`${at}/elements`, block.elements.length, 1, limits.actionsElements),
        ...block.elements.flatMap((element, index) => elementProblems(element, `${at}/elements/${index}`)),
      ];
    case 'input':
      return [
        ...text(`${at}/label`, block.label.text, limits.inputLabel),
        ...text(`${at}/block_id`, block.block_id, limits.blockId),
        ...elementProblems(block.element, `${at}/element`),
      ];
    default:
      return block satisfies never;
  }
}

type Element = Extract<Block, { type: 'actions' }>['elements'][number] | Extract<Block, { type: 'input' }>['element'];

function elementProblems(element: Element, at: string): readonly string[] {
  const own = text(`${at}/action_id`, element.action_id, limits.actionId);
  switch (element.type) {
    case 'button':
      return [
        ...own,
        ...text(`${at}/text`, element.text.text, limits.buttonText),
        ...tooLong(`${at}/value`, element.value, limits.buttonValue),
      ];
    case 'conversations_select':
      return [...own, ...text(`${at}/placeholder`, element.placeholder.text, limits.placeholder)];
    case 'static_select':
      // Only modals have grouped ones, and those are not checked here.
      if ('option_groups' in element) return own;
      return [
        ...own,
        ...text(`${at}/placeholder`, element.placeholder.text, limits.placeholder),
        ...amount(`${at}/options`, element.options.length, 1, limits.options),
        ...element.options.flatMap((option, index) => [
          ...text(`${at}/options/${index}/text`, option.text.text, limits.optionText),
          ...text(`${at}/options/${index}/value`, option.value, limits.optionValue),
        ]),
      ];
    case 'multi_static_select':
      return [
        ...own,
        ...text(`${at}/placeholder`, element.placeholder.text, limits.placeholder),
        ...amount(`${at}/option_groups`, element.option_groups.length, 1, limits.optionGroups),
        ...element.option_groups.flatMap(({ options }, index) =>
          amount(`${at}/option_groups/${index}/options`, options.length, 1, limits.options),
        ),
      ];
    case 'datetimepicker':
      return own;
    case 'plain_text_input':
      return [...own, ...tooLong(`${at}/initial_value`, element.initial_value ?? '', element.max_length)];
    default:
      return element satisfies never;
  }
}

function text(at: string, value: string, max: number): readonly string[] {
  return value === '' ? [`${at}: is empty`] : tooLong(at, value, max);
}

function tooLong(at: string, value: string, max: number): readonly string[] {
  return value.length > max ? [`${at}: ${value.length} characters of at most ${max}`] : [];
}

function amount(at: string, value: number, min: number, max: number): readonly string[] {
  return value < min || value > max ? [`${at}: ${value}, expected ${min} to ${max}`] : [];
}
