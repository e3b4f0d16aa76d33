import { cutMrkdwn } from '../escape.ts';
import { limits } from '../limits.ts';
import { type Block, type PlainText, plainTextOf, section } from './blocks.ts';
import { viewIds } from './refs.ts';

/** A modal view, within Slack's limits. */
export interface Modal {
  readonly type: 'modal';
  readonly callback_id: string;
  readonly title: PlainText;
  readonly close: PlainText;
  readonly submit?: PlainText;
  /** Ids only. */
  readonly private_metadata: string;
  readonly blocks: Block[];
}

/** `submit`: the word on the button that sends it; without, the modal is only to read. */
export function modal(options: {
  id: string;
  title: string;
  blocks: readonly Block[];
  metadata?: string;
  submit?: string;
}): Modal {
  const { id, title, blocks, metadata = '', submit } = options;
  return {
    type: 'modal',
    callback_id: id,
    title: plainTextOf(title, limits.view.title + 2),
    close: plainTextOf(submit === undefined ? 'Close' : 'Cancel', limits.view.close),
    ...(submit === undefined ? {} : { submit: plainTextOf(submit, limits.view.submit + 2) }),
    private_metadata: metadata,
    blocks: blocks.slice(0, limits.view.blocks),
  };
}

/** Stands at once, since a trigger is good for three seconds only; what it waits for replaces it. */
export function loadingModal(title: string): Modal {
  return sayingModal(title, '⏳ One moment…');
}

/** `mrkdwn`: already escaped. */
export function sayingModal(title: string, mrkdwn: string): Modal {
  return modal({ id: viewIds.reading, title, blocks: [section(cutMrkdwn(mrkdwn, limits.sectionText))] });
}

/** Lines packed into as few sections as hold them; what is beyond the room of a modal is counted in its last line. */
export function packedSections(lines: readonly string[], most = 60): Block[] {
  const packed: string[] = [];
  let left = 0;
  for (const line of lines) {
    const last = packed.at(-1);
    if (left > 0) left++;
    else if (last !== undefined && last.length + line.length + 1 <= limits.sectionText)
      packed[packed.length - 1] = `${last}\n${line}`;
    else if (packed.length < most) packed.push(line);
    else left++;
  }
  return [...packed, ...(left > 0 ? [`… and ${left} more lines`] : [])].map(section);
}
