// Weighs what a browser loads, gzip: the shell (entry script and styles) and, for each page, what it adds;
// the page of the Consul listener whole.
// Ends with 1 when a budget is passed. Budgets: shell 25 kB, any page 60 kB more, all of it 400 kB.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const DIST = fileURLToPath(new URL('../dist', import.meta.url));
const SHELL_LIMIT = 25_000;
const PAGE_LIMIT = 60_000;
const ALL_LIMIT = 400_000;

const consul = JSON.parse(readFileSync(join(DIST, '.vite/consul.json'), 'utf8'));
const manifest = JSON.parse(readFileSync(join(DIST, '.vite/manifest.json'), 'utf8'));

/** Names of the files that loading `key` brings, without what it would load later. */
function filesOf(key, seen = new Set(), from = manifest) {
  const entry = from[key];
  if (seen.has(entry.file)) return seen;
  for (const file of [entry.file, ...(entry.css ?? [])]) seen.add(file);
  for (const next of entry.imports ?? []) filesOf(next, seen, from);
  return seen;
}

function weightOf(files) {
  return [...files].reduce((sum, file) => sum + gzipSync(readFileSync(join(DIST, file)), { level: 9 }).length, 0);
}

let isOver = false;
function report(name, bytes, limit) {
  isOver ||= bytes > limit;
  const mark = bytes > limit ? 'OVER' : 'ok';
  console.log(`${mark.padEnd(5)}${(bytes / 1000).toFixed(1).padStart(7)} kB of ${limit / 1000} kB  ${name}`);
}

const shell = filesOf('index.html');
const all = new Set(shell);
report('shell', weightOf(shell), SHELL_LIMIT);
for (const [key, entry] of Object.entries(manifest)) {
  if (!entry.isDynamicEntry) continue;
  const page = filesOf(key);
  for (const file of page) all.add(file);
  report(key, weightOf([...page].filter((file) => !shell.has(file))), PAGE_LIMIT);
}
const ofConsul = filesOf('consul.html', new Set(), consul);
for (const file of ofConsul) all.add(file);
report('consul.html', weightOf(ofConsul), SHELL_LIMIT + PAGE_LIMIT);
report('everything', weightOf(all), ALL_LIMIT);
process.exitCode = isOver ? 1 : 0;
