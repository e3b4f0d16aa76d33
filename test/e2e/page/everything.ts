import type { KnownBlock, ModalView } from '@slack/types';

/** Blocks with one of everything that the page draws. */

const plain = (text: string) => ({ type: 'plain_text' as const, text });
const option = (value: string, text: string, description?: string) => ({
  text: plain(text),
  value,
  ...(description === undefined ? {} : { description: plain(description) }),
});

const clusters = [option('prod', 'Production', 'eu-central'), option('stage', 'Staging')];

export const card: KnownBlock[] = [
  { type: 'header', text: plain('🔥 prod API server: problem, step 1 of 6') },
  {
    type: 'section',
    text: {
      type: 'mrkdwn',
      text: '*Not reachable from outside*, while it _is_ from inside. Rule `tcp dport 6443 reject` on ~cp-2~ cp-1, told by <@U1> in <#C1>. <https://example.com|Runbook>, <!date^1767225600^{date_short_pretty} at {time}|then>\n> quoted &lt;words&gt;\n```\nLISTEN 0 4096 *:6443\n```',
    },
    accessory: {
      type: 'overflow',
      action_id: 'more',
      options: [option('pin', 'Pin it'), option('hide', 'Hide it')],
    },
  },
  {
    type: 'section',
    fields: [
      { type: 'mrkdwn', text: '*Since*\n14:02 UTC' },
      { type: 'mrkdwn', text: '*From*\n203.0.113.0/24' },
    ],
  },
  { type: 'divider' },
  {
    type: 'actions',
    elements: [
      { type: 'button', action_id: 'next', text: plain('Next'), style: 'primary', value: 'inv-1' },
      {
        type: 'button',
        action_id: 'stop',
        text: plain('Stop'),
        style: 'danger',
        confirm: {
          title: plain('Stop it?'),
          text: plain('Nobody is told of it afterwards.'),
          confirm: plain('Stop it'),
          deny: plain('Go on'),
          style: 'danger',
        },
      },
      { type: 'button', action_id: 'form', text: plain('Record by hand') },
      { type: 'button', action_id: 'slow', text: plain('Too slow') },
    ],
  },
  {
    type: 'actions',
    elements: [
      { type: 'static_select', action_id: 'cluster', placeholder: plain('Choose a cluster'), options: clusters },
      { type: 'users_select', action_id: 'who', placeholder: plain('Choose somebody') },
      { type: 'channels_select', action_id: 'where', placeholder: plain('Choose a channel') },
      { type: 'datepicker', action_id: 'day', placeholder: plain('Day of the outage') },
    ],
  },
  { type: 'context', elements: [{ type: 'mrkdwn', text: 'Evidence of 14:02 UTC · 3 vantages' }] },
];

export const form: ModalView = {
  type: 'modal',
  callback_id: 'form',
  title: plain('Record by hand'),
  submit: plain('Save'),
  close: plain('Never mind'),
  blocks: [
    { type: 'section', text: { type: 'mrkdwn', text: 'What did you find on *cp-1*?' } },
    {
      type: 'input',
      block_id: 'printed',
      label: plain('What it printed'),
      hint: plain('As it is, with its first line'),
      element: { type: 'plain_text_input', action_id: 'v', multiline: true },
    },
    {
      type: 'input',
      block_id: 'verdict',
      label: plain('Verdict'),
      element: { type: 'radio_buttons', action_id: 'v', options: [option('ok', 'ok'), option('problem', 'problem')] },
    },
    {
      type: 'input',
      block_id: 'ticks',
      optional: true,
      label: plain('Seen from'),
      element: {
        type: 'checkboxes',
        action_id: 'v',
        options: [option('in', 'inside'), option('out', 'outside')],
      },
    },
    {
      type: 'input',
      block_id: 'clusters',
      optional: true,
      label: plain('Clusters'),
      element: { type: 'multi_static_select', action_id: 'v', placeholder: plain('Any'), options: clusters },
    },
    {
      type: 'input',
      block_id: 'at',
      optional: true,
      label: plain('When'),
      element: { type: 'datetimepicker', action_id: 'v' },
    },
    {
      type: 'input',
      block_id: 'daily',
      optional: true,
      label: plain('Every day at'),
      element: { type: 'timepicker', action_id: 'v' },
    },
    {
      type: 'input',
      block_id: 'schedule',
      optional: true,
      dispatch_action: true,
      label: plain('Schedule'),
      element: { type: 'plain_text_input', action_id: 'v', placeholder: plain('every day at 9') },
    },
    { type: 'actions', elements: [{ type: 'button', action_id: 'deeper', text: plain('Go deeper') }] },
  ],
};

export const deeper: ModalView = {
  type: 'modal',
  callback_id: 'deeper',
  title: plain('Deeper'),
  close: plain('Back'),
  blocks: [{ type: 'section', text: plain('One more of the stack.') }],
};

export function home(times: number): KnownBlock[] {
  return [
    { type: 'header', text: plain('Your clusters') },
    { type: 'section', text: { type: 'mrkdwn', text: `*prod* is well. You came ${times} times.` } },
    { type: 'actions', elements: [{ type: 'button', action_id: 'again', text: plain('Look again') }] },
  ];
}

export const postmortem = `# Postmortem of prod

A rule on **cp-1** rejected clients. <script>alert(1)</script>

| when | what |
| --- | --- |
| 14:02 | the rule was added |

1. Delete the rule
2. Say so in \`#incidents\`
`;
