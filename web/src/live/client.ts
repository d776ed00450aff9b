// Keeps one topic of /ws/ui flowing through lost nodes, sleeping tabs and dropped frames. Knows nothing of what
// the topic carries. Every timer is setTimeout and every clock is `ports.now`, so tests run it on a fake clock.
// Start at start(), then connect(), accept() and lost(): the order of events.
import { retryDelayMs } from './backoff';
import { parseFrame, readFrame, type Frame } from './frames';

/** The loss that began it and three attempts that failed. */
export const POLL_AFTER_LOSSES = 3;
export const POLL_INTERVAL_MS = 5000;
export const OPEN_TIMEOUT_MS = 5000;
export const SILENCE_MS = 5000;
export const STABLE_AFTER_MS = 2000;
export const DORMANT_AFTER_MS = 60_000;

/** What of the browser's WebSocket the client uses. */
export interface Socket {
  send(text: string): void;
  close(): void;
  onopen: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  onclose: (() => void) | null;
}

export interface LivePorts {
  openSocket(): Socket;
  /** The body of GET /api/v1/ui/snapshot; rejects when there is none. */
  fetchSnapshot(topic: string): Promise<unknown>;
  /** Milliseconds on a clock that only goes forward. */
  now(): number;
  /** 0 (inclusive) .. 1 (exclusive). */
  random(): number;
}

/** `reconnecting`: data had come, or was refused, before; `offline`: and polling fails too. */
export type Phase = 'connecting' | 'live' | 'reconnecting' | 'offline';

export interface LiveStatus {
  phase: Phase;
  /** When the next attempt is due, on the clock of `ports.now`; null when none is planned. */
  retryAt: number | null;
  /** When data last arrived; null before the first time. */
  dataAt: number | null;
}

export interface LiveListener {
  frame(frame: Frame): void;
  status(status: LiveStatus): void;
}

type TopicFrame = Extract<Frame, { index: number }>;
type Timer = ReturnType<typeof setTimeout>;

export class LiveClient {
  private socket: Socket | null = null;
  private cursor: { epoch: string; index: number } | null = null;
  /** Connections lost or refused in a row. */
  private losses = 0;
  private open = false;
  private subscribed = false;
  /** When this connection brought its first data; null before. */
  private liveSince: number | null = null;
  private awaitingSnapshot = false;
  private dormant = false;
  private stopped = true;
  private pollFailed = false;
  private retryAt: number | null = null;
  private dataAt: number | null = null;
  private retryTimer: Timer | undefined;
  private openTimer: Timer | undefined;
  private silenceTimer: Timer | undefined;
  private pollTimer: Timer | undefined;
  private dormantTimer: Timer | undefined;

  constructor(
    private readonly topic: string,
    private readonly ports: LivePorts,
    private readonly listener: LiveListener,
  ) {}

  start(): void {
    this.stopped = false;
    this.connect();
  }

  stop(): void {
    this.stopped = true;
    for (const timer of [this.retryTimer, this.dormantTimer]) clearTimeout(timer);
    this.stopPolling();
    this.dropSocket();
  }

  /** The browser says the network is back, or a person asked: try at once. */
  wake(): void {
    if (this.stopped || this.dormant || this.socket) return;
    this.connect();
  }

  /** The tab was hidden or shown. */
  setHidden(hidden: boolean): void {
    clearTimeout(this.dormantTimer);
    if (this.stopped) return;
    if (hidden) this.dormantTimer = setTimeout(() => this.fallAsleep(), DORMANT_AFTER_MS);
    else this.wakeUp();
  }

  private connect(): void {
    clearTimeout(this.retryTimer);
    this.retryAt = null;
    const socket = this.ports.openSocket();
    this.socket = socket;
    this.openTimer = setTimeout(() => this.lost(), OPEN_TIMEOUT_MS);
    socket.onopen = () => this.opened();
    socket.onmessage = (event) => this.accept(event.data);
    socket.onclose = () => this.lost();
    this.report();
  }

  private opened(): void {
    clearTimeout(this.openTimer);
    this.open = true;
    if (!this.dormant) this.subscribe(this.cursor);
  }

  private subscribe(cursor: { epoch: string; index: number } | null): void {
    this.subscribed = true;
    this.awaitingSnapshot = cursor === null;
    const since = cursor ? { since: cursor.index, epoch: cursor.epoch } : {};
    this.send({ op: 'subscribe', topic: this.topic, filter: {}, ...since });
    this.watchSilence();
  }

  private send(message: object): void {
    this.socket?.send(JSON.stringify(message));
  }

  private accept(data: unknown): void {
    const frame = typeof data === 'string' ? parseFrame(data) : null;
    if (frame === null) return;
    if (!this.dormant) this.watchSilence();
    if (frame.op === 'snapshot' || frame.op === 'delta') this.acceptTopic(frame);
    else if (frame.op === 'error') this.listener.frame(frame);
  }

  private acceptTopic(frame: TopicFrame): void {
    if (frame.topic !== this.topic || this.dormant) return;
    if (frame.op === 'delta' && !this.continues(frame)) {
      if (!this.awaitingSnapshot) this.subscribe(null);
      return;
    }
    this.awaitingSnapshot = false;
    this.liveSince ??= this.ports.now();
    this.stopPolling();
    this.deliver(frame);
  }

  private continues(frame: { from: number; epoch: string }): boolean {
    const { cursor } = this;
    return !this.awaitingSnapshot && cursor?.index === frame.from && cursor.epoch === frame.epoch;
  }

  private deliver(frame: TopicFrame): void {
    this.cursor = { epoch: frame.epoch, index: frame.index };
    this.dataAt = this.ports.now();
    this.listener.frame(frame);
    this.report();
  }

  /** The connection is gone, or never came about. */
  private lost(): void {
    const livedMs = this.liveSince === null ? 0 : this.ports.now() - this.liveSince;
    this.dropSocket();
    if (this.stopped || this.dormant) return;
    if (livedMs >= STABLE_AFTER_MS) this.losses = 0;
    const delayMs = retryDelayMs(this.losses, this.ports.random);
    this.losses += 1;
    this.retryAt = this.ports.now() + delayMs;
    this.retryTimer = setTimeout(() => this.connect(), delayMs);
    if (this.losses > POLL_AFTER_LOSSES && this.pollTimer === undefined) this.poll();
    this.report();
  }

  private dropSocket(): void {
    clearTimeout(this.openTimer);
    clearTimeout(this.silenceTimer);
    this.liveSince = null;
    this.open = this.subscribed = false;
    if (!this.socket) return;
    this.socket.onopen = this.socket.onmessage = this.socket.onclose = null;
    this.socket.close();
    this.socket = null;
  }

  /** Nothing heard for a while: ask once, then give the connection up. */
  private watchSilence(): void {
    clearTimeout(this.silenceTimer);
    this.silenceTimer = setTimeout(() => {
      this.send({ op: 'ping' });
      this.silenceTimer = setTimeout(() => this.lost(), SILENCE_MS);
    }, SILENCE_MS);
  }

  private poll(): void {
    this.pollTimer = setTimeout(() => this.poll(), POLL_INTERVAL_MS);
    const round = this.pollTimer;
    this.ports.fetchSnapshot(this.topic).then(
      (body) => {
        const frame = readFrame(body);
        this.polled(round, frame?.op === 'snapshot' ? frame : null);
      },
      () => this.polled(round, null),
    );
  }

  private polled(round: Timer, frame: TopicFrame | null): void {
    if (this.pollTimer !== round) return; // the socket came back, or the next round has begun
    this.pollFailed = frame === null;
    if (frame) this.deliver(frame);
    else this.report();
  }

  private stopPolling(): void {
    clearTimeout(this.pollTimer);
    this.pollTimer = undefined;
    this.pollFailed = false;
  }

  /** Hidden long enough: no more data, no more attempts; the socket stays for a quick return. */
  private fallAsleep(): void {
    this.dormant = true;
    for (const timer of [this.retryTimer, this.silenceTimer]) clearTimeout(timer);
    this.stopPolling();
    if (this.subscribed) this.send({ op: 'unsubscribe', topic: this.topic });
    this.subscribed = false;
  }

  private wakeUp(): void {
    this.dormant = false;
    if (!this.socket) this.connect();
    else if (this.open && !this.subscribed) this.subscribe(this.cursor);
  }

  private report(): void {
    const { retryAt, dataAt } = this;
    let phase: Phase = this.liveSince !== null ? 'live' : 'connecting';
    if (phase === 'connecting' && this.losses > 0) phase = this.pollFailed ? 'offline' : 'reconnecting';
    this.listener.status({ phase, retryAt, dataAt });
  }
}
