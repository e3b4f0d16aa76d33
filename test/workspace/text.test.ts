import { expect, test } from 'vitest';
import { aClient, aWorkspace } from './start.ts';

const at = Date.UTC(2026, 2, 4, 14, 5, 9);

test('a channel reads as a person sees it: names, their own time, threads, buttons, nothing of another’s', async () => {
  const workspace = await aWorkspace({ clock: { nowAt: () => at } });
  const client = aClient(workspace);
  const root = workspace.as('U1').say('C1', 'API is down, &lt;b&gt; &amp; all');
  await client.chat.postMessage({
    channel: 'C1',
    thread_ts: root.ts,
    text: 'card',
    blocks: [
      { type: 'header', text: { type: 'plain_text', text: ':red_circle: prod' } },
      {
        type: 'section',
        text: { type: 'mrkdwn', text: '*Refused* since <!date^1772632800^{time}|never> says <@U2> in <#C1>' },
        accessory: { type: 'button', action_id: 'again', text: { type: 'plain_text', text: 'Run again' } },
      },
      {
        type: 'section',
        fields: [
          { type: 'mrkdwn', text: '*from*\noutside' },
          { type: 'mrkdwn', text: '*took*\n12 ms' },
        ],
      },
      { type: 'divider' },
      {
        type: 'actions',
        elements: [
          { type: 'button', action_id: 'next', style: 'primary', text: { type: 'plain_text', text: 'Next' } },
          {
            type: 'static_select',
            action_id: 'cluster',
            placeholder: { type: 'plain_text', text: 'Cluster' },
            options: [{ text: { type: 'plain_text', text: 'prod' }, value: 'prod' }],
          },
        ],
      },
      { type: 'context', elements: [{ type: 'mrkdwn', text: 'run `ss -tlnp *:6443*`' }] },
    ],
  });
  await client.chat.postEphemeral({ channel: 'C1', user: 'U2', text: 'for <https://example.org|Bo> only' });

  expect(workspace.readAs('U2', { width: 60 }).channel('C1')).toBe(
    [
      '#incidents',
      '─'.repeat(60),
      '',
      'ana  15:05',
      '  API is down, <b> & all',
      '  │ tester  15:05',
      '  │   🔴 prod',
      '  │   Refused since 15:00 says @bo in          [Run again]',
      '  │   #incidents',
      '  │   from                       took',
      '  │   outside                    12 ms',
      `  │   ${'─'.repeat(52)}`,
      '  │   [Next] [Cluster ▾]',
      '  │   run `ss -tlnp *:6443*`',
      '',
      'tester  15:05  (only visible to you)',
      '  for Bo only',
    ].join('\n'),
  );
  const forAna = workspace.readAs('U1').channel('C1');
  expect(forAna).toContain('Refused since 11:00');
  expect(forAna).not.toContain('only visible to you');
});

test('dates read in the reader’s zone, near days by name, what is unknown by its token', async () => {
  const workspace = await aWorkspace({ clock: { nowAt: () => at } });
  const read = (text: string) =>
    workspace.readAs('U2').message(workspace.as('U1').say('C1', text)).split('\n').slice(1).join().trim();
  const date = (shiftS: number, tokens: string) => `<!date^${at / 1000 - 9 + shiftS}^${tokens}|fallback>`;

  expect(read(date(0, '{date_short_pretty} {time_secs}'))).toBe('today 15:05:00');
  expect(read(date(-86_400, '{date_pretty}'))).toBe('yesterday');
  expect(read(date(-864_000, '{date_num} {date_long}'))).toBe('2026-02-22 Sunday, 22 February 2026');
  expect(read(date(-1800, '{ago}, {nonsense}'))).toBe('30 minutes ago, {nonsense}');
});

test('formatting marks are read, but not inside code, words or references', async () => {
  const workspace = await aWorkspace();
  const read = (text: string) =>
    workspace.readAs('U2').message(workspace.as('U1').say('C1', text)).split('\n').slice(1).join('\n').trim();

  expect(read('*bold*, _it_ and ~gone~ but not 2*3*4 or snake_case_name')).toBe(
    'bold, it and gone but not 2*3*4 or snake_case_name',
  );
  expect(read('`a *b* &lt;c&gt;` <https://x.example/*a*|*link*>')).toBe('`a *b* <c>` *link*');
  expect(read('Run this:\n```\nss -tlnp | grep *:6443*\n```\nthen look')).toBe(
    'Run this:\n    ss -tlnp | grep *:6443*\n  then look',
  );
  expect(read('<!subteam^S1> <!here> <@U404>')).toBe('@on-call @here @U404');
});

test('whom a message pings is told apart from what only looks like it', async () => {
  const workspace = await aWorkspace();
  const say = (text: string) => workspace.as('U1').say('C1', text);
  const { pings } = workspace.readAs('U2');

  expect(pings(say('<!channel> <@U2> <!date^1^{time}|now>'))).toEqual(['@channel', '@bo']);
  expect(pings(say('&lt;!channel&gt; @bo'))).toEqual([]);
});

test('a modal reads as a box, with what was entered and what the app found wrong', async () => {
  const workspace = await aWorkspace();
  const client = aClient(workspace);
  const ana = workspace.as('U1');
  void ana.shortcut('try_anywhere');
  const trigger = workspace.socket.sent().at(-1)?.payload.trigger_id;
  await client.views.open({
    trigger_id: String(trigger),
    view: {
      type: 'modal',
      title: { type: 'plain_text', text: 'Record' },
      submit: { type: 'plain_text', text: 'Save' },
      blocks: [
        {
          type: 'input',
          block_id: 'verdict',
          label: { type: 'plain_text', text: 'Verdict' },
          element: {
            type: 'radio_buttons',
            action_id: 'pick',
            options: ['ok', 'problem'].map((value) => ({ text: { type: 'plain_text', text: value }, value })),
          },
        },
      ],
    },
  });
  const view = await workspace.waitFor(() => workspace.views('U1').top);
  ana.fill(view, { Verdict: 'problem' });

  const [head, ...lines] = workspace
    .readAs('U1')
    .view(workspace.views('U1').top ?? view)
    .split('\n');
  expect(head).toBe(`┌─ Record ${'─'.repeat(65)}┐`);
  expect(lines.map((line) => line.replace(/\s*│$/, ''))).toEqual([
    '│ Verdict',
    '│ │ ( ) ok   (•) problem',
    '│',
    `│${' '.repeat(58)}[Cancel] [Save]`,
    `└${'─'.repeat(74)}┘`,
  ]);
});

test('a table keeps its columns and fits the width', async () => {
  const workspace = await aWorkspace();
  const cell = (text: string) => ({ type: 'raw_text' as const, text });
  await aClient(workspace).chat.postMessage({
    channel: 'C1',
    text: 'table',
    blocks: [
      {
        type: 'table',
        column_settings: [{ align: 'right' }],
        rows: [
          [cell('ms'), cell('phase')],
          [cell('1204'), cell('connect: no answer came within the time that was given to it')],
        ],
      },
    ],
  });
  const [message] = workspace.channel('C1').messages();
  const lines = message ? workspace.readAs('U1', { width: 40 }).message(message).split('\n').slice(1) : [];

  expect(lines).toEqual([
    '    ms  phase',
    `  ${'─'.repeat(38)}`,
    '  1204  connect: no answer came within',
    '        the time that was given to it',
  ]);
});
