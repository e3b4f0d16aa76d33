import type { Block } from './blocks.ts';

/** What a message says. `text` is for notifications and screen readers, and is all that is left should Slack refuse the blocks. */
export interface Content {
  /** mrkdwn, escaped. */
  readonly text: string;
  readonly blocks: readonly Block[];
}

/** A message that should stand in Slack. */
export interface DesiredMessage extends Content {
  /** The same for as long as it is the same message. */
  readonly key: string;
  /** `root`: where the investigation was opened; `card`: below its card. */
  readonly thread: 'root' | 'card';
}
