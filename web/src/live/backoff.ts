// When to try again: at once, after 1 s, 2 s, then every 5 s with 20 % jitter, so that a thousand open pages
// do not all return to a restarted node in the same instant. Source: PROTOCOL.md, "Coming back".

const FIRST_DELAYS_MS = [0, 1000, 2000];
const STEADY_DELAY_MS = 5000;
const JITTER_RATIO = 0.2;

/**
 * Milliseconds to wait before the next attempt.
 * `losses`: connections lost or refused in a row before this one, 0 when a good one was just lost.
 * `random`: 0 (inclusive) .. 1 (exclusive).
 */
export function retryDelayMs(losses: number, random: () => number): number {
  const first = FIRST_DELAYS_MS[losses];
  if (first !== undefined) return first;
  return Math.round(STEADY_DELAY_MS * (1 + JITTER_RATIO * (2 * random() - 1)));
}
