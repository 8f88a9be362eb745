// Bundles the program that sends runs to Weights & Biases for places without its sources: main.js and the thread of its store, for plain Node.
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { buildProgram } from './build-program.mjs'

const ROOT = resolve(import.meta.dirname, '..')
/** A binary: it stays a package beside the bundle. */
export const SYNC_PACKAGES = ['better-sqlite3']

/** Writes main.js, store-worker.js and their shared chunks into `folder`. */
export async function buildSync(folder = join(ROOT, 'out/sync')) {
  const entries = {
    main: join(ROOT, 'src-main/sync/main.ts'),
    'store-worker': join(ROOT, 'src-main/store/store-worker.ts'),
  }
  await buildProgram(folder, entries, SYNC_PACKAGES)
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await buildSync()
