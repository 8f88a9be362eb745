import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const PACKAGES = fileURLToPath(new URL('../node_modules', import.meta.url))

/** Path of the Node binary that `npm ci` installed; null when there is none (its install step was skipped). */
export function pinnedNode(packages = PACKAGES, platform = process.platform, architecture = process.arch) {
  const binary = platform === 'win32' ? 'node.exe' : 'node'
  const system = platform === 'win32' ? 'win' : platform
  // The package for Macs with Apple silicon has a name of its own kind.
  const names = [`node-${system}-${architecture}`, `node-bin-${system}-${architecture}`]
  const folders = ['node', ...names.map((name) => `node/node_modules/${name}`), ...names]
  return folders.map((folder) => join(packages, folder, 'bin', binary)).find((place) => existsSync(place)) ?? null
}
