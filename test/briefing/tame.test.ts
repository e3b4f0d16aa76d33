import { describe, expect, test } from 'vitest';
import { shortenEnd, shortenMiddle, tameLine, tameLines, tameSentence } from '../../src/briefing/tame.ts';

describe('a name from somewhere else', () => {
  test('keeps both ends when it is too long', () => {
    const tamed = tameLine(`begin-${'x'.repeat(300)}-end`, 40);
    expect(tamed).toHaveLength(40);
    expect(tamed).toMatch(/^begin-x+…x+-end$/);
  });

  test.each([
    ['\u0000', '‹U+0000›'],
    ['\u0007', '‹U+0007›'],
    ['\u001b[31m', '‹U+001B›[31m'],
    ['\u200b', '‹U+200B›'],
    ['\u202e', '‹U+202E›'],
    ['\u2066', '‹U+2066›'],
    ['\ufeff', '‹U+FEFF›'],
    ['\u00ad', '‹U+00AD›'],
    ['\u{e0041}', '‹U+E0041›'],
    ['\u3164', '‹U+3164›'],
  ])('shows what is invisible: %j', (mark, shown) => {
    expect(tameLine(`a${mark}b`)).toBe(`a${shown}b`);
  });

  test('keeps emoji as they are', () => {
    expect(tameLine('❤️ 👩‍💻 ✅')).toBe('❤️ 👩‍💻 ✅');
  });

  test('stays on one line', () => {
    expect(tameLine('a\r\nb\u2028c\td')).toBe('a b c d');
  });

  test("letters read from right to left can't move what stands beside them", () => {
    expect(tameLine('שלום')).toBe('\u2068שלום\u2069');
  });

  test('half a character becomes a replacement', () => {
    expect(tameLine('a\ud800b')).toBe('a\ufffdb');
  });
});

test('a sentence loses its end, lines stay lines', () => {
  expect(tameSentence('one two three', 8)).toBe('one two…');
  expect(tameLines('a\tb\r\nc\u0007', 100)).toBe('a  b\nc‹U+0007›');
  expect(tameLines('x'.repeat(50), 10)).toBe(`${'x'.repeat(9)}…`);
});

test('nothing is ever cut in the middle of a character', () => {
  for (let max = 2; max < 12; max++) {
    expect(shortenMiddle('😀😀😀😀😀😀', max).isWellFormed()).toBe(true);
    expect(shortenEnd('😀😀😀😀😀😀', max).isWellFormed()).toBe(true);
    expect(shortenMiddle('😀😀😀😀😀😀', max).length).toBeLessThanOrEqual(max);
  }
});
