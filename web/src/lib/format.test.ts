import { expect, test } from 'vitest';

import { DASH, formatMs, formatNumber, formatPercent, formatRate, formatSpan, formatZone, joined } from './format';

test.each([
  [null, DASH],
  [0, '0'],
  [12.345, '12.3'],
  [1234, '1,230'],
  [9999, '10,000'],
  [12_345, '12.3K'],
  [4_200_000, '4.2M'],
])('%s reads as %s', (value, text) => {
  expect(formatNumber(value)).toBe(text);
});

test.each([
  [null, DASH],
  [0, '0\u00a0%'],
  [0.0042, '0.42\u00a0%'],
  [0.000_001, '<0.01\u00a0%'],
  [1, '100\u00a0%'],
])('a ratio of %s reads as %s', (ratio, text) => {
  expect(joined(formatPercent(ratio))).toBe(text);
});

test.each([
  [null, DASH],
  [0, '0\u00a0ms'],
  [0.001, '<0.01\u00a0ms'],
  [0.4567, '0.457\u00a0ms'],
  [48.23, '48.2\u00a0ms'],
  [1500, '1.5\u00a0s'],
])('%s ms read as %s', (ms, text) => {
  expect(joined(formatMs(ms))).toBe(text);
});

test('a rate stands beside its unit, and alone when it was not measured', () => {
  expect(joined(formatRate(51.26))).toBe('51.3/s');
  expect(joined(formatRate(null))).toBe(DASH);
});

test.each([
  [-3, '0\u00a0s'],
  [0.9, '0\u00a0s'],
  [59.9, '59\u00a0s'],
  [60, '1\u00a0min'],
  [7199, '1\u00a0h'],
  [200_000, '2\u00a0d'],
])('%s seconds span %s', (seconds, text) => {
  expect(formatSpan(seconds)).toBe(text);
});

test.each([
  [0, 'UTC'],
  [120, 'UTC+2'],
  [-210, 'UTC−3:30'],
  [345, 'UTC+5:45'],
])('%s minutes from UTC are %s', (minutes, text) => {
  expect(formatZone(minutes)).toBe(text);
});
