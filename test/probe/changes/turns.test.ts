import { describe, expect, test } from 'vitest';
import { type Answers, nextAnswer } from '../../../src/probe/changes/turns.ts';

const minute = 60_000;

/** Which of the answers, a minute apart, are news; `a,b` is one that holds two. */
function news(...answers: (string | readonly string[])[]): readonly boolean[] {
  let known: Answers | null = null;
  return answers.map((given, index) => {
    const [now = '', ...asWell] = typeof given === 'string' ? [given] : given;
    const next = nextAnswer(
      known,
      now.split(','),
      index * minute,
      asWell.map((one) => one.split(',')),
    );
    known = next.answers;
    return next.isNews;
  });
}

describe('what is news', () => {
  test('the first answer is none, nor the same again; another one is', () => {
    expect(news('a', 'a', 'b', 'b')).toEqual([false, false, true, false]);
    expect(news('a,b', 'a', 'a,c')).toEqual([false, true, true]);
  });

  test('put back by hand it is, each time', () => {
    expect(news('a', 'b', 'a', 'b')).toEqual([false, true, true, true]);
  });

  test('those that come back on and on take turns', () => {
    expect(news('a', 'b', 'a', 'b', 'a', 'b', 'a')).toEqual([false, true, true, true, false, false, false]);
  });

  test('a new one among those that take turns is news, once', () => {
    expect(news('a', 'b', 'a', 'b', 'a', 'c', 'b', 'c').slice(-3)).toEqual([true, false, false]);
  });

  test('answers that differ at once take turns from the beginning', () => {
    expect(news(['a', 'b', 'c'], 'b', 'c', 'a')).toEqual([false, false, false, false]);
    expect(news('a', ['b', 'a', 'b'], 'a', 'b')).toEqual([false, false, false, false]);
  });

  test('a new one that all answer is news, however often it is asked', () => {
    expect(news('a', ['b', 'b', 'b'])).toEqual([false, true]);
  });

  test('what had long been away comes back as news', () => {
    const same = Array.from({ length: 40 }, () => 'b');
    expect(news('a', ...same, 'a').at(-1)).toBe(true);
    // Even of a pool that was settled for so long.
    expect(news('a', 'b', 'a', 'b', 'a', ...same, 'a').at(-1)).toBe(true);
  });
});
