import { expect, test } from 'vitest';

import { retryDelayMs } from './backoff';

test('the first three attempts come at once, after one second, after two', () => {
  expect([0, 1, 2].map((losses) => retryDelayMs(losses, () => 0.5))).toEqual([0, 1000, 2000]);
});

test('from then on every five seconds, give or take a fifth', () => {
  expect(retryDelayMs(3, () => 0.5)).toBe(5000);
  expect(retryDelayMs(3, () => 0)).toBe(4000);
  expect(retryDelayMs(99, () => 0.999_999)).toBe(6000);
});
