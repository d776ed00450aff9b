// Every test of web/: types and accessibility hints, logic, build, weight, pages in a real browser. The last line counts
// them all: `N passed, N failed, N skipped`. A step that cannot run counts as one failure.
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'weft-web-'));
const totals = { passed: 0, failed: 0, skipped: 0 };

function run(command, args, stdio = 'inherit') {
  return spawnSync(command, args, { cwd: ROOT, stdio, encoding: 'utf8' });
}

function add(name, { passed, failed, skipped }) {
  totals.passed += passed;
  totals.failed += failed;
  totals.skipped += skipped;
  console.log(`-- ${name}: ${passed} passed, ${failed} failed, ${skipped} skipped`);
}

/** A command that is one test by itself. */
function step(name, script) {
  const isGood = run('npm', ['run', '--silent', script]).status === 0;
  add(name, { passed: isGood ? 1 : 0, failed: isGood ? 0 : 1, skipped: 0 });
}

function unit() {
  const file = join(scratch, 'vitest.json');
  const { status } = run('npx', ['vitest', 'run', '--reporter=dot', '--reporter=json', `--outputFile=${file}`]);
  try {
    const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(file, 'utf8'));
    const failed = status === 0 ? numFailedTests : Math.max(1, numFailedTests);
    add('logic', { passed: numPassedTests, failed, skipped: numPendingTests });
  } catch {
    add('logic', { passed: 0, failed: 1, skipped: 0 });
  }
}

/** Runs one file of page tests; its output is shown when it fails. */
async function pages(file) {
  const args = ['--test', '--test-reporter=tap', join('tests', file)];
  const { isGood, stdout } = await new Promise((resolve) => {
    execFile('node', args, { cwd: ROOT, encoding: 'utf8', maxBuffer: Infinity }, (error, stdout, stderr) => {
      process.stderr.write(stderr);
      resolve({ isGood: error === null, stdout });
    });
  });
  if (!isGood) console.log(stdout);
  const count = (word) => Number(new RegExp(`^# ${word} (\\d+)$`, 'm').exec(stdout)?.[1] ?? 0);
  const failed = count('fail') + count('cancelled');
  add(file, { passed: count('pass'), failed: isGood ? failed : Math.max(1, failed), skipped: count('skipped') });
}

/** Page tests mostly wait: as many files at a time as there are cores. */
async function allPages() {
  const files = readdirSync(join(ROOT, 'tests')).filter((name) => name.endsWith('.test.mjs'));
  const worker = async () => {
    for (let file = files.shift(); file !== undefined; file = files.shift()) await pages(file);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}

step('types', 'check');
unit();
step('build', 'build');
step('weight', 'size');
await allPages();
rmSync(scratch, { recursive: true });
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exitCode = totals.failed === 0 ? 0 : 1;
