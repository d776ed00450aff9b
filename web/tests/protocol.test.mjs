// The mock node speaks the protocol, so that page tests prove something; and the judge of it notices what is wrong.
import assert from 'node:assert/strict';
import { test } from 'node:test';

import { errorsOf } from './against.mjs';
import { emptyFleet, fleet, moved } from './fleet.mjs';
import { MockNode } from './mock-server.mjs';
import { frameErrors, paceErrors } from './protocol.mjs';

const COMMON = { topic: 'overview', epoch: 'e', time: '2026-01-02T03:04:05Z' };
const snapshot = (index, data = fleet()) => ({ op: 'snapshot', ...COMMON, index, data });
const delta = (from, index, data = {}) => ({ op: 'delta', ...COMMON, from, index, data });

test('the mock node keeps to the protocol', { timeout: 60_000 }, async () => {
  const node = await new MockNode(fleet()).start();
  const moving = setInterval(() => node.push(moved(node.data)), 500);
  try {
    const { errors, frames } = await errorsOf(node.url);
    assert.deepEqual(errors, []);
    assert.ok(frames > 5, `${frames} frames`);
  } finally {
    clearInterval(moving);
    await node.kill();
  }
});

test('good frames are found good', () => {
  assert.deepEqual(frameErrors([snapshot(1), delta(1, 2), delta(2, 9), snapshot(10, emptyFleet())]), []);
});

for (const [name, frames, error] of [
  ['a delta first', [delta(1, 2)], /first frame is delta/],
  ['a broken chain', [snapshot(1), delta(2, 3)], /from is 2, the last index was 1/],
  ['an index that stands still', [snapshot(5), delta(5, 5)], /index 5 follows 5/],
  ['a time with an offset', [{ ...snapshot(1), time: '2026-01-02T03:04:05+01:00' }], /time is/],
  ['totals that do not add up', [snapshot(1, { ...fleet(), totals: { ...fleet().totals, healthy: 9 } })], /do not add up/],
  ['a beat nobody knows', [snapshot(1), delta(1, 2, { services: { changed: [{ ...fleet().services[0], beats: 'hx' }] } })], /beats/],
  ['a number as text', [snapshot(1), delta(1, 2, { totals: { ...fleet().totals, p95_ms: '8' } })], /totals.p95_ms is "8"/],
]) {
  test(`${name} is noticed`, () => {
    assert.match(frameErrors(frames).join('\n'), error);
  });
}

test('silence and haste are noticed', () => {
  assert.deepEqual(paceErrors([0, 250, 500, 750, 1000, 1250, 2500]), []);
  assert.match(paceErrors([0, 2100]).join(), /2100 ms of silence/);
  assert.match(paceErrors([0, 100, 200, 300, 400, 500]).join(), /six frames within 500 ms/);
});
