import { expect, test } from 'vitest';

import type { FeedState } from '../live/feed';
import { chipOf, isStale } from './chip';

function state(change: Partial<FeedState>, phase: FeedState['status']['phase'], retryAt: number | null = null): FeedState {
  const status = { phase, retryAt, dataAt: 0 };
  return { status, paused: false, waiting: 0, overview: null, shownAt: 0, complaint: '', ...change };
}

test.each([
  ['live with fresh data', state({}, 'live'), 400, ['Live', 'now', 'pause', 'healthy']],
  ['live with data that stopped', state({}, 'live'), 4300, ['Live', '4\u00a0s old', 'pause', 'healthy']],
  ['paused', state({ paused: true, waiting: 3 }, 'live'), 65_000, ['Paused', '1\u00a0min old · 3 waiting', 'resume', 'unknown']],
  ['waiting for the next attempt', state({}, 'reconnecting', 4001), 2000, ['Reconnecting in 3 s', '2\u00a0s old', 'retry', 'degraded']],
  ['trying', state({}, 'reconnecting', null), 1000, ['Reconnecting', 'now', 'retry', 'degraded']],
  ['lost while paused', state({ paused: true }, 'reconnecting', 1000), 1000, ['Reconnecting', 'now', 'retry', 'degraded']],
  ['offline', state({}, 'offline', 9000), 8000, ['Offline', '8\u00a0s old', 'retry', 'unhealthy']],
  ['connecting for the first time', state({ shownAt: null }, 'connecting'), 100, ['Connecting', '', 'retry', 'unknown']],
])('%s', (_name, feed, now, expected) => {
  const { word, detail, action, mark } = chipOf(feed, now);
  expect([word, detail, action, mark]).toEqual(expected);
});

test('data is stale after three seconds, and not before there is any', () => {
  expect(isStale(state({}, 'live'), 3000)).toBe(false);
  expect(isStale(state({}, 'live'), 3001)).toBe(true);
  expect(isStale(state({ shownAt: null }, 'connecting'), 60_000)).toBe(false);
});
