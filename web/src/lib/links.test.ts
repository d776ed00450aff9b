import { expect, test } from 'vitest';

import { instanceLink } from './links';

test.each([
  ['127.0.0.1:8001', 'http://127.0.0.1:8001/docs'],
  ['web.internal:80', 'http://web.internal/docs'],
  ['[::1]:8001', 'http://[::1]:8001/docs'],
])('%s becomes a link', (address, href) => {
  expect(instanceLink(address, '/docs')).toBe(href);
});

test.each([
  'javascript:alert(1)',
  'user@host:80',
  'host:80/path',
  'host:99999',
  'host',
  '',
  'a b:80',
  '[nonsense]:80',
  '"><script>:1',
])('%s is not made a link', (address) => {
  expect(instanceLink(address, '/docs')).toBeNull();
});
