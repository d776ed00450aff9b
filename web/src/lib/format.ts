// Numbers and ages as people read them: three significant digits, the unit apart so that it can be set small, and
// a dash for what was not measured.
import type { Measured } from '../live/frames';

export const DASH = '–';
const LOCALE = 'en';

export interface Quantity {
  text: string;
  /** Empty when there is none. */
  unit: string;
}

const threeDigits = new Intl.NumberFormat(LOCALE, { maximumSignificantDigits: 3 });
const compact = new Intl.NumberFormat(LOCALE, { maximumSignificantDigits: 3, notation: 'compact' });
const COMPACT_FROM = 10_000;
const NOTHING: Quantity = { text: DASH, unit: '' };

export function formatNumber(value: Measured): string {
  if (value === null) return DASH;
  return (Math.abs(value) >= COMPACT_FROM ? compact : threeDigits).format(value);
}

export function formatRate(perSecond: Measured): Quantity {
  return perSecond === null ? NOTHING : { text: formatNumber(perSecond), unit: '/s' };
}

/** `ratio` 0..1. Something above zero never reads as zero. */
export function formatPercent(ratio: Measured): Quantity {
  if (ratio === null) return NOTHING;
  const percent = ratio * 100;
  if (percent > 0 && percent < 0.01) return { text: '<0.01', unit: '%' };
  return { text: threeDigits.format(percent), unit: '%' };
}

export function formatMs(ms: Measured): Quantity {
  if (ms === null) return NOTHING;
  if (ms >= 1000) return { text: formatNumber(ms / 1000), unit: 's' };
  if (ms > 0 && ms < 0.01) return { text: '<0.01', unit: 'ms' };
  return { text: threeDigits.format(ms), unit: 'ms' };
}

/** The quantity as one text, with a space that does not break before the unit. */
export function joined({ text, unit }: Quantity): string {
  if (unit === '') return text;
  return unit.startsWith('/') ? text + unit : `${text}\u00a0${unit}`;
}

const AGE_UNITS: [seconds: number, unit: string][] = [
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'min'],
  [1, 's'],
];

/** A span of time in its one biggest unit, rounded down: `59 s`, `2 min`, `3 d`. */
export function formatSpan(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  const [size, unit] = AGE_UNITS.find(([size]) => whole >= size) ?? [1, 's'];
  return `${Math.floor(whole / size)}\u00a0${unit}`;
}

const clock = new Intl.DateTimeFormat(LOCALE, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});

const minute = new Intl.DateTimeFormat(LOCALE, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });

/** Time of day in the zone of the browser: `14:03`. */
export function formatMinute(timeMs: number): string {
  return minute.format(timeMs);
}

/** The same with seconds: `14:03:09`. */
export function formatClock(timeMs: number): string {
  return clock.format(timeMs);
}

/** The zone of the browser at that moment, as a distance from UTC: `UTC+2`, `UTC−3:30`, `UTC`. */
export function formatZone(offsetMinutes: number): string {
  if (offsetMinutes === 0) return 'UTC';
  const size = Math.abs(offsetMinutes);
  const minutes = size % 60 === 0 ? '' : `:${String(size % 60).padStart(2, '0')}`;
  return `UTC${offsetMinutes > 0 ? '+' : '−'}${Math.floor(size / 60)}${minutes}`;
}
