import { expect, test } from 'vitest';

import { encodePath, foldersAbove, hrefOf, parsePlace } from './place';

test('a link leads to what it was made for', () => {
  for (const name of ['', 'web', 'a/b/', 'a b/ü#?%', '100%']) {
    expect(parsePlace(hrefOf('kv', name))).toEqual({ view: 'kv', name });
  }
});

test('what cannot be read is the first view', () => {
  expect(parsePlace('')).toEqual({ view: 'services', name: '' });
  expect(parsePlace('#/nowhere/at/all')).toEqual({ view: 'services', name: '' });
  expect(parsePlace('#/kv/%zz')).toEqual({ view: 'kv', name: '' });
});

test('a path keeps its slashes and nothing else', () => {
  expect(encodePath('a/b c?d')).toBe('a/b%20c%3Fd');
});

test('folders are those above', () => {
  expect(foldersAbove('a/b/c')).toEqual(['a/', 'a/b/']);
  expect(foldersAbove('a/b/')).toEqual(['a/', 'a/b/']);
  expect(foldersAbove('a')).toEqual([]);
});
