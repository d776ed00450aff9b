import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

import { notices } from './tools/notices.mjs';

// Where `npm run dev` finds a running node: its pages stay hot while the data is real.
const node = process.env['WEFT_DEV_NODE'] ?? 'http://127.0.0.1:8000';

export default defineConfig({
  base: './', // below a sub-path the node rewrites <base href> in index.html
  plugins: [svelte(), notices()],
  build: {
    target: 'es2022',
    minify: 'terser', // 5 % smaller than esbuild's, for a second of build time
    terserOptions: { module: true, compress: { passes: 3 } },
    manifest: true, // read by tools/size.mjs, not embedded
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: { '/api': node, '/ws': { target: node, ws: true } } },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
});
