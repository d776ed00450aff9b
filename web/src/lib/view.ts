// The state of the overview page is its address: what people see is what a copied link shows. Values that are
// not understood fall back to the default and are named, so that a mistyped link is not silently another one.
import type { Status } from '../live/frames';

export const RANGES = ['1m', '2m', '5m'] as const;
export const SORTS = ['worst', 'name', 'rate', 'errors', 'latency'] as const;
export const STATUSES: readonly Status[] = ['unhealthy', 'degraded', 'unknown', 'healthy'];
export const THEMES = ['system', 'light', 'dark'] as const;
export const SHOWS = ['charts', 'table'] as const;

export type Range = (typeof RANGES)[number];
export type Sort = (typeof SORTS)[number];
export type Theme = (typeof THEMES)[number];
export type Show = (typeof SHOWS)[number];

export interface View {
  range: Range;
  /** Text that a shown service contains. */
  q: string;
  /** Shown when in the list; empty shows all. */
  status: Status[];
  sort: Sort;
  show: Show;
  /** Null: the link does not say. */
  theme: Theme | null;
}

export const DEFAULT_VIEW: View = {
  range: '5m',
  q: '',
  status: [],
  sort: 'worst',
  show: 'charts',
  theme: null,
};

export interface Problem {
  name: string;
  value: string;
}

/** `search`: a query with or without its question mark. Parameters of other pages are passed over. */
export function decodeView(search: string): { view: View; problems: Problem[] } {
  const parameters = new URLSearchParams(search);
  const problems: Problem[] = [];
  function choice<T extends string, F>(name: string, allowed: readonly T[], fallback: F): T | F {
    const value = parameters.get(name);
    if (value === null) return fallback;
    const found = allowed.find((word) => word === value);
    if (found === undefined) problems.push({ name, value });
    return found ?? fallback;
  }
  function choices<T extends string>(name: string, allowed: readonly T[]): T[] {
    const words = (parameters.get(name) ?? '').split(',').filter(Boolean);
    for (const value of words) {
      if (!allowed.some((word) => word === value)) problems.push({ name, value });
    }
    return allowed.filter((word) => words.includes(word));
  }
  const view: View = {
    range: choice('range', RANGES, DEFAULT_VIEW.range),
    q: parameters.get('q') ?? '',
    status: choices('status', STATUSES),
    sort: choice('sort', SORTS, DEFAULT_VIEW.sort),
    show: choice('show', SHOWS, DEFAULT_VIEW.show),
    theme: choice('theme', THEMES, null),
  };
  return { view, problems };
}

/** The query of `view`, with its question mark; empty when everything is at its default. */
export function encodeView(view: View): string {
  const parts: [string, string][] = [];
  for (const name of ['range', 'q', 'sort', 'show'] as const) {
    if (view[name] !== DEFAULT_VIEW[name]) parts.push([name, view[name]]);
  }
  if (view.status.length > 0) parts.push(['status', view.status.join(',')]);
  if (view.theme !== null) parts.push(['theme', view.theme]);
  const query = new URLSearchParams(parts).toString().replaceAll('%2C', ',');
  return query === '' ? '' : `?${query}`;
}

export function rangeSeconds(range: Range): number {
  return { '1m': 60, '2m': 120, '5m': 300 }[range];
}
