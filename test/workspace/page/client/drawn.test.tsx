/** @jsxImportSource preact */
import { renderToString } from 'preact-render-to-string';
import { describe, expect, test } from 'vitest';
import { MessageBlock } from '../../../../dev/workspace/blocks/blocks.ts';
import { Blocks } from '../../../../dev/workspace/page/client/blocks.tsx';
import { type Here, ProvideHere } from '../../../../dev/workspace/page/client/deeds.ts';
import { Markdown } from '../../../../dev/workspace/page/client/markdown.tsx';
import { entryOfState, ProvideSurface, type Surface } from '../../../../dev/workspace/page/client/surface.ts';
import { Mrkdwn } from '../../../../dev/workspace/page/client/words.tsx';
import { initialState } from '../../../../dev/workspace/state-values.ts';
import { aScreen } from './screen.ts';

const here: Here = {
  screen: aScreen(),
  place: { user: 'U1', room: 'C1', side: null },
  notes: [],
  go: () => undefined,
  act: async () => ({ kind: 'done' }),
  ask: async () => true,
  note: () => undefined,
  toast: () => undefined,
};

function drawn(what: preact.JSX.Element): string {
  return renderToString(<ProvideHere value={here}>{what}</ProvideHere>);
}

function drawnBlock(block: unknown, errors: Surface['errors'] = {}): string {
  const surface: Surface = {
    entryOf: (_, element) => entryOfState(initialState(element)),
    enter: () => undefined,
    type: () => undefined,
    press: () => undefined,
    waiting: null,
    errors,
  };
  return drawn(
    <ProvideSurface value={surface}>
      <Blocks blocks={[MessageBlock.parse(block)]} />
    </ProvideSurface>,
  );
}

const plain = (text: string) => ({ type: 'plain_text', text });

describe('mrkdwn', () => {
  test('formatting, references and links', () => {
    expect(drawn(<Mrkdwn text="*bold _both_* `code` ~gone~ :warning:" />)).toBe(
      '<strong>bold <em>both</em></strong> <code>code</code> <s>gone</s> ⚠️',
    );
    expect(drawn(<Mrkdwn text="<@U1> and <!subteam^S1> in <#C2>" />)).toBe(
      '<span class="mention me">@ana</span> and <span class="mention">@on-call</span> in <span class="mention">#platform</span>',
    );
    expect(drawn(<Mrkdwn text="<https://example.com?a=1&amp;b=2|there>" />)).toContain(
      'href="https://example.com?a=1&amp;b=2" target="_blank" rel="noreferrer noopener"',
    );
  });

  test('quotes and blocks of code', () => {
    expect(drawn(<Mrkdwn text={'> one\n> two\nafter'} />)).toBe('<blockquote>one\ntwo</blockquote>after');
    expect(drawn(<Mrkdwn text={'```\n*not bold*\n```'} />)).toContain('>*not bold*</pre>');
  });

  test('what a cluster says is never markup', () => {
    expect(drawn(<Mrkdwn text="&lt;img src=x onerror=alert(1)&gt; <script>alert(1)</script>" />)).not.toMatch(
      /<img|<script/,
    );
    expect(drawn(<Mrkdwn text="<javascript:alert(1)|press>" />)).not.toContain('href');
  });
});

test('a Markdown file: tables and lists are drawn, HTML and odd links are not', () => {
  const file =
    '# Title\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n- one\n\n<b onclick=x>bold</b>\n\n[press](javascript:alert(1))';
  const text = drawn(<Markdown text={file} />);
  expect(text).toContain('<h3>Title</h3>');
  expect(text).toContain('<td>1</td>');
  expect(text).toContain('<li>one</li>');
  expect(text).not.toMatch(/<b |href/);
});

describe('elements', () => {
  test('a button says what it does, and by which action it is known', () => {
    const button = { type: 'button', action_id: 'next', text: plain('Next'), style: 'primary' };
    expect(drawnBlock({ type: 'actions', elements: [button] })).toMatch(
      /<button type="button" class="button primary"[^>]*data-action="next"[^>]*>Next<\/button>/,
    );
  });

  test('a menu shows what was chosen to begin with', () => {
    const options = [
      { text: plain('Production'), value: 'prod' },
      { text: plain('Staging'), value: 'stage' },
    ];
    const select = { type: 'static_select', action_id: 'c', placeholder: plain('Cluster'), options };
    expect(drawnBlock({ type: 'actions', elements: [select] })).toContain('<span>Cluster</span>');
    const chosen = { ...select, initial_option: options[1] };
    expect(drawnBlock({ type: 'actions', elements: [chosen] })).toMatch(/aria-label="Cluster: Staging"/);
  });

  test("a picker of date and time shows the person's time", () => {
    const picker = {
      type: 'datetimepicker',
      action_id: 'd',
      initial_date_time: Date.parse('2026-03-01T13:05Z') / 1000,
    };
    expect(drawnBlock({ type: 'actions', elements: [picker] })).toContain('value="2026-03-01T14:05"');
  });

  test('what is wrong with an input is told beside it, and tied to it', () => {
    const input = {
      type: 'input',
      block_id: 'b',
      label: plain('Since'),
      hint: plain('As 14:05'),
      element: { type: 'plain_text_input', action_id: 'v' },
    };
    const text = drawnBlock(input, { b: 'That is no time.' });
    const described = /aria-describedby="(\S+) (\S+)"/.exec(text);
    expect(text).toContain(`id="${described?.[2]}" role="alert">That is no time.`);
    expect(text).toContain(`id="${described?.[1]}">As 14:05`);
    expect(text).toMatch(/aria-invalid(="true")?/);
  });

  test('a picture from elsewhere is not fetched: its words stand for it', () => {
    const text = drawnBlock({ type: 'image', image_url: 'https://example.com/a.png', alt_text: 'A graph' });
    expect(text).not.toContain('<img');
    expect(text).toContain('>A graph</a>');
  });
});
