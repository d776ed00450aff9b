// The beat bar: one low bar for each passed check, a taller one the worse the result was, so that it reads without
// colour: calm is flat, trouble sticks out.
export const BEATS_MAX = 30;
export const CELL = 6;
export const HEIGHT = 18;

const BAR_WIDTH = 4;
const BAR_HEIGHT: Record<string, number> = { h: 7, d: 12, u: 18, '-': 2 };

/** SVG path of the bars of one result in a box of BEATS_MAX x CELL by HEIGHT; the newest at the right edge. */
export function barsOf(beats: string, result: 'h' | 'd' | 'u' | '-'): string {
  const padded = beats.slice(-BEATS_MAX).padStart(BEATS_MAX, '-');
  const height = BAR_HEIGHT[result] ?? 0;
  let path = '';
  for (let cell = 0; cell < BEATS_MAX; cell += 1) {
    if (padded[cell] !== result) continue;
    path += `M${cell * CELL + 1} ${HEIGHT - height}h${BAR_WIDTH}v${height}h-${BAR_WIDTH}z`;
  }
  return path;
}

export function countOf(beats: string, result: 'h' | 'd' | 'u'): number {
  return beats.split(result).length - 1;
}
