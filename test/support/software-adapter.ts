/** A graphics device in software, for tests: SwiftShader from the package of the browser tests, or from an installed Chromium. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { brotliDecompressSync } from 'node:zlib'

const DRIVER = 'vk_swiftshader_icd.json'
const INSTALLED = ['/usr/lib/chromium', '/usr/lib64/chromium-browser', '/opt/google/chrome']

/** Environment of a process that finds the adapter; null where there is none. */
export function softwareAdapter(): NodeJS.ProcessEnv | null {
  if (process.platform !== 'linux' || process.arch !== 'x64') return null
  const folder = carriedByPackage() ?? INSTALLED.find(holdsDriver)
  return folder === undefined ? null : { ...process.env, ...environmentOf(folder) }
}

/** Why a test was skipped. */
export const NO_ADAPTER = 'skipped: no software adapter here (it is for Linux x64)'

/** No driver at all, whatever the machine has; for Linux. */
export const WITHOUT_DRIVERS: NodeJS.ProcessEnv = { ...process.env, ...environmentOf('/nowhere') }

/**
 * Unpacks into a folder of its own, once per version; later calls find it there. Not with the package's own `inflate`, which writes into the temporary
 * folder itself, over libraries that another test may have open.
 */
function carriedByPackage(): string | undefined {
  const root = fileURLToPath(new URL('../../', import.meta.resolve('@sparticuz/chromium')))
  const archive = join(root, 'bin/swiftshader.tar.br')
  if (!existsSync(archive)) return undefined
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }
  const folder = join(tmpdir(), `veritune-swiftshader-${version}`)
  if (!holdsDriver(folder)) unpack(archive, folder)
  return folder
}

/** Under its name only when it is whole; whoever was first wins. */
function unpack(archive: string, folder: string): void {
  const half = mkdtempSync(`${folder}-`)
  execFileSync('tar', ['-x', '-C', half], { input: brotliDecompressSync(readFileSync(archive)) })
  try {
    renameSync(half, folder)
  } catch {
    rmSync(half, { recursive: true })
  }
}

function holdsDriver(folder: string): boolean {
  return existsSync(join(folder, DRIVER))
}

/** Vulkan's loader stands beside the driver. */
function environmentOf(folder: string): NodeJS.ProcessEnv {
  const driver = join(folder, DRIVER)
  return { VK_ICD_FILENAMES: driver, VK_DRIVER_FILES: driver, LD_LIBRARY_PATH: folder }
}
