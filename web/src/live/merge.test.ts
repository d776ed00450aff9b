import { expect, test } from 'vitest';

import type { Frame, Point } from './frames';
import { mergeOverview, mergePoints, POINTS_MAX } from './merge';

function frame(op: 'snapshot' | 'delta', data: unknown, time = '2026-01-01T00:00:10Z'): Frame {
  const common = { topic: 'overview', epoch: 'e', index: 2, time, data };
  return op === 'snapshot' ? { op, ...common } : { op, from: 1, ...common };
}

function point(timeMs: number, p50Ms = 1): Point {
  return { timeMs, requestsPerSecond: 1, errorRatio: null, p50Ms, p95Ms: null, p99Ms: null };
}

const SNAPSHOT = frame('snapshot', {
  node: { name: 'n', uptime_seconds: 4 },
  totals: { services: 2 },
  services: [{ name: 'a', status: 'healthy' }, { name: 'b' }],
});

test('a snapshot replaces everything', () => {
  const before = mergeOverview(null, SNAPSHOT);
  const after = mergeOverview(before, frame('snapshot', { services: [{ name: 'c' }] }));
  expect([...(after?.services.keys() ?? [])]).toEqual(['c']);
  expect(after?.points).toEqual([]);
});

test('a delta replaces the services it names and leaves the others as they are', () => {
  const before = mergeOverview(null, SNAPSHOT);
  const after = mergeOverview(before, frame('delta', { services: { changed: [{ name: 'a', status: 'unhealthy' }] } }));
  expect(after?.services.get('a')?.status).toBe('unhealthy');
  expect(after?.services.get('b')).toBe(before?.services.get('b'));
  expect(before?.services.get('a')?.status).toBe('healthy');
});

test('a service in both lists is removed first and added then', () => {
  const before = mergeOverview(null, SNAPSHOT);
  const services = { changed: [{ name: 'a', status: 'degraded' }], removed: ['a', 'b', 'never was'] };
  const after = mergeOverview(before, frame('delta', { services }));
  expect([...(after?.services.values() ?? [])].map(({ name, status }) => [name, status])).toEqual([['a', 'degraded']]);
});

test('totals, node and services that a delta does not mention stay the same objects', () => {
  const before = mergeOverview(null, SNAPSHOT);
  const after = mergeOverview(before, frame('delta', { series: [{ time: '2026-01-01T00:00:10Z' }] }));
  expect(after?.totals).toBe(before?.totals);
  expect(after?.node).toBe(before?.node);
  expect(after?.services).toBe(before?.services);
  expect(after?.points).toHaveLength(1);
});

test('a delta without a model to apply it to is dropped', () => {
  expect(mergeOverview(null, frame('delta', {}))).toBeNull();
});

test('the start of the node is known from the frame that told its uptime, and stays', () => {
  const before = mergeOverview(null, SNAPSHOT);
  expect(before?.startedMs).toBe(Date.parse('2026-01-01T00:00:06Z'));
  const after = mergeOverview(before, frame('delta', {}, '2026-01-01T00:00:20Z'));
  expect(after?.startedMs).toBe(before?.startedMs);
  expect(after?.timeMs).toBe(Date.parse('2026-01-01T00:00:20Z'));
});

test('a point of a known time replaces the old one, and order is by time', () => {
  const merged = mergePoints([point(1000), point(2000)], [point(3000), point(2000, 9)]);
  expect(merged.map(({ timeMs, p50Ms }) => [timeMs, p50Ms])).toEqual([[1000, 1], [2000, 9], [3000, 1]]);
});

test('only the newest points are kept', () => {
  const many = Array.from({ length: POINTS_MAX }, (_, second) => point(second * 1000));
  const merged = mergePoints(many, [point(POINTS_MAX * 1000)]);
  expect(merged).toHaveLength(POINTS_MAX);
  expect(merged[0]?.timeMs).toBe(1000);
});
