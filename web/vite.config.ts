import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

import { notices } from './tools/notices.mjs';

// Where `npm run dev` finds a running node: its pages stay hot while the data is real.
const node = process.env['WEFT_DEV_NODE'] ?? 'http://127.0.0.1:8000';
const consul = process.env['WEFT_DEV_CONSUL'] ?? 'http://127.0.0.1:10006';

// Two pages that share no file, so that neither weighs what the other needs: the control listener's, and with
// `--mode consul`, into the same folder, the Consul listener's.
export default defineConfig(({ mode }) => {
  const isConsul = mode === 'consul';
  return {
    base: './', // below a sub-path the node rewrites <base href> in index.html
    plugins: isConsul ? [svelte()] : [svelte(), notices()], // there is nothing in it but svelte
    build: {
      target: 'es2022',
      minify: 'terser', // 5 % smaller than esbuild's, for a second of build time
      terserOptions: { module: true, compress: { passes: 3 } },
      manifest: isConsul ? '.vite/consul.json' : true, // read by tools/size.mjs, not embedded
      assetsInlineLimit: 0,
      modulePreload: { polyfill: false },
      reportCompressedSize: false,
      emptyOutDir: !isConsul,
      rollupOptions: { input: isConsul ? 'consul.html' : 'index.html' },
    },
    server: { proxy: { '/api': node, '/v1': consul, '/ws': { target: node, ws: true } } },
    test: { include: ['src/**/*.test.ts'], environment: 'node' },
  };
});
