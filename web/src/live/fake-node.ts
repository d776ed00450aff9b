// For tests: the other end of the live client, on vitest's fake clock.
import { vi } from 'vitest';

import { LiveClient, type LivePorts, type LiveStatus, type Socket } from './client';
import type { Frame } from './frames';

export class FakeSocket implements Socket {
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: (() => void) | null = null;
  readonly sent: Record<string, unknown>[] = [];
  closed = false;

  send(text: string): void {
    this.sent.push(JSON.parse(text) as Record<string, unknown>);
  }
  close(): void {
    this.closed = true;
  }
  frame(fields: Record<string, unknown>): void {
    const common = { topic: 'overview', epoch: 'e1', time: '2026-01-01T00:00:00Z', data: {} };
    this.onmessage?.({ data: JSON.stringify({ ...common, ...fields }) });
  }
  snapshot(index: number, epoch = 'e1'): void {
    this.frame({ op: 'snapshot', index, epoch });
  }
  delta(from: number, index: number, epoch = 'e1'): void {
    this.frame({ op: 'delta', from, index, epoch });
  }
}

/** A client and everything it did. Call after vi.useFakeTimers(). */
export class FakeNode {
  readonly sockets: FakeSocket[] = [];
  readonly frames: Frame[] = [];
  polls = 0;
  /** The answer to the next polls; null refuses. */
  pollAnswer: unknown = null;
  status: LiveStatus = { phase: 'connecting', retryAt: null, dataAt: null };
  readonly client: LiveClient;

  constructor() {
    const ports: LivePorts = {
      openSocket: () => {
        const socket = new FakeSocket();
        this.sockets.push(socket);
        return socket;
      },
      fetchSnapshot: () => {
        this.polls += 1;
        return this.pollAnswer === null ? Promise.reject(new Error('refused')) : Promise.resolve(this.pollAnswer);
      },
      now: () => Date.now(),
      random: () => 0.5,
    };
    this.client = new LiveClient('overview', ports, {
      frame: (frame) => this.frames.push(frame),
      status: (status) => (this.status = status),
    });
  }

  get socket(): FakeSocket {
    const newest = this.sockets.at(-1);
    if (!newest) throw new Error('no socket was opened');
    return newest;
  }

  /** Opens the newest socket and sends a first snapshot. */
  goLive(index = 1): FakeSocket {
    this.socket.onopen?.();
    this.socket.snapshot(index);
    return this.socket;
  }

  /** Ends the newest socket and lets `ms` pass. */
  async lose(ms = 0): Promise<void> {
    this.socket.onclose?.();
    await vi.advanceTimersByTimeAsync(ms);
  }
}
