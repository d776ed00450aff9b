import { expect, test } from 'vitest';

import { readOverviewSnapshot, type Service } from '../live/frames';
import { holdStill, isShown, rank, worstInstances } from './order';

function services(...entries: Record<string, unknown>[]): Service[] {
  return readOverviewSnapshot({ services: entries }).services;
}

const ALL = { q: '', status: [] };

test('worst first: by status, then open breakers, then error ratio, then name', () => {
  const shuffled = services(
    { name: 'b-fine', status: 'healthy' },
    { name: 'failing', status: 'healthy', error_ratio: 0.3 },
    { name: 'unchecked', status: 'unknown' },
    { name: 'half', status: 'degraded' },
    { name: 'half-broken', status: 'degraded', breakers_open: 1 },
    { name: 'a-fine', status: 'healthy' },
    { name: 'dead', status: 'unhealthy' },
  );
  const order = ['dead', 'half-broken', 'half', 'unchecked', 'failing', 'a-fine', 'b-fine'];
  expect(rank(shuffled, { ...ALL, sort: 'worst' })).toEqual(order);
});

test('nearly equal error ratios do not change the order', () => {
  const first = services({ name: 'a', error_ratio: 0.011 }, { name: 'b', error_ratio: 0.012 });
  const later = services({ name: 'a', error_ratio: 0.012 }, { name: 'b', error_ratio: 0.011 });
  expect(rank(first, { ...ALL, sort: 'worst' })).toEqual(rank(later, { ...ALL, sort: 'worst' }));
});

test('sorted by a number, what was not measured comes last', () => {
  const three = services(
    { name: 'none' },
    { name: 'slow', p95_ms: 90, requests_per_second: 0 },
    { name: 'fast', p95_ms: 2, requests_per_second: 5, error_ratio: 0.1 },
  );
  expect(rank(three, { ...ALL, sort: 'latency' })).toEqual(['slow', 'fast', 'none']);
  expect(rank(three, { ...ALL, sort: 'rate' })).toEqual(['fast', 'slow', 'none']);
  expect(rank(three, { ...ALL, sort: 'errors' })).toEqual(['fast', 'none', 'slow']);
  expect(rank(three, { ...ALL, sort: 'name' })).toEqual(['fast', 'none', 'slow']);
});

test('the filter looks into name, description, tags and addresses, whatever the case', () => {
  const [shop] = services({
    name: 'Shop',
    description: 'sells things',
    tags: ['Edge'],
    instances: [{ id: '1', address: '10.0.0.7:80' }],
  });
  if (!shop) throw new Error('no service');
  for (const q of ['shop', 'THINGS', 'edge', '0.7', ' shop ']) expect(isShown(shop, { q, status: [] })).toBe(true);
  expect(isShown(shop, { q: 'bakery', status: [] })).toBe(false);
  expect(isShown(shop, { q: '', status: ['healthy'] })).toBe(false);
  expect(isShown(shop, { q: '', status: ['unknown', 'healthy'] })).toBe(true);
});

test('held still, everyone keeps the place, newcomers stand at the end, the gone leave', () => {
  expect(holdStill(['a', 'b', 'c'], ['d', 'c', 'a'])).toEqual(['a', 'c', 'd']);
  expect(holdStill([], ['b', 'a'])).toEqual(['b', 'a']);
});

test('instances stand worst first, then by address', () => {
  const [service] = services({
    name: 'a',
    instances: [
      { id: '1', address: 'h:3', status: 'healthy' },
      { id: '2', address: 'h:1', status: 'healthy' },
      { id: '3', address: 'h:2', status: 'unhealthy' },
    ],
  });
  expect(worstInstances(service?.instances ?? []).map(({ id }) => id)).toEqual(['3', '2', '1']);
});
