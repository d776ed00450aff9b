// The page with a node that moves, dies and comes back.
import assert from 'node:assert/strict';

import { pageTests } from './browser.mjs';
import { fleet, healthyFleet, service, totalsOf } from './fleet.mjs';

// What the browser itself says when the node is gone.
const pageTest = pageTests({ expected: /net::ERR_|WebSocket connection/ });

function liveTest(name, body) {
  pageTest(name, { data: healthyFleet() }, async (page, node) => {
    await chipSays(page, 'Live');
    await page.locator('article').first().waitFor();
    await body(page, node);
  });
}

const chip = (page) => page.getByRole('group', { name: 'Live data' });
const chipSays = (page, text, timeout = 30_000) => chip(page).getByText(text).waitFor({ timeout });
const sentence = (page, text) => page.locator('.verdict .sentence').getByText(text).waitFor();

/** What a node sends when `changed` services changed. */
function changeTo(node, changed, removed = []) {
  const kept = node.data.services.filter(({ name }) => !removed.includes(name) && !changed.some((one) => one.name === name));
  node.data.services = [...kept, ...changed];
  node.data.totals = totalsOf(node.data.services);
  return { services: { changed, removed }, totals: node.data.totals };
}

liveTest('a change of status is on screen within a second', async (page, node) => {
  const broken = service('discovery', { status: 'unhealthy', beats: 'u'.repeat(30) });
  const started = Date.now();
  node.push(changeTo(node, [broken]));
  await sentence(page, '1 of 6 services needs attention.');
  assert.ok(Date.now() - started < 1000, `${Date.now() - started} ms`);
  assert.equal(await page.locator('article').first().getAttribute('data-service'), 'discovery');
});

liveTest('services come and go', async (page, node) => {
  node.push(changeTo(node, [service('brand-new')], ['discovery', 'optimization']));
  await sentence(page, 'All 5 services are healthy.');
  assert.equal(await page.locator('[data-service="discovery"]').count(), 0);
  assert.equal(await page.locator('[data-service="brand-new"]').count(), 1);
  assert.match(await page.locator('[data-total="services"]').textContent(), /5/);
});

liveTest('after a gap the page asks for everything anew and shows it', async (page, node) => {
  node.data = fleet();
  node.push({ services: { changed: [], removed: ['discovery'] } }, 3);
  await sentence(page, '2 of 6 services need attention.');
  assert.deepEqual(node.received.map(({ op, since }) => [op, since]), [['subscribe', undefined], ['subscribe', undefined]]);
});

liveTest('killed and started again: the chip says so within a second, the data is back within six', async (page, node) => {
  const killed = Date.now();
  await node.kill();
  await chipSays(page, 'Reconnecting', 1000 - (Date.now() - killed));
  await page.waitForTimeout(4000);
  await page.getByText(/Not connected to the node. Everything below is \d+\ss old./).waitFor();
  node.data = fleet();
  const started = Date.now();
  await node.start();
  await chipSays(page, 'Live', 6500);
  await sentence(page, '2 of 6 services need attention.');
  assert.ok(Date.now() - started < 6500, `${Date.now() - started} ms`);
  assert.equal(await page.getByText('Not connected to the node').count(), 0);
  assert.equal(await page.locator('article').count(), 6);
  assert.equal(node.subscribers, 1);
});

liveTest('gone for good it is offline, and a click tries at once', async (page, node) => {
  await node.kill();
  await chipSays(page, 'Offline');
  await node.start();
  await chip(page).getByRole('button', { name: 'Try now' }).click();
  await chipSays(page, 'Live', 2000);
});

liveTest('where no socket gets through, polling keeps the data fresh', async (page, node) => {
  node.refusesSockets = true;
  node.dropSockets();
  node.data = fleet();
  await sentence(page, '2 of 6 services need attention.');
  assert.match(await chip(page).textContent(), /Reconnecting/);
});

liveTest('paused, the page stands still and counts; resumed, nothing is missing', async (page, node) => {
  await chip(page).getByRole('button', { name: 'Pause' }).click();
  await chipSays(page, 'Paused');
  node.push(changeTo(node, [service('one-more')]));
  node.push(changeTo(node, [service('and-another')]));
  await chipSays(page, '2 waiting');
  assert.equal(await page.locator('article').count(), 6);
  await chip(page).getByRole('button', { name: 'Resume' }).click();
  await page.locator('article').nth(7).waitFor();
});

liveTest('under a resting pointer cards keep their places, and move when it leaves', async (page, node) => {
  const first = () => page.locator('article').first().getAttribute('data-service');
  assert.equal(await first(), 'discovery');
  await page.locator('article').nth(1).hover();
  node.push(changeTo(node, [service('terminal-config', { status: 'unhealthy' })]));
  await sentence(page, '1 of 6 services needs attention.');
  assert.equal(await first(), 'discovery');
  await page.getByText('order held while you are in the list').waitFor();
  await page.mouse.move(2, 2);
  await page.waitForFunction(() => document.querySelector('article').dataset.service === 'terminal-config');
});

liveTest('a chart grows by the points that arrive', async (page, node) => {
  await page.getByRole('link', { name: 'Table', exact: true }).click();
  const newest = () => page.locator('tbody tr').first().textContent();
  const before = await newest();
  const time = new Date(Date.parse(node.data.series.points.at(-1).time) + 1000).toISOString();
  node.push({ series: [{ time, requests_per_second: 77, error_ratio: null, p50_ms: null, p95_ms: null, p99_ms: null }] });
  await page.waitForFunction((text) => document.querySelector('tbody tr').textContent !== text, before);
  assert.match(await newest(), /:\d\d\s*77\s*–\s*–\s*–\s*–/);
  assert.equal(await page.locator('tbody tr').count(), 300);
});

liveTest('charts are drawn on, not made anew, by data and by the cursor', async (page, node) => {
  await page.evaluate(() => document.querySelectorAll('canvas').forEach((canvas) => (canvas.isFirst = true)));
  await page.locator('figure .u-over').first().hover();
  const time = new Date(Date.parse(node.data.series.points.at(-1).time) + 1000).toISOString();
  node.push({ series: [{ time, requests_per_second: 77 }] });
  await page.mouse.move(2, 2);
  await page.locator('figure li').getByText('77').waitFor();
  const kept = await page.evaluate(() => [...document.querySelectorAll('canvas')].map((canvas) => canvas.isFirst));
  assert.deepEqual(kept, [true, true, true]);
});

liveTest('the verdict is spoken when it changes', async (page, node) => {
  const spoken = page.getByRole('status');
  await spoken.getByText('All 6 services are healthy.').waitFor();
  node.push(changeTo(node, [service('discovery', { status: 'degraded' })]));
  await spoken.getByText('1 of 6 services needs attention.').waitFor({ timeout: 7000 });
});
