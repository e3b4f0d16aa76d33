import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { code, codeBlock, link, prose, proseLines, table } from '../../src/briefing/markdown.ts';
import { all, type Node, readGfm, referencesIn, shown } from './gfm.ts';

/** What a cluster, a cloud or a person may write to make something of a postmortem. */
const tricks = [
  '@octocat fixed it, ask @acme/on-call',
  'see #12, GH-12 and acme/infra#3',
  '<img src=x onerror=alert(1)><script>alert(1)</script>',
  '<!-- hidden -->',
  '![x](https://evil.example/x.png) and [click](javascript:alert(1))',
  'https://evil.example/?a=1 www.evil.example mail me@evil.example <https://evil.example>',
  'a | b || c \\| d \\',
  '`code` ``more`` ``` fence',
  '# heading',
  '- item',
  '1. one',
  '> quoted',
  '---',
  '===',
  '**bold** __bold__ *x* _x_ ~~gone~~ $x$ kube_api_server',
  '&lt;b&gt; &#64;octocat &amp;',
  '[ref]: https://evil.example',
  '[^1] [^1]: note',
  '2001:db8:100:1::5 and :100: and :+1:',
  'line one\nline two\r\n\u2028three',
  '\u202Eevil\u202C\u200B\u0007\u0000',
  'ends with a backslash \\',
];
const trick = fc.oneof(
  fc.constantFrom(...tricks),
  fc.tuple(fc.constantFrom(...tricks), fc.constantFrom(...tricks)).map((two) => two.join(' ')),
  fc.string({ unit: fc.constantFrom(...'\\`*_{}[]()<>#+-.!|~@&:/ $\nab1'.split('')), maxLength: 60 }),
  fc.string({ unit: 'binary', maxLength: 80 }),
);

/** All that words may become. */
const harmless = new Set(['root', 'paragraph', 'text', 'inlineCode', 'break']);

describe('words of others', () => {
  test('are words and code, wherever they stand, and point at nobody', () => {
    fc.assert(
      fc.property(trick, (words) => {
        for (const tree of [
          readGfm(prose(words)),
          readGfm(proseLines(words)),
          readGfm(`before ${prose(words)} after`),
        ]) {
          expect(kindsBeside(tree, harmless), words).toEqual([]);
          expect(referencesIn(tree), words).toEqual([]);
        }
      }),
      { numRuns: 1_000, interruptAfterTimeLimit: 5_000 },
    );
  });

  test('stay in their cell', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(trick, trick), { minLength: 1, maxLength: 5 }), (rows) => {
        const [tree] = readGfm(
          table(
            ['UTC', 'What'],
            rows.map(([a, b]) => [prose(a), code(b)]),
          ),
        );
        const [made, ...others] = tree?.children ?? [];
        expect(others).toEqual([]);
        expect(made?.type).toBe('table');
        expect(made?.children.map(({ children }) => children.length)).toEqual([2, ...rows.map(() => 2)]);
        expect(referencesIn([...(made?.children ?? [])])).toEqual([]);
      }),
      { numRuns: 300, interruptAfterTimeLimit: 3_000 },
    );
  });

  test('stay in their item, and in their fence', () => {
    fc.assert(
      fc.property(trick, trick, (item, printed) => {
        const [tree] = readGfm(`- [ ] ${prose(item) || 'x'}\n- **x**: last\n\n${codeBlock(printed)}\n\nafter`);
        expect(tree?.children.map(({ type }) => type)).toEqual(['list', 'code', 'paragraph']);
        expect(tree?.children[0]?.children).toHaveLength(2);
      }),
      { numRuns: 300, interruptAfterTimeLimit: 3_000 },
    );
  });

  test('are read as they were written', () => {
    const seen = (words: string) => shown(readGfm(prose(words))).replaceAll('\u200b', '');
    for (const words of tricks.filter((one) => !/[\n\u202E]|&/.test(one) && !one.includes('`'))) {
      expect(seen(words)).toBe(words);
    }
    expect(prose('kube_apiserver on cp-1 restarted (exit code 1)')).toBe(
      'kube_apiserver on cp-1 restarted (exit code 1)',
    );
    expect(prose('dials https://10.0.0.10:6443/livez, then 2001:db8::5.')).toBe(
      'dials `https://10.0.0.10:6443/livez`, then `2001:db8::5`.',
    );
  });
});

test('a link leads where we say, and to a web page alone', () => {
  const linkIn = (markdown: string) =>
    all(readGfm(`| a |\n| --- |\n| ${markdown} |`)).filter(({ type }) => type === 'link');
  fc.assert(
    fc.property(trick, fc.oneof(fc.webUrl({ withQueryParameters: true, withFragments: true }), trick), (words, url) => {
      const links = linkIn(link(`see ${words}`, url));
      const isWeb = /^https?:\/\//i.test(url) && URL.canParse(url);
      expect(links).toHaveLength(isWeb ? 1 : 0);
      if (isWeb) expect(decodeURI(links[0]?.url ?? '')).toContain(new URL(url).host);
    }),
    { numRuns: 300, interruptAfterTimeLimit: 3_000 },
  );
  expect(link('x', 'javascript:alert(1)')).toBe('x');
  expect(link('x', 'https://a.example/(1)|2')).toBe('[x](https://a.example/%281%29%7C2)');
});

function kindsBeside(tree: readonly Node[], allowed: ReadonlySet<string>): readonly string[] {
  return all(tree)
    .map(({ type }) => type)
    .filter((type) => !allowed.has(type));
}
