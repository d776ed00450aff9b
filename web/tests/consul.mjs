// The page of the Consul listener against a real node: `node tests/consul.mjs http://127.0.0.1:10006 [FOLDER]` fills the
// node, walks through every view and, with a folder, draws them. Ends with `N passed, N failed`.
import assert from 'node:assert/strict';

import axe from 'axe-core';

import { launch, openPage } from './browser.mjs';

const [url = 'http://127.0.0.1:10006', folder] = process.argv.slice(2);
const origin = new URL(url).origin;
let passed = 0;
let failed = 0;

async function put(path, body) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const { status } = await fetch(`${origin}/v1/${path}`, { method: 'PUT', body: text });
  assert.equal(status, 200, path);
}

async function step(name, body) {
  try {
    await body();
    ++passed;
  } catch (error) {
    ++failed;
    console.error(`FAILED consul page: ${name}: ${error.message}`);
  }
}

for (const number of [1, 2]) {
  await put('agent/service/register', {
    ID: `web-${number}`, Name: 'web', Port: 8080 + number, Address: `10.1.1.${number}`, Tags: ['prod'],
    Meta: { version: '2' }, Check: { TTL: '10m', Status: number === 1 ? 'passing' : 'critical' },
  });
}
await put('kv/app/config', 'first');
await put('kv/app/<b>evil', 'x');
await put('session/create', { Name: 'leader' });

const browser = await launch();
const { page, complaints } = await openPage(browser, origin, { width: 1280, height: 800 });

async function see(hash, text) {
  await page.goto(`${origin}/ui/${hash}`);
  await page.getByText(text, { exact: true }).first().waitFor({ timeout: 10_000 });
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => window.axe.run());
  assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`), []);
  if (folder) await page.screenshot({ path: `${folder}/consul-${hash.replace(/\W+/g, '-')}.png` });
}

await step('the root leads here', async () => {
  await page.goto(`${origin}/`);
  assert.equal(new URL(page.url()).pathname, '/ui/');
});
await step('services', () => see('#/services', 'web'));
await step('a service, its instances and checks', () => see('#/services/web', 'web-2'));
await step('nodes', () => see('#/nodes', 'Address'));
await step('checks', () => see('#/checks', 'serfHealth'));
await step('sessions', () => see('#/sessions', 'leader'));
await step('keys', () => see('#/kv/app/', 'config'));
await step('a key is edited', async () => {
  await see('#/kv/app/config', 'app/config');
  await page.getByLabel('Value').fill('second');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('Saved.').waitFor();
  assert.equal(await (await fetch(`${origin}/v1/kv/app/config?raw`)).text(), 'second');
});
await step('what others write is seen', async () => {
  await put('kv/app/config', 'third');
  await page.waitForFunction(() => document.querySelector('textarea').value === 'third');
});
await step('what others write while one edits is not lost', async () => {
  await page.getByLabel('Value').fill('mine');
  await put('kv/app/config', 'theirs');
  await page.getByRole('button', { name: 'Take the newest' }).click();
  assert.equal(await page.getByLabel('Value').inputValue(), 'theirs');
});
await step('a key is deleted by who types its name', async () => {
  const button = page.getByRole('button', { name: 'Delete' });
  assert.equal(await button.isDisabled(), true);
  await page.getByLabel('Type the key').fill('app/config');
  await button.click();
  await page.getByText('<b>evil', { exact: true }).waitFor();
  assert.equal((await fetch(`${origin}/v1/kv/app/config`)).status, 404);
});
await step('a key is made', async () => {
  await page.getByLabel('New key').fill('made');
  await page.getByRole('button', { name: 'Write a new key' }).click();
  await page.getByRole('heading', { name: 'app/made' }).waitFor();
});
await step('a change is seen without asking', async () => {
  await see('#/services', 'web');
  await put('agent/service/register', { Name: 'later' });
  await page.getByRole('link', { name: 'later' }).waitFor();
});
// A browser says aloud that a key has gone.
const others = complaints.filter((text) => !text.includes('status of 404'));
await step('nothing to complain of', async () => assert.deepEqual(others, []));
await browser.close();
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
