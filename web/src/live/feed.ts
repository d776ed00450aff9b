// What the pages show of the topic `overview`: the newest model, or, while paused, the one that was newest then,
// with a count of what is waiting. Nothing is lost by pausing: frames are merged all the time.
import { LiveClient, type LivePorts, type LiveStatus } from './client';
import { mergeOverview, type Overview } from './merge';

export interface FeedState {
  status: LiveStatus;
  paused: boolean;
  /** Frames merged since the pause began. */
  waiting: number;
  /** What to show; null before the first snapshot. */
  overview: Overview | null;
  /** When `overview` arrived, on the clock of the ports; null before the first snapshot. */
  shownAt: number | null;
  /** The newest sentence of the node about a request it refused; empty when there is none. */
  complaint: string;
}

export class OverviewFeed {
  private latest: Overview | null = null;
  private state: FeedState = {
    status: { phase: 'connecting', retryAt: null, dataAt: null },
    paused: false,
    waiting: 0,
    overview: null,
    shownAt: null,
    complaint: '',
  };
  readonly client: LiveClient;

  constructor(
    ports: LivePorts,
    private readonly changed: (state: FeedState) => void,
  ) {
    this.client = new LiveClient('overview', ports, {
      frame: (frame) => {
        if (frame.op === 'error') return this.update({ complaint: frame.message });
        this.latest = mergeOverview(this.latest, frame);
        if (this.state.paused) this.update({ waiting: this.state.waiting + 1 });
        else this.update({ overview: this.latest });
      },
      status: (status) => this.update(this.state.paused ? { status } : { status, shownAt: status.dataAt }),
    });
  }

  setPaused(paused: boolean): void {
    if (paused) this.update({ paused, waiting: 0 });
    else this.update({ paused, waiting: 0, overview: this.latest, shownAt: this.state.status.dataAt });
  }

  private update(change: Partial<FeedState>): void {
    this.state = { ...this.state, ...change };
    this.changed(this.state);
  }
}
