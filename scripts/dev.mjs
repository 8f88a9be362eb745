// `npm run dev`: the window with the page reloading itself (electron-vite), or, without Electron, page and workbench for a browser.
import { spawn } from 'node:child_process'
import { resolve } from 'node:path'
import { electronBinary } from './electron-binary.mjs'

const ROOT = resolve(import.meta.dirname, '..')
const hasDisplay = process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY)

if (hasDisplay && (await electronBinary()) !== null) {
  run('electron-vite', ['dev'], { VERITUNE_NODE: process.execPath })
} else {
  console.log('No window can open here: the page is built again with each change; reload it in your browser.')
  run('electron-vite', ['build', '--watch'])
  run(process.execPath, ['--watch-path=src-main', 'src-main/host.ts', '--port', '5240'])
}

function run(program, args, environment = {}) {
  const child = spawn(program, args, {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, ...environment },
    shell: process.platform === 'win32',
  })
  child.on('exit', (code) => process.exit(code ?? 0))
  process.on('SIGINT', () => child.kill('SIGINT'))
}
