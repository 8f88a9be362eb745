// Bundles the trainer for places without its sources: main.js and its worker threads in one folder, for plain Node.
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'vite'
import { workerEntries } from './worker-entries.mjs'

const ROOT = resolve(import.meta.dirname, '..')
/** Binaries and WebAssembly: they stay packages beside the bundle. */
export const TRAINER_PACKAGES = ['onnxruntime-node', '@yowasp/yosys']

/** Writes main.js, the worker files and their shared chunks into `folder`. */
export async function buildTrainer(folder = join(ROOT, 'out/trainer')) {
  await build({
    root: ROOT,
    configFile: false,
    logLevel: 'warn',
    ssr: { noExternal: true, external: TRAINER_PACKAGES },
    build: {
      ssr: true,
      target: 'node24',
      outDir: folder,
      emptyOutDir: true,
      sourcemap: true,
      minify: false,
      rolldownOptions: {
        input: { main: join(ROOT, 'src-main/trainer/main.ts'), ...workerEntries(ROOT, { isTrainer: true }) },
        // Code that starts a worker names it relative to itself, so nothing may lie in a folder below.
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  })
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await buildTrainer()
