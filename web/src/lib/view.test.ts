import { expect, test } from 'vitest';

import { decodeView, DEFAULT_VIEW, encodeView, RANGES, SHOWS, SORTS, THEMES, type View } from './view';

test('the default view needs no query', () => {
  expect(encodeView(DEFAULT_VIEW)).toBe('');
  expect(decodeView('')).toEqual({ view: DEFAULT_VIEW, problems: [] });
});

test('every combination of choices survives the way through the address', () => {
  for (const range of RANGES) {
    for (const sort of SORTS) {
      for (const show of SHOWS) {
        for (const theme of [...THEMES, null]) {
          const view: View = { range, sort, show, theme, q: 'a b&c=ü+%', status: ['unhealthy', 'unknown'] };
          expect(decodeView(encodeView(view))).toEqual({ view, problems: [] });
        }
      }
    }
  }
});

test('a value nobody knows falls back to the default and is named', () => {
  const { view, problems } = decodeView('?range=9y&sort=worst&status=unhealthy,odd');
  expect(view).toEqual({ ...DEFAULT_VIEW, status: ['unhealthy'] });
  expect(problems).toEqual([
    { name: 'range', value: '9y' },
    { name: 'status', value: 'odd' },
  ]);
});

test('the same choice has one address, in whichever order it was made', () => {
  expect(encodeView(decodeView('?status=healthy,unhealthy').view)).toBe('?status=unhealthy,healthy');
});

test('parameters of others are passed over', () => {
  expect(decodeView('?utm=1&range=1m')).toEqual({ view: { ...DEFAULT_VIEW, range: '1m' }, problems: [] });
});
