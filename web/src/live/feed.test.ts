import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import type { LivePorts } from './client';
import { FakeSocket } from './fake-node';
import { OverviewFeed, type FeedState } from './feed';

let socket: FakeSocket;
let state: FeedState;
let feed: OverviewFeed;

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
  socket = new FakeSocket();
  const ports: LivePorts = {
    openSocket: () => socket,
    fetchSnapshot: () => Promise.reject(new Error('refused')),
    now: () => Date.now(),
    random: () => 0.5,
  };
  feed = new OverviewFeed(ports, (changed) => (state = changed));
  feed.client.start();
  socket.onopen?.();
  socket.frame({ op: 'snapshot', index: 1, data: { services: [{ name: 'a' }] } });
});
afterEach(() => {
  feed.client.stop();
  vi.useRealTimers();
});

function names(): string[] {
  return [...(state.overview?.services.keys() ?? [])];
}

test('it shows what arrives as it arrives', () => {
  vi.advanceTimersByTime(400);
  socket.frame({ op: 'delta', from: 1, index: 2, data: { services: { changed: [{ name: 'b' }] } } });
  expect(names()).toEqual(['a', 'b']);
  expect(state.shownAt).toBe(400);
});

test('paused it shows what was, counts what waits, and loses nothing', () => {
  feed.setPaused(true);
  vi.advanceTimersByTime(900);
  socket.frame({ op: 'delta', from: 1, index: 2, data: { services: { changed: [{ name: 'b' }] } } });
  socket.frame({ op: 'delta', from: 2, index: 3, data: { services: { changed: [{ name: 'c' }] } } });
  expect([names(), state.waiting, state.shownAt]).toEqual([['a'], 2, 0]);
  feed.setPaused(false);
  expect([names(), state.waiting, state.shownAt]).toEqual([['a', 'b', 'c'], 0, 900]);
});

test('a complaint of the node is kept beside the data', () => {
  socket.frame({ op: 'error', message: 'no' });
  expect([state.complaint, names()]).toEqual(['no', ['a']]);
});
