// Where Electron's binary lies. Its package fetches it with the first use, not with the installation.
import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

/** A slow line may take minutes for 110 MB; one without answer is given up. */
const FETCH_MS = 180_000

/** Path of the binary where it lies already; null else. */
export function installedElectron() {
  const folder = packageFolder()
  return folder === null ? null : binaryIn(folder)
}

/** Path of the binary, fetched when it is missing; null when that fails. */
export async function electronBinary() {
  const folder = packageFolder()
  if (folder === null) return null
  const place = binaryIn(folder)
  if (place !== null) return place
  console.log('Fetching Electron (once) …')
  return (await fetchInto(folder)) ? binaryIn(folder) : null
}

function packageFolder() {
  try {
    return dirname(createRequire(import.meta.url).resolve('electron/package.json'))
  } catch {
    return null
  }
}

function binaryIn(folder) {
  const pathFile = join(folder, 'path.txt')
  const dist = process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(folder, 'dist')
  const name = existsSync(pathFile) ? readFileSync(pathFile, 'utf8') : 'electron'
  const binary = join(dist, name)
  return existsSync(binary) ? binary : null
}

function fetchInto(folder) {
  return new Promise((finish) => {
    const child = spawn(process.execPath, [join(folder, 'install.js')], { stdio: 'ignore', timeout: FETCH_MS })
    child.on('error', () => finish(false))
    child.on('exit', (code) => finish(code === 0))
  })
}
