import { expect, test } from 'vitest';

import { parseFrame, readOverviewDelta, readOverviewSnapshot } from './frames';

test('a snapshot keeps its topic, epoch, index and data', () => {
  const text = '{"op":"snapshot","topic":"overview","epoch":"a","index":7,"time":"2026-01-02T03:04:05Z","data":{}}';
  expect(parseFrame(text)).toEqual({
    op: 'snapshot',
    topic: 'overview',
    epoch: 'a',
    index: 7,
    time: '2026-01-02T03:04:05Z',
    data: {},
  });
});

test.each([
  ['not JSON', 'hello'],
  ['no object', '[1]'],
  ['no op', '{"topic":"overview","index":1}'],
  ['an op nobody knows', '{"op":"dance","topic":"overview","index":1}'],
  ['no topic', '{"op":"snapshot","index":1}'],
  ['an index that is no number', '{"op":"snapshot","topic":"overview","index":"1"}'],
  ['a delta without from', '{"op":"delta","topic":"overview","index":1}'],
])('a text with %s is no frame', (_what, text) => {
  expect(parseFrame(text)).toBeNull();
});

test('what was not measured is null, and a measured zero stays zero', () => {
  const { totals } = readOverviewSnapshot({
    totals: { requests_per_second: 0, error_ratio: null, p50_ms: 'fast', p95_ms: 1e400 },
  });
  expect(totals.requestsPerSecond).toBe(0);
  expect([totals.errorRatio, totals.p50Ms, totals.p95Ms, totals.p99Ms]).toEqual([null, null, null, null]);
});

test('a service without anything but a name can still be drawn', () => {
  const [service] = readOverviewSnapshot({ services: [{ name: 'bare' }] }).services;
  expect(service).toMatchObject({ status: 'unknown', instances: [], tags: [], beats: '', p95Ms: null });
});

test('services without a name and instances without an id of their own are left out', () => {
  const { services } = readOverviewSnapshot({
    services: [{ status: 'healthy' }, { name: 'a', instances: [null, 7, { id: 'x' }, { id: 'x', address: 'h:1' }] }],
  });
  expect(services.map(({ name }) => name)).toEqual(['a']);
  expect(services[0]?.instances.map(({ id, address }) => [id, address])).toEqual([['x', 'h:1']]);
});

test('a status or breaker nobody knows is not believed', () => {
  const [service] = readOverviewSnapshot({
    services: [{ name: 'a', status: 'great', instances: [{ id: 'x', breaker: 'ajar' }] }],
  }).services;
  expect(service?.status).toBe('unknown');
  expect(service?.instances[0]?.breaker).toBeNull();
});

test('an instance is drained when a reason is given, an empty one too', () => {
  const [service] = readOverviewSnapshot({
    services: [{ name: 'a', instances: [{ id: 'x', drained: '' }, { id: 'y', drained: null }, { id: 'z' }] }],
  }).services;
  expect(service?.instances.map(({ drained }) => drained)).toEqual(['', null, null]);
});

test('points without a readable time are left out', () => {
  const { points } = readOverviewSnapshot({
    series: { points: [{ time: 'soon' }, { time: '2026-01-02T03:04:05Z', p50_ms: 2 }] },
  });
  expect(points).toEqual([
    { timeMs: Date.UTC(2026, 0, 2, 3, 4, 5), requestsPerSecond: null, errorRatio: null, p50Ms: 2, p95Ms: null, p99Ms: null },
  ]);
});

test('a delta that mentions nothing changes nothing', () => {
  expect(readOverviewDelta({})).toEqual({ node: null, totals: null, changed: [], removed: [], points: [] });
});
