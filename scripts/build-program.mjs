import { resolve } from 'node:path'
import { build } from 'vite'

const ROOT = resolve(import.meta.dirname, '..')

/**
 * Bundles a program for places without its sources: its entries and their shared chunks in one folder, for plain Node.
 * entries: base name -> source file; packages: those that stay beside the bundle, because they have binaries or WebAssembly.
 */
export async function buildProgram(folder, entries, packages) {
  await build({
    root: ROOT,
    configFile: false,
    logLevel: 'warn',
    ssr: { noExternal: true, external: packages },
    build: {
      ssr: true,
      target: 'node24',
      outDir: folder,
      emptyOutDir: true,
      sourcemap: true,
      minify: false,
      rolldownOptions: {
        input: entries,
        // Code that starts a worker names it relative to itself, so nothing may lie in a folder below.
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  })
}
