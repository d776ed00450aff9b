// Accessibility by axe (A, AA, 2.2 AA, best practice) in both themes at three widths, and in the page's other states.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { pageTests } from './browser.mjs';
import { emptyFleet, fleet } from './fleet.mjs';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

// The browser complains of the lost node; axe's own notes are not ours.
const pageTest = pageTests({ expected: /net::ERR_|WebSocket connection/ });

async function violationsOf(page) {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate((values) => globalThis.axe.run({ runOnly: { type: 'tag', values } }), TAGS);
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(' ')).join(', ')}`);
}

function axeTest(name, { data = fleet(), ...context }, prepare = () => undefined) {
  pageTest(`axe finds nothing: ${name}`, { data, ...context }, async (page, node) => {
    await page.locator('main .panel, main a').first().waitFor();
    await prepare(page, node);
    assert.deepEqual(await violationsOf(page), []);
  });
}

for (const colorScheme of ['dark', 'light']) {
  for (const width of [360, 768, 1440]) axeTest(`overview, ${colorScheme}, ${width} px`, { colorScheme, width });
  axeTest(`empty mesh, ${colorScheme}`, { data: emptyFleet(), colorScheme });
  axeTest(`numbers as a table and a bad address, ${colorScheme}`, { path: '/?show=table&range=9y&status=unhealthy', colorScheme });
  axeTest(`no such page, ${colorScheme}`, { path: '/nowhere', colorScheme });
  axeTest(`connection lost, ${colorScheme}`, { colorScheme }, async (page, node) => {
    await node.kill();
    await page.getByText('Not connected to the node').waitFor();
  });
}
