import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { ANNOUNCE_INTERVAL_MS, Announcer } from './announcer';

let spoken: string[];
let announcer: Announcer;

beforeEach(() => {
  vi.useFakeTimers();
  spoken = [];
  announcer = new Announcer((sentence) => spoken.push(sentence));
});
afterEach(() => vi.useRealTimers());

test('the first sentence is spoken at once', () => {
  announcer.say('all well');
  expect(spoken).toEqual(['all well']);
});

test('of many sentences within the interval only the newest is spoken, at its end', () => {
  announcer.say('one');
  announcer.say('two');
  announcer.say('three');
  vi.advanceTimersByTime(ANNOUNCE_INTERVAL_MS - 1);
  expect(spoken).toEqual(['one']);
  vi.advanceTimersByTime(1);
  expect(spoken).toEqual(['one', 'three']);
});

test('the same sentence is not spoken twice in a row', () => {
  announcer.say('one');
  announcer.say('two');
  announcer.say('one');
  vi.advanceTimersByTime(60_000);
  announcer.say('one');
  expect(spoken).toEqual(['one']);
  announcer.say('two');
  expect(spoken).toEqual(['one', 'two']);
});

test('a stopped announcer is silent', () => {
  announcer.say('one');
  announcer.say('two');
  announcer.stop();
  vi.advanceTimersByTime(60_000);
  expect(spoken).toEqual(['one']);
});
