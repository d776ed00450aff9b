// Pictures of the page for people to look at: `npm run shots` writes shots/*.png.
import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { launch, openPage } from './browser.mjs';
import { emptyFleet, fleet, healthyFleet, hostileFleet } from './fleet.mjs';
import { MockNode } from './mock-server.mjs';

const DIRECTORY = fileURLToPath(new URL('../shots', import.meta.url));
const FLEETS = { fleet, healthy: healthyFleet, empty: emptyFleet, hostile: () => hostileFleet(200) };
const SHOTS = [
  ['fleet', 'dark', 1440],
  ['fleet', 'light', 1440],
  ['fleet', 'dark', 768],
  ['fleet', 'light', 360],
  ['healthy', 'dark', 1440],
  ['empty', 'light', 1440],
  ['empty', 'dark', 360],
  ['hostile', 'light', 768],
];

await mkdir(DIRECTORY, { recursive: true });
const browser = await launch();
for (const [name, colorScheme, width] of SHOTS) {
  const node = await new MockNode(FLEETS[name]()).start();
  const { page } = await openPage(browser, node.url, { width, colorScheme });
  await page.goto(`${node.url}/`);
  await page.locator('main .panel').first().waitFor();
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ width, height: Math.min(height, 4000) });
  await page.waitForTimeout(300);
  await page.screenshot({ path: `${DIRECTORY}/${name}-${colorScheme}-${width}.png` });
  await page.context().close();
  await node.kill();
}
await browser.close();
