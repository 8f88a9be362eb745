/** What can install PyTorch on this machine: uv, which picks the build for the card, else Python's own venv and pip. */
import { execFile } from 'node:child_process'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { TorchInstaller } from '#contract/torch-environment'

/** The first that finds AMD's cards as well as NVIDIA's by `--torch-backend auto`. */
export const OLDEST_UV = '0.7.14'
/** Pythons that the locked packages are built for. */
export const PYTHON_RANGE = '>=3.11,<3.15'

const LOOK_MS = 10_000

/** VERITUNE_UV, else that of PATH, else where its own installers put it. null: there is none. */
export async function findUv(environment = process.env, userHome = homedir()): Promise<TorchInstaller | null> {
  for (const program of uvPlaces(environment, userHome)) {
    const version = /^uv (\d+\.\d+\.\d+)/.exec((await said(program, ['--version'], environment)) ?? '')?.[1]
    if (version !== undefined) return { name: 'uv', program, version }
  }
  return null
}

/** The first Python of a right version whose venv can bring pip along. */
export async function findPip(environment = process.env): Promise<TorchInstaller | null> {
  const names =
    process.platform === 'win32' ? ['python', 'py'] : ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11']
  for (const program of names) {
    const words = (await said(program, ['-c', LOOK_AT_PYTHON], environment))?.trim().split(' ') ?? []
    const [version, isFit] = words
    if (version !== undefined && isFit === 'True') return { name: 'pip', program, version }
  }
  return null
}

export function isOldUv({ version }: TorchInstaller): boolean {
  return version.localeCompare(OLDEST_UV, 'en', { numeric: true }) < 0
}

export function uvRemedy(platform: NodeJS.Platform = process.platform): string {
  const how: Partial<Record<NodeJS.Platform, string>> = {
    darwin: '`brew install uv`',
    win32: '`winget install astral-sh.uv`',
  }
  return `Install uv (${how[platform] ?? '`pipx install uv`, or your distribution’s package'}), or name it with VERITUNE_UV.`
}

/** ensurepip is what Debian leaves out of a Python without its venv package. */
const LOOK_AT_PYTHON = `import platform, sys, importlib.util as u
print(platform.python_version(), (3, 11) <= sys.version_info[:2] < (3, 15) and all(map(u.find_spec, ("venv", "ensurepip"))))`

function uvPlaces(environment: NodeJS.ProcessEnv, userHome: string): string[] {
  if (environment.VERITUNE_UV) return [environment.VERITUNE_UV]
  const name = process.platform === 'win32' ? 'uv.exe' : 'uv'
  const folders = (environment.PATH ?? '').split(delimiter).filter((folder) => folder !== '')
  return [...folders, join(userHome, '.local/bin'), join(userHome, '.cargo/bin')].map((folder) => join(folder, name))
}

/** null where it cannot be run, or ends with an error. */
function said(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(program, args, { env, timeout: LOOK_MS, windowsHide: true }, (error, stdout) => resolve(error ? null : stdout))
  })
}
