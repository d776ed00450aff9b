// What the live chip says, from the state of the feed and the clock.
import type { FeedState } from '../live/feed';
import type { Status } from '../live/frames';
import { formatSpan } from '../lib/format';
import { t } from '../text';

/** Older than this, data is dimmed and labelled: the node sends at least once a second. */
export const STALE_AFTER_MS = 3000;

export interface Chip {
  /** Shape and colour. */
  mark: Status;
  word: string;
  /** Age of what is shown and what waits behind it; empty before the first data. */
  detail: string;
  action: 'pause' | 'resume' | 'retry';
}

function stateOf({ status, paused }: FeedState, now: number): Pick<Chip, 'mark' | 'word' | 'action'> {
  const { phase, retryAt } = status;
  if (phase === 'offline') return { mark: 'unhealthy', word: t.live.offline, action: 'retry' };
  if (phase === 'reconnecting') {
    const seconds = retryAt === null ? 0 : Math.ceil((retryAt - now) / 1000);
    const word = seconds > 0 ? t.live.reconnectingIn(seconds) : t.live.reconnecting;
    return { mark: 'degraded', word, action: 'retry' };
  }
  if (paused) return { mark: 'unknown', word: t.live.paused, action: 'resume' };
  if (phase === 'connecting') return { mark: 'unknown', word: t.live.connecting, action: 'retry' };
  return { mark: 'healthy', word: t.live.live, action: 'pause' };
}

/** Milliseconds since what is shown was current; null before the first data. */
export function ageMs({ shownAt }: FeedState, now: number): number | null {
  return shownAt === null ? null : Math.max(0, now - shownAt);
}

export function isStale(state: FeedState, now: number): boolean {
  const age = ageMs(state, now);
  return age !== null && age > STALE_AFTER_MS;
}

export function chipOf(state: FeedState, now: number): Chip {
  const age = ageMs(state, now);
  const details: string[] = [];
  if (age !== null) details.push(age < 2000 ? t.live.now : t.live.old(formatSpan(age / 1000)));
  if (state.paused && state.waiting > 0) details.push(t.live.waiting(state.waiting));
  return { ...stateOf(state, now), detail: details.join(' · ') };
}
