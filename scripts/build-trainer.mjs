// Bundles the trainer for places without its sources: main.js and its worker threads in one folder, for plain Node.
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildProgram } from './build-program.mjs'
import { workerEntries } from './worker-entries.mjs'

const ROOT = resolve(import.meta.dirname, '..')
/** Binaries and WebAssembly: they stay packages beside the bundle. */
export const TRAINER_PACKAGES = ['onnxruntime-node', '@yowasp/yosys']

/** Writes main.js, the worker files and their shared chunks into `folder`. */
export async function buildTrainer(folder = join(ROOT, 'out/trainer')) {
  const entries = { main: join(ROOT, 'src-main/trainer/main.ts'), ...workerEntries(ROOT, { isTrainer: true }) }
  await buildProgram(folder, entries, TRAINER_PACKAGES)
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await buildTrainer()
