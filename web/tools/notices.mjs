// A Vite plugin: writes about/licenses.txt with the licence of every package whose code is in the bundle,
// and fails the build when one of them carries no licence text.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The package folder of a module in node_modules, or null for our own. */
function packageDirectory(moduleId) {
  if (!moduleId.includes('/node_modules/')) return null;
  let directory = dirname(moduleId.replace(/^\0/, '').split('?')[0]);
  while (!directory.endsWith('/node_modules')) {
    const manifest = join(directory, 'package.json');
    if (existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version) return directory;
    directory = dirname(directory);
  }
  return null;
}

function noticeOf(directory) {
  const manifest = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const file = readdirSync(directory).find((name) => /^licen[cs]e(\.|$)/i.test(name));
  if (!file) throw new Error(`${manifest.name} ${manifest.version} carries no licence text`);
  const text = readFileSync(join(directory, file), 'utf8').trim();
  return `${manifest.name} ${manifest.version} (${manifest.license})\n\n${text}\n`;
}

export function notices() {
  return {
    name: 'weft-notices',
    apply: 'build',
    generateBundle(_options, bundle) {
      const directories = new Set();
      for (const chunk of Object.values(bundle)) {
        for (const [id, module] of Object.entries(chunk.modules ?? {})) {
          const directory = module.renderedLength > 0 ? packageDirectory(id) : null;
          if (directory) directories.add(directory);
        }
      }
      const rule = `\n${'-'.repeat(78)}\n\n`;
      const parts = [...directories].map(noticeOf).sort();
      const head = 'The pages of weft contain code of these projects.\n';
      this.emitFile({ type: 'asset', fileName: 'about/licenses.txt', source: [head, ...parts].join(rule) });
    },
  };
}
