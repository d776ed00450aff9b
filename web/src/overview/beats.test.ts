import { expect, test } from 'vitest';

import { barsOf, BEATS_MAX, CELL, countOf, HEIGHT } from './beats';

function barsIn(path: string): number[] {
  return [...path.matchAll(/M(\d+) /g)].map(([, x]) => Math.floor(Number(x) / CELL));
}

test('the newest beat stands at the right edge', () => {
  expect(barsIn(barsOf('hu', 'u'))).toEqual([BEATS_MAX - 1]);
  expect(barsIn(barsOf('hu', 'h'))).toEqual([BEATS_MAX - 2]);
});

test('slots without a result are filled up at the left', () => {
  expect(barsIn(barsOf('h', '-'))).toHaveLength(BEATS_MAX - 1);
});

test('of too many beats the newest are drawn', () => {
  expect(barsIn(barsOf(`u${'h'.repeat(BEATS_MAX)}`, 'u'))).toEqual([]);
});

test('the worse the result the taller the bar', () => {
  const top = (result: 'h' | 'd' | 'u') => Number(/M\d+ (\d+)/.exec(barsOf(result, result))?.[1]);
  expect([top('h') > top('d'), top('d') > top('u'), top('u')]).toEqual([true, true, 0]);
  expect(top('h')).toBeLessThan(HEIGHT);
});

test('results are counted, whatever else is in the text', () => {
  expect([countOf('--hhduzz', 'h'), countOf('--hhduzz', 'd'), countOf('', 'u')]).toEqual([2, 1, 0]);
});
