// `npm start`: builds if needed, then opens the window; where no window can open, says why in one line and serves a browser instead.
import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { buildIfNeeded } from './build-if-needed.mjs'
import { keepCompiled } from './compile-cache.mjs'
import { electronBinary } from './electron-binary.mjs'

const ROOT = resolve(import.meta.dirname, '..')
/** An Electron that ends before this without a window could not open one. */
const WINDOW_MS = 5_000

const wishes = process.argv.slice(2)
const isBrowserWanted = wishes.includes('--browser')
const hostOptions = wishes.filter((wish) => wish !== '--browser')

keepCompiled()
const built = buildIfNeeded()
if (built !== 0) process.exit(built)
const obstacle = isBrowserWanted ? null : await openWindow()
if (obstacle !== null) console.log(`${obstacle} Serving the same workbench to your browser instead.`)
if (isBrowserWanted || obstacle !== null) await serveBrowser()

/** Null once the window was open and is closed again; else why there was none. */
async function openWindow() {
  if (process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY)
    return 'There is no display for a window.'
  const binary = await electronBinary()
  if (binary === null) return 'Electron could not be fetched.'
  const child = spawn(binary, [ROOT], {
    cwd: ROOT,
    env: { ...process.env, VERITUNE_NODE: process.execPath },
    stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
  })
  return new Promise((finish) => {
    const started = performance.now()
    let hadWindow = false
    // A terminal sends Ctrl-C to the window too; this waits for its end.
    const wait = () => {}
    process.on('SIGINT', wait)
    child.on('message', () => (hadWindow = true))
    child.on('error', () => finish('Electron could not be started.'))
    child.on('exit', (code) => {
      process.off('SIGINT', wait)
      if (!hadWindow && performance.now() - started < WINDOW_MS) return finish(`Electron ended without a window (exit ${code}).`)
      process.exitCode = code ?? 1
      finish(null)
    })
  })
}

async function serveBrowser() {
  process.argv.splice(2, process.argv.length, ...hostOptions)
  await import('../src-main/host.ts')
}
