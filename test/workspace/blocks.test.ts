import { expect, test } from 'vitest';
import type { Block } from '../../dev/workspace/blocks/blocks.ts';
import { type Checked, checkBlocks } from '../../dev/workspace/blocks/check.ts';

const plain = (length: number) => ({ type: 'plain_text', text: 'x'.repeat(length) });
const mrkdwn = (length: number) => ({ type: 'mrkdwn', text: 'x'.repeat(length) });
const times = <T>(count: number, make: (index: number) => T) =>
  Array.from({ length: count }, (_, index) => make(index));
const button = (extra: object) => ({ type: 'button', action_id: 'a', text: plain(4), ...extra });
const actions = (...elements: object[]) => ({ type: 'actions', elements });
const option = (extra: object) => ({ text: plain(4), value: 'v', ...extra });
const select = (extra: object) => ({ type: 'static_select', action_id: 'a', options: [option({})], ...extra });
const input = (element: object, extra: object = {}) => ({ type: 'input', label: plain(4), element, ...extra });
const typed = (extra: object) => ({ type: 'plain_text_input', action_id: 'a', ...extra });

const check = (blocks: readonly object[]) => checkBlocks(blocks, 'message', '/blocks', []);
const problems = (checked: Checked<readonly Block[]>) => (checked.kind === 'refused' ? checked.problems : []);

test.each<[limit: string, atLimit: number, block: (length: number) => object, says: string]>([
  [
    'section text',
    3000,
    (n) => ({ type: 'section', text: mrkdwn(n) }),
    'must be less than 3001 characters [json-pointer:/blocks/0/text/text]',
  ],
  [
    'section field',
    2000,
    (n) => ({ type: 'section', fields: [mrkdwn(n)] }),
    'must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]',
  ],
  [
    'section fields',
    10,
    (n) => ({ type: 'section', fields: times(n, () => mrkdwn(1)) }),
    'no more than 10 items allowed [json-pointer:/blocks/0/fields]',
  ],
  [
    'header',
    150,
    (n) => ({ type: 'header', text: plain(n) }),
    'must be less than 151 characters [json-pointer:/blocks/0/text/text]',
  ],
  [
    'block_id',
    255,
    (n) => ({ type: 'divider', block_id: 'x'.repeat(n) }),
    'must be less than 256 characters [json-pointer:/blocks/0/block_id]',
  ],
  [
    'action_id',
    255,
    (n) => actions(button({ action_id: 'x'.repeat(n) })),
    'must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]',
  ],
  [
    'button text',
    75,
    (n) => actions(button({ text: plain(n) })),
    'must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]',
  ],
  [
    'button value',
    2000,
    (n) => actions(button({ value: 'x'.repeat(n) })),
    'must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]',
  ],
  [
    'button url',
    3000,
    (n) => actions(button({ url: `https://x.example/${'x'.repeat(n - 18)}` })),
    'must be less than 3001 characters [json-pointer:/blocks/0/elements/0/url]',
  ],
  [
    'confirm text',
    300,
    (n) => actions(button({ confirm: { text: plain(n) } })),
    'must be less than 301 characters [json-pointer:/blocks/0/elements/0/confirm/text/text]',
  ],
  [
    'actions elements',
    25,
    (n) => actions(...times(n, (i) => button({ action_id: `a${i}` }))),
    'no more than 25 items allowed [json-pointer:/blocks/0/elements]',
  ],
  [
    'context elements',
    10,
    (n) => ({ type: 'context', elements: times(n, () => mrkdwn(1)) }),
    'no more than 10 items allowed [json-pointer:/blocks/0/elements]',
  ],
  [
    'option text',
    75,
    (n) => actions(select({ options: [option({ text: plain(n) })] })),
    'must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/text/text]',
  ],
  [
    'option value',
    75,
    (n) => actions(select({ options: [option({ value: 'x'.repeat(n) })] })),
    'must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/value]',
  ],
  [
    'options',
    100,
    (n) => actions(select({ options: times(n, (i) => option({ value: `${i}` })) })),
    'no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]',
  ],
  [
    'overflow options',
    5,
    (n) => actions({ type: 'overflow', options: times(n, (i) => option({ value: `${i}` })) }),
    'no more than 5 items allowed [json-pointer:/blocks/0/elements/0/options]',
  ],
  [
    'radio options',
    10,
    (n) => actions({ type: 'radio_buttons', options: times(n, (i) => option({ value: `${i}` })) }),
    'no more than 10 items allowed [json-pointer:/blocks/0/elements/0/options]',
  ],
  [
    'placeholder',
    150,
    (n) => actions(select({ placeholder: plain(n) })),
    'must be less than 151 characters [json-pointer:/blocks/0/elements/0/placeholder/text]',
  ],
  [
    'input label',
    2000,
    (n) => input(typed({}), { label: plain(n) }),
    'must be less than 2001 characters [json-pointer:/blocks/0/label/text]',
  ],
  [
    'input hint',
    2000,
    (n) => input(typed({}), { hint: plain(n) }),
    'must be less than 2001 characters [json-pointer:/blocks/0/hint/text]',
  ],
  [
    'max_length',
    3000,
    (n) => input(typed({ max_length: n })),
    'must be no more than 3000 [json-pointer:/blocks/0/element/max_length]',
  ],
  [
    'table rows',
    100,
    (n) => ({ type: 'table', rows: times(n, () => [{ type: 'raw_text', text: 'x' }]) }),
    'no more than 100 items allowed [json-pointer:/blocks/0/rows]',
  ],
  [
    'table columns',
    20,
    (n) => ({ type: 'table', rows: [times(n, () => ({ type: 'raw_text', text: 'x' }))] }),
    'no more than 20 items allowed [json-pointer:/blocks/0/rows/0]',
  ],
  [
    'markdown',
    12_000,
    (n) => ({ type: 'markdown', text: 'x'.repeat(n) }),
    'must be less than 12001 characters [json-pointer:/blocks/0/text]',
  ],
])('%s: %i pass, one more is refused with its place', (_, atLimit, block, says) => {
  expect(problems(check([block(atLimit)]))).toEqual([]);
  expect(problems(check([block(atLimit + 1)]))).toEqual([says]);
});

test.each<[what: string, blocks: object[], says: string]>([
  ['an unknown block', [{ type: 'carousel3000' }], 'unsupported type: carousel3000 [json-pointer:/blocks/0/type]'],
  ['no type', [{}], 'missing required field: type [json-pointer:/blocks/0]'],
  [
    'an unknown element',
    [actions({ type: 'slider' })],
    'unsupported type: slider [json-pointer:/blocks/0/elements/0/type]',
  ],
  [
    'an element out of place',
    [actions(typed({}))],
    'unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]',
  ],
  [
    'an unknown property',
    [{ type: 'divider', colour: 'red' }],
    'invalid additional property: colour [json-pointer:/blocks/0]',
  ],
  [
    'an unknown property within',
    [actions(button({ disabled: true }))],
    'invalid additional property: disabled [json-pointer:/blocks/0/elements/0]',
  ],
  [
    'emoji on mrkdwn',
    [{ type: 'section', text: { ...mrkdwn(1), emoji: true } }],
    'invalid additional property: emoji [json-pointer:/blocks/0/text]',
  ],
  ['a missing field', [{ type: 'header' }], 'missing required field: text [json-pointer:/blocks/0]'],
  [
    'a bare string for a text',
    [{ type: 'section', text: 'hello' }],
    'must provide an object [json-pointer:/blocks/0/text]',
  ],
  [
    'mrkdwn on a button',
    [actions(button({ text: mrkdwn(1) }))],
    'must be one of: plain_text [json-pointer:/blocks/0/elements/0/text/type]',
  ],
  [
    'empty text',
    [{ type: 'section', text: mrkdwn(0) }],
    'must be more than 0 characters [json-pointer:/blocks/0/text/text]',
  ],
  ['an empty section', [{ type: 'section' }], 'must define either `text` or `fields` [json-pointer:/blocks/0]'],
  ['no elements', [actions()], 'no fewer than 1 items allowed [json-pointer:/blocks/0/elements]'],
  [
    'a style of our own',
    [actions(button({ style: 'warning' }))],
    'must be one of: primary, danger [json-pointer:/blocks/0/elements/0/style]',
  ],
  [
    'a button that leads nowhere',
    [actions(button({ url: 'nowhere' }))],
    'must be a valid URL [json-pointer:/blocks/0/elements/0/url]',
  ],
  [
    'options and groups',
    [actions(select({ option_groups: [{ label: plain(1), options: [option({})] }] }))],
    'must define either `options` or `option_groups` [json-pointer:/blocks/0/elements/0]',
  ],
  [
    'an initial option not offered',
    [actions(select({ initial_option: option({ value: 'w' }) }))],
    'must exactly match one of the provided options [json-pointer:/blocks/0/elements/0/initial_option]',
  ],
  [
    'an image from nowhere',
    [{ type: 'image', alt_text: 'x' }],
    'must define either `image_url` or `slack_file` [json-pointer:/blocks/0]',
  ],
  [
    'an action_id twice in a block',
    [{ ...actions(button({}), button({})), block_id: 'b' }],
    '`action_id` "a" already exists for block_id "b" [json-pointer:/blocks/0/elements/1/action_id]',
  ],
  [
    'a block_id twice',
    [
      { type: 'divider', block_id: 'b' },
      { type: 'divider', block_id: 'b' },
    ],
    '`block_id` "b" already exists [json-pointer:/blocks/1/block_id]',
  ],
  ['51 blocks', times(51, () => ({ type: 'divider' })), 'no more than 50 items allowed [json-pointer:/blocks]'],
  [
    'two tables',
    times(2, () => ({ type: 'table', rows: [[{ type: 'raw_text', text: 'x' }]] })),
    'only_one_table_allowed [json-pointer:/blocks]',
  ],
])('%s is refused', (_, blocks, says) => {
  expect(problems(check(blocks))).toEqual([says]);
});

test('every mistake is told at once', () => {
  expect(problems(check([{ type: 'header', text: plain(151) }, actions(button({ value: 'x'.repeat(2001) }))]))).toEqual(
    [
      'must be less than 151 characters [json-pointer:/blocks/0/text/text]',
      'must be less than 2001 characters [json-pointer:/blocks/1/elements/0/value]',
    ],
  );
});

test('blocks that are fine one by one are refused when the message is too long in all', () => {
  const long = times(5, () => ({ type: 'section', text: mrkdwn(2700) }));
  expect(check(long)).toMatchObject({ kind: 'refused', error: 'msg_blocks_too_long' });
  expect(check(long.slice(1)).kind).toBe('fine');
});

test('ids are made up where none are given, and differ', () => {
  const checked = check([{ type: 'divider' }, { type: 'divider' }, actions({ type: 'button', text: plain(1) })]);
  const blocks = checked.kind === 'fine' ? checked.value : [];
  expect(new Set(blocks.map((block) => block.block_id)).size).toBe(3);
  expect(blocks.every((block) => block.block_id.length > 0)).toBe(true);
});

test('a view takes 100 blocks, but no tables and no markdown', () => {
  const inView = (blocks: object[]) => checkBlocks(blocks, 'view', '/view/blocks', []);
  expect(inView(times(100, () => ({ type: 'divider' }))).kind).toBe('fine');
  expect(problems(inView(times(101, () => ({ type: 'divider' }))))).toEqual([
    'no more than 100 items allowed [json-pointer:/view/blocks]',
  ]);
  expect(problems(inView([{ type: 'markdown', text: 'x' }]))).toEqual([
    'unsupported type: markdown [json-pointer:/view/blocks/0/type]',
  ]);
});

test('a workspace may be behind and refuse newer blocks', () => {
  const table = { type: 'table', rows: [[{ type: 'raw_text', text: 'x' }]] };
  expect(problems(checkBlocks([table], 'message', '/blocks', ['table']))).toEqual([
    'unsupported type: table [json-pointer:/blocks/0/type]',
  ]);
});
