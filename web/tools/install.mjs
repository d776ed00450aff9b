// `npm ci`, but only when the lock file or node itself changed since the last time: the stamp says for which both the
// installed tree was made. Left untouched when it is right, so that no build directory takes it for news.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const STAMP = `${ROOT}node_modules/.weft-installed`;

const lock = readFileSync(`${ROOT}package-lock.json`);
const wanted = `${createHash('sha256').update(lock).digest('hex')} ${process.platform} ${process.arch} ${process.version}\n`;
if (!existsSync(STAMP) || readFileSync(STAMP, 'utf8') !== wanted) {
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--loglevel=error'], { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) {
    console.error('web: npm ci failed. Without npm or network: cmake -DWEFT_UI=prebuilt or -DWEFT_UI=off');
    process.exit(1);
  }
  writeFileSync(STAMP, wanted);
}
