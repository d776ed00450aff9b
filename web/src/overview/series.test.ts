import { expect, test } from 'vitest';

import type { Point } from '../live/frames';
import { columnsOf, crop, scaleTop } from './series';

function point(timeMs: number): Point {
  return { timeMs, requestsPerSecond: 5, errorRatio: 0.25, p50Ms: 1, p95Ms: null, p99Ms: 3 };
}

test('a range is counted back from the newest point, however old that is', () => {
  const points = [1, 2, 3, 4].map((second) => point(second * 1000));
  expect(crop(points, 2).map(({ timeMs }) => timeMs)).toEqual([3000, 4000]);
  expect(crop([], 60)).toEqual([]);
});

test('columns are in seconds and percent, and keep what is missing missing', () => {
  expect(columnsOf([point(1500)])).toEqual({
    times: [1.5],
    requests: [5],
    errors: [25],
    p50: [1],
    p95: [null],
    p99: [3],
  });
});

test.each([
  [null, 1],
  [0, 1],
  [0.3, 1],
  [1, 1],
  [1.01, 2],
  [3, 5],
  [5, 5],
  [512, 1000],
  [0.1 + 0.2 + 99.7, 100],
])('a scale for %s reaches to %s', (max, top) => {
  expect(scaleTop(max, 1)).toBeCloseTo(top);
});
