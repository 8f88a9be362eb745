// `npm run dev`: the window with the page reloading itself (electron-vite), or, where no window can open, page and workbench for a browser.
import { spawn } from 'node:child_process'
import { watch } from 'node:fs'
import { join, resolve } from 'node:path'
import { build } from 'vite'
import { electronBinary } from './electron-binary.mjs'

const ROOT = resolve(import.meta.dirname, '..')
const PORT = '5240'
/** An editor writes several files, and some of them twice. */
const QUIET_MS = 300

const hasDisplay = process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)
const children = new Set()
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, end)

if (hasDisplay && (await electronBinary()) !== null) {
  run('electron-vite', ['dev'], { VERITUNE_NODE: process.execPath }).once('exit', end)
} else {
  console.log(
    'No window can open here. A change of the page is built at once: reload it. A change of the workbench restarts it: open its new address.',
  )
  await serveBrowser()
}

async function serveBrowser() {
  await buildPageWithEachChange()
  let host = serve()
  let restart
  watch(join(ROOT, 'src-main'), { recursive: true }, () => {
    clearTimeout(restart)
    restart = setTimeout(() => {
      host.once('exit', () => (host = serve('--no-open')))
      if (!host.kill()) host.emit('exit')
    }, QUIET_MS)
  })
}

/** Resolves after the first build. What is there is overwritten, not removed: the host goes on serving meanwhile. */
async function buildPageWithEachChange() {
  const { default: config } = await import('../electron.vite.config.ts')
  const page = config.renderer
  const watcher = await build({
    ...page,
    configFile: false,
    logLevel: 'warn',
    build: { ...page.build, watch: {}, emptyOutDir: false, minify: false },
  })
  await new Promise((built) =>
    watcher.on('event', ({ code, error }) => {
      if (code === 'ERROR') console.error(error.message)
      if (code === 'END') built()
    }),
  )
}

function serve(...options) {
  return run(process.execPath, ['src-main/host.ts', '--port', PORT, ...options])
}

function run(program, args, environment = {}) {
  const child = spawn(program, args, {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, ...environment },
    shell: process.platform === 'win32' && program !== process.execPath,
  })
  children.add(child)
  child.once('exit', () => children.delete(child))
  return child
}

function end() {
  for (const child of children) child.kill()
  process.exit()
}
