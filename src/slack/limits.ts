/**
 * Every limit of Slack that this product can run into, in one place.
 * Source: docs.slack.dev/reference/block-kit, unless a line says otherwise. Lengths are in characters.
 */
export const limits = {
  message: {
    blocks: 50,
    text: 40_000,
    /** All blocks of a message together; undocumented: beyond it Slack answers `msg_blocks_too_long`. */
    blocksTogether: 13_200,
  },
  view: {
    blocks: 100,
    title: 24,
    submit: 24,
    close: 24,
    privateMetadata: 3000,
  },
  header: 150,
  sectionText: 3000,
  sectionFields: 10,
  sectionField: 2000,
  contextElements: 10,
  actionsElements: 25,
  buttonText: 75,
  buttonValue: 2000,
  actionId: 255,
  blockId: 255,
  optionText: 75,
  optionValue: 150,
  options: 100,
  optionGroups: 100,
  placeholder: 150,
  inputLabel: 2000,
  inputHint: 2000,
  inputText: 3000,
  /** Seconds since the epoch that a picker of date and time may begin with. */
  dateTime: { from: 1_000_000_000, to: 9_999_999_999 },
  /** A trigger opens one view, within this time. */
  triggerMs: 3000,
  /** Slack tells the person "didn't respond" when a request is not acknowledged by then. */
  ackMs: 3000,
  responseUrl: { uses: 5, forMs: 30 * 60_000 },
} as const;
