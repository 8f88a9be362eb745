// Builds window, page and trainer unless `out` is newer than everything that they are made from.
import { spawnSync } from 'node:child_process'
import { globSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'

const ROOT = resolve(import.meta.dirname, '..')
const STAMP = join(ROOT, 'out/built.json')
const SOURCES = [
  'src-main/**',
  'src-renderer/**',
  'scripts/**',
  'package-lock.json',
  'electron.vite.config.ts',
  'svelte.config.js',
]

/** Exit code of the build, 0 when there was nothing to do. */
export function buildIfNeeded() {
  const newest = newestChange()
  if (newest === builtFrom()) return 0
  console.log('Building VeriTune …')
  const { status, stdout, stderr } = spawnSync('npm', ['run', '-s', 'build'], {
    cwd: ROOT,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  })
  if (status !== 0) {
    console.error(stdout, stderr)
    return status ?? 3
  }
  mkdirSync(join(ROOT, 'out'), { recursive: true })
  writeFileSync(STAMP, JSON.stringify({ newest }))
  return 0
}

/** Count and latest time of change: a file that was deleted counts as well. */
function newestChange() {
  const files = SOURCES.flatMap((pattern) => globSync(pattern, { cwd: ROOT }))
  const times = files.map((file) => statSync(join(ROOT, file)).mtimeMs)
  return `${files.length} ${Math.max(...times)}`
}

function builtFrom() {
  try {
    return JSON.parse(readFileSync(STAMP, 'utf8')).newest
  } catch {
    return null
  }
}
