import { describe, expect, test } from 'vitest';
import { code, codeBlock, cutMrkdwn, prose, proseLines } from '../../src/slack/escape.ts';

describe('prose', () => {
  test('pings and links nobody', () => {
    expect(prose('<!channel> & <@U1>', 100)).toBe('&lt;!channel&gt; &amp; &lt;@U1&gt;');
  });

  test('an IPv6 address stays one, where Slack would see an emoji in :100:', () => {
    expect(prose('to 2001:db8:100::10 port 6443', 100)).toBe('to `2001:db8:100::10` port 6443');
    expect(prose('at [2001:db8:1:2:3:4:5:6]:6443.', 100)).toBe('at `[2001:db8:1:2:3:4:5:6]:6443`.');
  });

  test('a time is no address', () => {
    expect(prose('as of 14:02:10 UTC on 10.0.0.10:6443', 100)).toBe('as of 14:02:10 UTC on 10.0.0.10:6443');
  });

  test('of a person keeps its lines', () => {
    expect(proseLines(' one\ntwo <b>\n', 100)).toBe('one\ntwo &lt;b&gt;');
  });
});

test("code holds no markup and can't be left", () => {
  expect(code('a`b<c>')).toBe('`aˋb&lt;c&gt;`');
  expect(code('')).toBe('');
  expect(codeBlock('a ```\nb', 100)).toBe('```\na ˋˋˋ\nb\n```');
});

test('what is cut stays whole: no half entity, no half link, no code left open', () => {
  for (let max = 5; max < 60; max++) {
    for (const text of [
      '&lt;&gt;&amp;'.repeat(9),
      'see <https://example.org|this> and more',
      '`code` and `more code`',
    ]) {
      const cut = cutMrkdwn(text, max);
      expect(cut.length).toBeLessThanOrEqual(max);
      expect(cut).not.toMatch(/&[a-z]*(?![a-z;])|<[^>]*$/);
      expect((cut.match(/`/g) ?? []).length % 2).toBe(0);
    }
  }
});
