import { resolve } from 'node:path'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'electron-vite'
import { workerEntries } from './scripts/worker-entries.mjs'

const root = import.meta.dirname

export default defineConfig({
  main: {
    build: {
      outDir: 'out/main',
      sourcemap: true,
      // Small, and all JavaScript: they become part of the bundle, so that a package need not carry them and what they need.
      externalizeDeps: { exclude: ['hyparquet', 'hyparquet-compressors', 'protobufjs'] },
      rolldownOptions: {
        input: { main: resolve(root, 'src-main/main.ts'), ...workerEntries(root, { isTrainer: false }) },
        // Code that starts a worker names it relative to itself, so nothing may lie in a folder below.
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      outDir: 'out/preload',
      // A sandboxed preload is one CommonJS file.
      rolldownOptions: {
        input: { preload: resolve(root, 'src-main/preload/preload.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: resolve(root, 'src-renderer'),
    plugins: [svelte({ configFile: resolve(root, 'svelte.config.js') })],
    build: {
      outDir: resolve(root, 'out/renderer'),
      // An inlined file would be a data: address, which the page's policy refuses.
      assetsInlineLimit: 0,
      minify: true,
      rolldownOptions: { input: { index: resolve(root, 'src-renderer/index.html') } },
    },
  },
})
