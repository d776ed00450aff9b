import { expect, test } from 'vitest';

import { readOverviewSnapshot } from '../live/frames';
import { judge, toneOf, type Judgement } from './verdict';

function judged(statuses: string[], totals: Record<string, unknown> = {}): Judgement {
  const services = statuses.map((status, i) => ({ name: `s${i}`, status }));
  const snapshot = readOverviewSnapshot({ services, totals });
  return judge({ ...snapshot, services: new Map(snapshot.services.map((one) => [one.name, one])) });
}

test('no services is neither good nor bad', () => {
  const judgement = judged([]);
  expect(judgement).toEqual({ kind: 'empty' });
  expect(toneOf(judgement)).toBe('unknown');
});

test('all healthy is healthy', () => {
  const judgement = judged(['healthy', 'healthy']);
  expect(judgement).toEqual({ kind: 'healthy', total: 2 });
  expect(toneOf(judgement)).toBe('healthy');
});

test('unhealthy and degraded need attention, the worst is named first and gives the tone', () => {
  const judgement = judged(['healthy', 'degraded', 'unhealthy', 'unknown']);
  expect(judgement).toMatchObject({ kind: 'attention', count: 2, total: 4, more: 0 });
  expect(judgement.kind === 'attention' && judgement.named.map(({ name }) => name)).toEqual(['s2', 's1']);
  expect(toneOf(judgement)).toBe('unhealthy');
});

test('three are named, the others counted', () => {
  expect(judged(Array(5).fill('degraded'))).toMatchObject({ count: 5, more: 2 });
});

test('healthy services with failing requests are not all right', () => {
  const judgement = judged(['healthy'], { error_ratio: 0.01 });
  expect(judgement).toEqual({ kind: 'failing', total: 1, errorRatio: 0.01 });
  expect(toneOf(judgement)).toBe('degraded');
  expect(judged(['healthy'], { error_ratio: 0.0099 }).kind).toBe('healthy');
});

test('services without a result yet are not called healthy', () => {
  const judgement = judged(['healthy', 'unknown']);
  expect(judgement).toEqual({ kind: 'unchecked', count: 1, total: 2 });
  expect(toneOf(judgement)).toBe('unknown');
});
