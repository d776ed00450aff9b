// Holds a running node to PROTOCOL.md: `node tests/against.mjs http://127.0.0.1:8000`. Listens to /ws/ui for 6 s, asks the
// snapshot by HTTP, and looks whether the real page comes up without a complaint. Ends with 1 and the reasons when not.
import { fileURLToPath } from 'node:url';

import { launch, openPage } from './browser.mjs';
import { frameErrors, paceErrors } from './protocol.mjs';

const LISTEN_MS = 6000;

/** Runs in the page: the frames of one subscription, then the answers to a ping and to two bad requests. */
async function listen(ms) {
  const frames = [];
  const others = [];
  let newest = 0;
  const socket = new WebSocket(new URL('ws/ui', document.baseURI).href.replace(/^http/, 'ws'));
  await new Promise((resolve, reject) => {
    socket.onopen = resolve;
    socket.onerror = () => reject(new Error('no WebSocket at /ws/ui'));
  });
  socket.onmessage = ({ data }) => {
    const frame = JSON.parse(data);
    if (frame.op === 'snapshot' || frame.op === 'delta') {
      frames.push(frame);
      newest = performance.now();
    } else {
      others.push(frame.op);
    }
  };
  socket.send('{"op":"subscribe","topic":"overview","filter":{}}');
  await new Promise((resolve) => setTimeout(resolve, ms));
  socket.send('{"op":"unsubscribe","topic":"overview"}');
  for (const text of ['{"op":"ping"}', 'not json', '{"op":"subscribe","topic":"nothing"}']) socket.send(text);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const isLate = newest > performance.now() - 500;
  socket.close();
  return { frames, others, isLate };
}

export async function errorsOf(url) {
  const browser = await launch();
  try {
    const { page, complaints } = await openPage(browser, new URL(url).origin);
    await page.goto(url);
    await page.getByRole('group', { name: 'Live data' }).getByText('Live').waitFor({ timeout: 10_000 });
    await page.locator('main .panel').first().waitFor({ timeout: 10_000 });
    const { frames, others, isLate } = await page.evaluate(listen, LISTEN_MS);
    const errors = [...complaints, ...frameErrors(frames), ...paceErrors(frames.map(({ time }) => Date.parse(time)))];
    if (others.join() !== 'pong,error,error') errors.push(`ping and two bad requests were answered by ${others.join() || 'nothing'}`);
    if (isLate) errors.push('frames still came after unsubscribe');
    const answer = await fetch(new URL('api/v1/ui/snapshot', url));
    errors.push(...frameErrors([await answer.json()]).map((error) => `snapshot by HTTP: ${error}`));
    return { errors, frames: frames.length };
  } finally {
    await browser.close();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { errors, frames } = await errorsOf(process.argv[2] ?? 'http://127.0.0.1:8000/');
  for (const error of errors.slice(0, 40)) console.log(error);
  console.log(errors.length === 0 ? `ok: ${frames} frames, as PROTOCOL.md says` : `${errors.length} differences from PROTOCOL.md`);
  process.exitCode = errors.length === 0 ? 0 : 1;
}
