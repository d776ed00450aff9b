// Points of the mesh as columns for the charts and the table.
import type { Measured, Point } from '../live/frames';

export interface Columns {
  /** Seconds since 1970, as uPlot wants them. */
  times: number[];
  requests: Measured[];
  /** Percent. */
  errors: Measured[];
  p50: Measured[];
  p95: Measured[];
  p99: Measured[];
}

/** The points of the last `seconds`, counted back from the newest one. */
export function crop(points: readonly Point[], seconds: number): readonly Point[] {
  const newest = points.at(-1);
  if (!newest) return points;
  const from = newest.timeMs - seconds * 1000;
  return points.filter((point) => point.timeMs > from);
}

export function columnsOf(points: readonly Point[]): Columns {
  return {
    times: points.map((point) => point.timeMs / 1000),
    requests: points.map((point) => point.requestsPerSecond),
    errors: points.map((point) => (point.errorRatio === null ? null : point.errorRatio * 100)),
    p50: points.map((point) => point.p50Ms),
    p95: points.map((point) => point.p95Ms),
    p99: points.map((point) => point.p99Ms),
  };
}

const STEPS = [1, 2, 5, 10];

/**
 * The top of a chart's scale: the next of 1, 2, 5 times a power of ten, and at least `floor`. Coarse on purpose:
 * a scale that follows every value makes the whole line jump.
 */
export function scaleTop(max: Measured, floor: number): number {
  const wanted = Math.max(max ?? 0, floor);
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = STEPS.find((step) => step * power >= wanted * (1 - 1e-9)) ?? 10;
  return step * power;
}
