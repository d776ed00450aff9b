// The page with a node that stands still: what it shows, what it loads, where its links lead, what the address keeps.
import assert from 'node:assert/strict';

import { pageTests } from './browser.mjs';
import { emptyFleet, fleet, healthyFleet, hostileFleet, overview, service } from './fleet.mjs';

const pageTest = pageTests();
const sentence = (page) => page.locator('.verdict .sentence');
const cards = (page) =>
  page.locator('article[data-service]').evaluateAll((all) => all.map((card) => card.dataset.service));

pageTest('cold, it says first that something is wrong, and who', { data: fleet() }, async (page) => {
  await sentence(page).getByText('2 of 6 services need attention.').waitFor();
  assert.equal(await page.title(), 'Overview · weft');
  assert.deepEqual(await page.locator('h1').allTextContents(), ['Overview']);
  assert.equal(await page.getByRole('main').count(), 1);
  assert.deepEqual(await page.locator('.verdict li a').allTextContents(), ['reinstallation', 'optimization']);
});

pageTest('services stand worst first', { data: fleet() }, async (page) => {
  await page.locator('article').first().waitFor();
  assert.deepEqual(await cards(page), [
    'reinstallation',
    'optimization',
    'metrics-collector',
    'discovery',
    'factory-reset',
    'terminal-config',
  ]);
});

pageTest('a fleet in order gets one calm sentence', { data: healthyFleet() }, async (page) => {
  await sentence(page).getByText('All 6 services are healthy.').waitFor();
  assert.equal(await page.locator('.verdict').getAttribute('data-tone'), 'healthy');
});

pageTest('what was not measured is a dash, and a measured zero is a zero', { data: fleet() }, async (page) => {
  const numbers = (name) => page.locator(`[data-service="${name}"] dd`).allTextContents();
  await page.locator('article').first().waitFor();
  assert.deepEqual(await numbers('metrics-collector'), ['–', '–', '–', '–']);
  assert.deepEqual(await numbers('terminal-config'), ['0/s', '–', '–', '1.8ms']);
});

pageTest('an instance links to its documentation and its health', { data: fleet() }, async (page) => {
  const card = page.locator('[data-service="discovery"]');
  const href = (name) => card.getByRole('link', { name }).getAttribute('href');
  assert.equal(await href('docs of 127.0.0.1:8001'), 'http://127.0.0.1:8001/docs');
  assert.equal(await href('health of 127.0.0.1:8101'), 'http://127.0.0.1:8101/health');
});

pageTest('a name in the verdict leads to its card', { data: fleet(), path: '/?q=discovery', height: 500 }, async (page) => {
  await page.locator('.verdict').getByRole('link', { name: 'optimization' }).click();
  const card = page.locator('[data-service="optimization"]');
  await page.waitForFunction(() => document.activeElement?.dataset.service === 'optimization');
  const box = await card.boundingBox();
  assert.ok(box.y >= 0 && box.y < 500, `card at ${box.y}`);
});

pageTest('an empty mesh shows the command that fills it', { data: emptyFleet() }, async (page) => {
  await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await sentence(page).getByText('No services yet.').waitFor();
  const command = 'weft register --name web --address 127.0.0.1 --port 8080';
  assert.deepEqual(await page.locator('main code').allTextContents(), [command, 'weft demo']);
  await page.getByRole('button', { name: `Copy: ${command}` }).click();
  await page.getByRole('button', { name: 'Copied' }).waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), command);
});

pageTest('filter, sort, range and view are kept in the address', { data: fleet() }, async (page, node) => {
  await page.getByRole('searchbox').fill('re');
  await page.getByLabel('Sort').selectOption('latency');
  await page.getByRole('link', { name: '1 min', exact: true }).click();
  await page.getByRole('link', { name: 'Table', exact: true }).click();
  assert.equal(page.url(), `${node.url}/?range=1m&q=re&sort=latency&show=table`);
  const seen = await cards(page);
  assert.equal(await page.locator('tbody tr').count(), 60);
  await page.reload();
  await page.locator('tbody tr').first().waitFor();
  assert.deepEqual(await cards(page), seen);
});

pageTest('choosing goes into history, typing does not', { data: fleet() }, async (page, node) => {
  await page.getByRole('link', { name: '2 min', exact: true }).click();
  await page.getByRole('searchbox').pressSequentially('abc');
  await page.goBack();
  assert.equal(page.url(), `${node.url}/`);
  await page.goForward();
  assert.equal(page.url(), `${node.url}/?range=2m&q=abc`);
  assert.equal(await page.getByRole('searchbox').inputValue(), 'abc');
});

pageTest('a value in the address nobody knows is named', { data: fleet(), path: '/?range=9y' }, async (page) => {
  await page.getByText('“9y” is not a range this page knows').waitFor();
  assert.equal(await page.locator('[aria-label="Range"] [aria-current]').textContent(), '5 min');
});

pageTest('a filter that matches nothing says so and can be cleared', { data: fleet(), path: '/?q=zzz' }, async (page) => {
  await page.getByText('No service matches this filter.').waitFor();
  await page.getByRole('link', { name: 'Clear the filter' }).click();
  await page.locator('article').nth(5).waitFor();
});

pageTest('the theme goes through system, light, dark, and stays', { data: fleet(), colorScheme: 'dark' }, async (page, node) => {
  const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  const dark = await background();
  await page.getByRole('button', { name: 'Theme: System' }).click();
  await page.getByRole('button', { name: 'Theme: Light' }).waitFor();
  assert.notEqual(await background(), dark);
  assert.equal(page.url(), `${node.url}/?theme=light`);
  await page.goto(node.url);
  await page.getByRole('button', { name: 'Theme: Light' }).click();
  await page.getByRole('button', { name: 'Theme: Dark' }).waitFor();
  assert.equal(await background(), dark);
});

pageTest('one cursor goes through all charts', { data: fleet() }, async (page) => {
  const charts = page.locator('figure');
  const values = () => charts.locator('li .number').allTextContents();
  await charts.nth(2).waitFor();
  const newest = await values();
  const box = await charts.nth(0).locator('.u-over').boundingBox();
  await page.mouse.move(box.x + box.width * 0.73, box.y + box.height / 2);
  await page.waitForFunction((text) => document.querySelector('figure li .number')?.textContent !== text, newest[0]);
  const pointed = await values();
  assert.equal(pointed[1], '6'); // the bump of trouble, under the same moment
  assert.equal(await charts.locator('.u-cursor-x').evaluateAll((all) => all.every((one) => one.style.transform !== '')), true);
  await page.mouse.move(5, 5);
  await page.waitForFunction((text) => document.querySelector('figure li .number')?.textContent === text, newest[0]);
});

pageTest('an address without a page says so and leads back without loading anew', { data: fleet(), path: '/nowhere' }, async (page) => {
  await page.getByText('There is nothing at this address.').waitFor();
  await page.evaluate(() => (globalThis.sameDocument = true));
  await page.getByRole('link', { name: 'Go to the overview' }).click();
  await page.locator('article').first().waitFor();
  assert.equal(await page.evaluate(() => globalThis.sameDocument), true);
});

pageTest('a thousand hostile services: nothing runs, nothing stalls, sixty are drawn', { data: hostileFleet(1000) }, async (page) => {
  await page.locator('article').first().waitFor();
  assert.equal(await page.locator('article').count(), 60);
  assert.equal(await page.evaluate(() => globalThis.owned), undefined);
  assert.equal(await page.locator('a[href^="javascript"]').count(), 0);
  await page.getByRole('button', { name: 'Show 60 more' }).click();
  assert.equal(await page.locator('article').count(), 120);
});

const wide = overview([service('x'.repeat(65_536), { description: 'y'.repeat(9000), version: 'v'.repeat(300) }), service('b')]);
pageTest('nothing is wider than the narrowest phone', { data: wide, width: 320 }, async (page) => {
  await page.locator('article').first().waitFor();
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 320);
});

pageTest('by keyboard alone: the skip link, the chip, the filter, a card', { data: fleet() }, async (page) => {
  await page.locator('article').first().waitFor();
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.textContent), 'Skip to content');
  await page.keyboard.press('Enter');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'main');
  const reached = new Set();
  for (let i = 0; i < 60; i += 1) {
    await page.keyboard.press('Tab');
    reached.add(
      await page.evaluate(() => {
        const { ariaLabel, textContent } = document.activeElement;
        return ariaLabel ?? textContent.trim();
      }),
    );
  }
  for (const name of ['1 min', 'Table', 'Filter services', 'Sort', 'Unhealthy: 1', 'docs of 127.0.0.1:8003']) {
    assert.ok(reached.has(name), `${name} was not reached`);
  }
});
