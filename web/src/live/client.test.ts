import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';

import { DORMANT_AFTER_MS, OPEN_TIMEOUT_MS, POLL_INTERVAL_MS, SILENCE_MS, STABLE_AFTER_MS } from './client';
import { FakeNode } from './fake-node';

const SNAPSHOT = { op: 'snapshot', topic: 'overview', epoch: 'e1', index: 50, time: '', data: {} };
const pass = (ms: number) => vi.advanceTimersByTimeAsync(ms);

let node: FakeNode;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  node = new FakeNode();
  node.client.start();
});
afterEach(() => {
  node.client.stop();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

describe('first connection', () => {
  test('it subscribes without since and is live with the first snapshot', () => {
    expect(node.status.phase).toBe('connecting');
    node.goLive(7);
    expect(node.socket.sent).toEqual([{ op: 'subscribe', topic: 'overview', filter: {} }]);
    expect(node.status).toEqual({ phase: 'live', retryAt: null, dataAt: 1_000_000 });
    expect(node.frames).toHaveLength(1);
  });

  test('a handshake that never ends is given up', async () => {
    await pass(OPEN_TIMEOUT_MS);
    expect(node.sockets[0]?.closed).toBe(true);
    await pass(1);
    expect(node.sockets).toHaveLength(2);
  });
});

describe('chain of deltas', () => {
  test('deltas that continue each other are delivered', () => {
    const socket = node.goLive(1);
    socket.delta(1, 2);
    socket.delta(2, 5);
    expect(node.frames.map((frame) => frame.op)).toEqual(['snapshot', 'delta', 'delta']);
  });

  test('after a gap it asks once for a snapshot and delivers nothing until that comes', () => {
    const socket = node.goLive(1);
    socket.delta(3, 4);
    socket.delta(4, 5);
    expect(node.frames).toHaveLength(1);
    expect(socket.sent.slice(1)).toEqual([{ op: 'subscribe', topic: 'overview', filter: {} }]);
    socket.snapshot(6);
    socket.delta(6, 7);
    expect(node.frames.map((frame) => frame.op)).toEqual(['snapshot', 'snapshot', 'delta']);
  });

  test('a delta of another epoch is a gap even when the numbers fit', () => {
    const socket = node.goLive(1);
    socket.delta(1, 2, 'e2');
    expect(node.frames).toHaveLength(1);
    expect(socket.sent).toHaveLength(2);
  });

  test('frames of another topic and texts that are no frame are passed over', () => {
    const socket = node.goLive(1);
    socket.frame({ op: 'delta', topic: 'traces', from: 1, index: 2 });
    socket.onmessage?.({ data: 'hello' });
    socket.onmessage?.({ data: new ArrayBuffer(2) });
    expect(node.frames).toHaveLength(1);
    expect(socket.sent).toHaveLength(1);
  });

  test('a complaint of the node is handed on', () => {
    node.goLive(1).frame({ op: 'error', message: 'unknown topic "x"' });
    expect(node.frames.at(-1)).toEqual({ op: 'error', message: 'unknown topic "x"' });
  });
});

describe('coming back', () => {
  test('a lost connection is tried at once, then after 1 s, 2 s, and every 5 s', async () => {
    node.goLive();
    await pass(STABLE_AFTER_MS);
    const opened: number[] = [];
    const lostAt = Date.now();
    for (let round = 0; round < 5; round += 1) {
      const before = node.sockets.length;
      node.socket.onclose?.();
      const { retryAt } = node.status;
      expect(retryAt).not.toBeNull();
      await pass((retryAt ?? 0) - Date.now());
      expect(node.sockets).toHaveLength(before + 1);
      opened.push(Date.now() - lostAt);
    }
    expect(opened).toEqual([0, 1000, 3000, 8000, 13_000]);
    expect(node.status.phase).toBe('offline'); // polling fails as well
  });

  test('it says when it will try again', async () => {
    node.goLive();
    await pass(STABLE_AFTER_MS);
    await node.lose();
    node.socket.onclose?.();
    expect(node.status).toMatchObject({ phase: 'reconnecting', retryAt: Date.now() + 1000 });
  });

  test('it asks for what it missed since the last frame', async () => {
    node.goLive(3).delta(3, 9);
    await pass(STABLE_AFTER_MS);
    await node.lose();
    node.socket.onopen?.();
    expect(node.socket.sent).toEqual([{ op: 'subscribe', topic: 'overview', filter: {}, since: 9, epoch: 'e1' }]);
    node.socket.delta(9, 12);
    expect(node.status.phase).toBe('live');
    expect(node.frames).toHaveLength(3);
  });

  test('a node that accepts and drops is not hammered', async () => {
    node.goLive();
    await node.lose(0);
    node.goLive();
    await node.lose(999);
    expect(node.sockets).toHaveLength(2);
    await pass(1);
    expect(node.sockets).toHaveLength(3);
  });

  test('the online event tries at once, and only when nothing is under way', async () => {
    node.goLive();
    await node.lose();
    await node.lose(10);
    expect(node.sockets).toHaveLength(2);
    node.client.wake();
    expect(node.sockets).toHaveLength(3);
    node.client.wake();
    await pass(3000);
    expect(node.sockets).toHaveLength(3);
  });

  test('a stopped client stays stopped', async () => {
    node.goLive();
    node.client.stop();
    node.client.wake();
    await pass(60_000);
    expect(node.sockets).toHaveLength(1);
    expect(node.socket.closed).toBe(true);
  });
});

describe('polling', () => {
  async function failThreeTimes() {
    node.goLive();
    await pass(STABLE_AFTER_MS);
    await node.lose(0);
    await node.lose(1000);
    await node.lose(2000);
    expect(node.polls).toBe(0);
    node.socket.onclose?.();
  }

  test('after three failed attempts it also polls, every five seconds', async () => {
    node.pollAnswer = SNAPSHOT;
    await failThreeTimes();
    await pass(0);
    expect(node.polls).toBe(1);
    expect(node.frames).toHaveLength(2);
    expect(node.status).toMatchObject({ phase: 'reconnecting', dataAt: Date.now() });
    await pass(POLL_INTERVAL_MS);
    expect(node.polls).toBe(2);
  });

  test('when polling fails too it is offline, and no longer when it works again', async () => {
    await failThreeTimes();
    await pass(0);
    expect(node.status.phase).toBe('offline');
    node.pollAnswer = SNAPSHOT;
    await pass(POLL_INTERVAL_MS);
    expect(node.status.phase).toBe('reconnecting');
  });

  test('an answer that is no snapshot is a failure', async () => {
    node.pollAnswer = { hello: 'world' };
    await failThreeTimes();
    await pass(0);
    expect(node.status.phase).toBe('offline');
  });

  test('it ends when the socket is live, which goes on from the polled moment', async () => {
    node.pollAnswer = SNAPSHOT;
    await failThreeTimes();
    await pass(5000);
    node.socket.onopen?.();
    expect(node.socket.sent[0]).toMatchObject({ since: 50, epoch: 'e1' });
    node.socket.delta(50, 51);
    const { polls } = node;
    await pass(4000);
    node.socket.delta(51, 52);
    await pass(4000);
    expect(node.polls).toBe(polls);
    expect(node.status.phase).toBe('live');
  });
});

describe('silence', () => {
  test('after five silent seconds it pings, and a pong is enough', async () => {
    const socket = node.goLive();
    await pass(SILENCE_MS);
    expect(socket.sent.at(-1)).toEqual({ op: 'ping' });
    socket.onmessage?.({ data: '{"op":"pong"}' });
    await pass(SILENCE_MS - 1);
    expect(socket.closed).toBe(false);
    expect(node.frames).toHaveLength(1);
  });

  test('without a pong the connection is given up and made anew', async () => {
    const socket = node.goLive();
    await pass(2 * SILENCE_MS);
    expect(socket.closed).toBe(true);
    await pass(1);
    expect(node.sockets).toHaveLength(2);
  });
});

describe('hidden tab', () => {
  /** A minute in which the node is heard every second. */
  async function sleep(socket = node.socket) {
    node.client.setHidden(true);
    for (let ms = 0; ms < DORMANT_AFTER_MS; ms += 1000) {
      await pass(1000);
      socket.frame({ op: 'pong' });
    }
  }

  test('hidden for a minute it unsubscribes, and visible it asks for what it missed', async () => {
    const socket = node.goLive(4);
    await sleep();
    expect(socket.sent.at(-1)).toEqual({ op: 'unsubscribe', topic: 'overview' });
    await pass(600_000);
    expect(node.sockets).toHaveLength(1);
    node.client.setHidden(false);
    expect(socket.sent.at(-1)).toMatchObject({ op: 'subscribe', since: 4 });
    socket.delta(4, 8);
    expect(node.frames).toHaveLength(2);
  });

  test('hidden for less it goes on as before', async () => {
    const socket = node.goLive(4);
    node.client.setHidden(true);
    await pass(4000);
    node.client.setHidden(false);
    socket.delta(4, 5);
    expect(socket.sent).toHaveLength(1);
    expect(node.frames).toHaveLength(2);
  });

  test('asleep it neither tries nor polls, and visible it connects at once', async () => {
    node.goLive();
    await sleep();
    await node.lose(600_000);
    expect([node.sockets.length, node.polls]).toEqual([1, 0]);
    node.client.setHidden(false);
    expect(node.sockets).toHaveLength(2);
  });

  test('becoming visible between two attempts tries at once', async () => {
    node.goLive();
    node.client.setHidden(true);
    await node.lose(0);
    await node.lose(1);
    expect(node.sockets).toHaveLength(2);
    node.client.setHidden(false);
    expect(node.sockets).toHaveLength(3);
  });
});
