import { expect, test } from 'vitest';

import { waitingPath } from './api';
import { byBadness, decodeValue, worstOf } from './shapes';

test('the worst check counts', () => {
  expect(worstOf([])).toBe('passing');
  expect(worstOf([{ Status: 'warning' }, { Status: 'critical' }, { Status: 'passing' }])).toBe('critical');
});

test('the worst comes first, then the name decides', () => {
  const rows = ['b passing', 'a passing', 'z critical'].map((text) => {
    const [name = '', status = ''] = text.split(' ');
    return { name, status };
  });
  expect(rows.sort(byBadness).map(({ name }) => name)).toEqual(['z', 'a', 'b']);
});

test('a value is text or it is not', () => {
  expect(decodeValue('w7xi')).toBe('üb');
  expect(decodeValue(null)).toBe('');
  expect(decodeValue('/w==')).toBe(null);
});

test('a path waits from an index on', () => {
  expect(waitingPath('a', null)).toBe('a');
  expect(waitingPath('a', '7')).toBe('a?index=7&wait=60s');
  expect(waitingPath('a?keys', '7')).toBe('a?keys&index=7&wait=60s');
});
