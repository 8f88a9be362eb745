/** What `npm ci` or a package should have brought along. */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { DoctorCheck } from '#contract/api'
import { bad, check, good, warning, type Finding } from './check.ts'

const NODE_MAJOR = 24
const REINSTALL = 'Run `npm ci` again in the folder of VeriTune.'

/** The Node that runs trainers. */
export function nodeCheck(nodePath: string): Promise<DoctorCheck> {
  return check('Node', REINSTALL, async () => {
    const { stdout } = await promisify(execFile)(nodePath, ['--version'], { timeout: 10_000 })
    return nodeFinding(stdout.trim(), nodePath)
  })
}

export function nodeFinding(version: string, path: string): Finding {
  const major = Number(/^v(\d+)\./.exec(version)?.[1])
  const finding = `${version} at ${path}`
  return major === NODE_MAJOR ? good(finding) : bad(`${finding}; trainers need Node ${NODE_MAJOR}`, REINSTALL)
}

/** SQLite in this process, where the workbench uses it. */
export function storeCheck(): Promise<DoctorCheck> {
  return check('Store (SQLite)', REINSTALL, async () => {
    const { default: Database } = await import('better-sqlite3')
    const database = new Database(':memory:')
    try {
      return good(`SQLite ${String(database.prepare('SELECT sqlite_version()').pluck().get())}`)
    } finally {
      database.close()
    }
  })
}

const NO_WINDOW =
  '`npm start` then serves the same workbench to a browser; with a way to the network and a display, it fetches Electron and opens a window.'

export function desktopCheck(): Promise<DoctorCheck> {
  return check('Desktop window (Electron)', NO_WINDOW, () => {
    const running = process.versions.electron
    return running === undefined ? electronFinding(electronFolder()) : good(`Electron ${running}`)
  })
}

/** The package says in path.txt where its binary lies once it has been downloaded. */
export function electronFinding(folder: string | null): Finding {
  if (folder === null) return warning('not installed', NO_WINDOW)
  const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }
  const pointer = join(folder, 'path.txt')
  const binary = existsSync(pointer) ? join(folder, 'dist', readFileSync(pointer, 'utf8').trim()) : null
  return binary !== null && existsSync(binary)
    ? good(`Electron ${version}`)
    : warning(`Electron ${version} without its binary, which is downloaded apart`, NO_WINDOW)
}

function electronFolder(): string | null {
  try {
    return dirname(createRequire(import.meta.url).resolve('electron/package.json'))
  } catch {
    return null
  }
}

/** The starter tasks are those that the numbers of this version were measured with. */
export function starterFilesCheck(resourcesPath: string): Promise<DoctorCheck> {
  return check('Starter task file', 'Restore resources/starter from the release.', () => {
    const folder = join(resourcesPath, 'starter')
    const hash = createHash('sha256')
      .update(readFileSync(join(folder, 'tasks.jsonl')))
      .digest('hex')
    const { sha256 } = JSON.parse(readFileSync(join(folder, 'source.json'), 'utf8')) as { sha256: string }
    return hash === sha256
      ? good(`unchanged, SHA-256 ${hash.slice(0, 12)}…`)
      : warning(
          `changed: SHA-256 ${hash.slice(0, 12)}…, published ${sha256.slice(0, 12)}…`,
          'Results do not compare with published ones.',
        )
  })
}
