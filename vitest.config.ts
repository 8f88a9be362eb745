import { resolve } from 'node:path'
import { svelte } from '@sveltejs/vite-plugin-svelte'
import { defineConfig } from 'vitest/config'
import { COMPILE_CACHE } from './scripts/compile-cache.mjs'

/** The Electron double stands in for a package whose import alone would download a binary. */
const electronDouble = resolve(import.meta.dirname, 'test/support/electron-double.ts')

export default defineConfig({
  plugins: [svelte({ configFile: resolve(import.meta.dirname, 'svelte.config.js') })],
  resolve: { alias: { electron: electronDouble } },
  test: {
    include: ['test/**/*.test.ts'],
    // Real processes, real WebAssembly, two cores: slow is not broken. A third of the time they wait.
    testTimeout: 180_000,
    hookTimeout: 60_000,
    maxWorkers: 3,
    // For the many processes that tests start.
    env: { NODE_COMPILE_CACHE: COMPILE_CACHE },
    reporters: ['default'],
  },
})
