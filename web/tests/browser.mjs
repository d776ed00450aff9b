// The one browser of the page tests: Debian's chromium, headless, with a fresh profile for each page.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { chromium } from 'playwright-core';

import { MockNode } from './mock-server.mjs';

const ARGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export function launch() {
  const executablePath = process.env['WEFT_CHROMIUM'] ?? '/usr/bin/chromium';
  return chromium.launch({ executablePath, headless: true, args: ARGS });
}

/**
 * A page in a profile of its own that remembers what must not happen.
 * Returns {page, complaints}: console errors and warnings, exceptions, policy violations, foreign requests.
 */
export async function openPage(browser, origin, { width = 1280, height = 900, ...context } = {}) {
  const profile = await browser.newContext({ viewport: { width, height }, ...context });
  const page = await profile.newPage();
  const complaints = [];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
  page.on('request', (request) => {
    const url = new URL(request.url());
    const isOurs = url.origin === origin || url.protocol === 'data:' || url.protocol === 'blob:';
    if (!isOurs) complaints.push(`foreign request: ${request.url()}`);
  });
  return { page, complaints };
}

/**
 * Returns pageTest(name, {data, path, ...context}, body) for one test file: a test with a node that shows `data` and a
 * page of its own at `path`. Afterwards both are gone, whatever happened, and no complaint but the `expected` is left.
 */
export function pageTests({ expected = /^$/ } = {}) {
  let browser;
  before(async () => {
    browser = await launch();
  });
  after(() => browser.close());

  return (name, { data, path = '/', ...context }, body) => {
    test(name, { timeout: 90_000 }, async () => {
      const node = await new MockNode(data).start();
      const { page, complaints } = await openPage(browser, node.url, context);
      try {
        await page.goto(node.url + path);
        await body(page, node);
      } finally {
        await page.context().close();
        await node.kill();
      }
      assert.deepEqual(complaints.filter((complaint) => !expected.test(complaint)), []);
    });
  };
}
