// `npm run package`: the desktop application for the platform that this runs on, in `dist`. Linux gets a .deb, Windows an installer, macOS a disk image.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { debianPackage, recipe } from '../packaging/recipe.mjs'
import { buildIfNeeded } from './build-if-needed.mjs'
import { electronBinary } from './electron-binary.mjs'
import { bringLinuxNode } from './linux-node.mjs'
import { pinnedNode } from './pinned-node.mjs'

const ROOT = resolve(import.meta.dirname, '..')
const TOOLS = join(ROOT, 'packaging')
const { platform, arch: architecture } = process

try {
  await make()
} catch (error) {
  console.error(error.message)
  process.exitCode = 3
}

async function make() {
  const binary = await electronBinary()
  const node = pinnedNode()
  if (binary === null)
    throw new Error(
      'No package can be made: Electron’s binary is missing and could not be fetched; unpack it into a folder and name that in ELECTRON_OVERRIDE_DIST_PATH.',
    )
  if (node === null)
    throw new Error('No package can be made: it carries the Node of node_modules, and there is none; run `npm ci`.')
  const built = buildIfNeeded()
  if (built !== 0) throw new Error('No package can be made: the build failed.')
  bringTools()
  const { version } = JSON.parse(readFileSync(join(ROOT, 'node_modules/electron/package.json'), 'utf8'))
  const electronFolder = process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(ROOT, 'node_modules/electron/dist')
  const linuxNode = platform === 'linux' && architecture === 'x64' ? null : bringLinuxNode()
  const config = recipe({ platform, architecture, node, linuxNode, electronFolder, electronVersion: version })
  const { build } = await tool('electron-builder')
  const made = await build({ projectDir: ROOT, config, publish: 'never' })
  for (const file of made) console.log(file)
  if (platform === 'linux')
    await makeDebianPackage(join(ROOT, 'dist', architecture === 'x64' ? 'linux-unpacked' : `linux-${architecture}-unpacked`))
}

/** They have a lock file of their own, so that nobody else installs them. */
function bringTools() {
  if (existsSync(join(TOOLS, 'node_modules'))) return
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: TOOLS,
    stdio: 'inherit',
    shell: platform === 'win32',
  })
  if (status !== 0) throw new Error('No package can be made: its tools could not be installed from packaging/package-lock.json.')
}

async function makeDebianPackage(source) {
  console.log(source)
  const missing = ['dpkg-deb', 'fakeroot'].filter((name) => spawnSync(name, ['--version']).status !== 0)
  if (missing.length > 0)
    throw new Error(`There is no .deb: ${missing.join(' and ')} must be installed. The application runs from ${source}.`)
  const destination = join(ROOT, 'dist')
  const { default: installer } = await tool('electron-installer-debian')
  const { packagePaths } = await installer(debianPackage({ architecture, source, destination, icon: join(TOOLS, 'icon.png') }))
  for (const file of packagePaths) console.log(file)
}

async function tool(name) {
  const require = createRequire(join(TOOLS, 'package.json'))
  return import(pathToFileURL(require.resolve(name)).href)
}
