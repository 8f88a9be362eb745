// Builds window, page, trainer and the program that sends runs unless `out` is newer than everything that they are made from.
import { spawnSync } from 'node:child_process'
import { globSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '..')
const SOURCES = [
  'src-main/**',
  'src-renderer/**',
  'scripts/**',
  'package-lock.json',
  'electron.vite.config.ts',
  'svelte.config.js',
]
/** One file of each part of the build. */
const BUILT = [
  'out/main/main.js',
  'out/preload/preload.cjs',
  'out/renderer/index.html',
  'out/trainer/main.js',
  'out/sync/main.js',
]

/** Exit code of the build, 0 when there was nothing to do. */
export function buildIfNeeded() {
  if (isBuilt()) return 0
  console.log('Building VeriTune …')
  const { status, stdout, stderr } = spawnSync('npm', ['run', '-s', 'build'], {
    cwd: ROOT,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  if (status !== 0) console.error(stdout, stderr)
  return status ?? 3
}

/** Is each part of the build there, and younger than the youngest source? A folder counts too: it changes when a file of it is deleted. */
export function isBuilt() {
  const sources = SOURCES.flatMap((pattern) => globSync(pattern, { cwd: ROOT }))
  return Math.min(...BUILT.map(changed)) > Math.max(...sources.map(changed))
}

/** Time of the last change in ms; long ago for what is not there. */
function changed(file) {
  return statSync(join(ROOT, file), { throwIfNoEntry: false })?.mtimeMs ?? 0
}
