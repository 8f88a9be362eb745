/** The command lines that make an environment, by uv or by venv and pip. */
import { join } from 'node:path'
import type { TorchBackend } from '#contract/torch-backends'
import type { TorchInstaller, TorchStage } from '#contract/torch-environment'
import { PYTHON_RANGE } from './find-installer.ts'

export interface ToolCommand {
  readonly stage: TorchStage
  readonly program: string
  readonly args: readonly string[]
}

/** Of an environment's Python, from its folder. */
export const PYTHON_PLACE = process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python'

/** lockFile: exact versions of what is installed. */
export function installCommands(
  installer: TorchInstaller,
  { folder, lockFile, backend }: { readonly folder: string; readonly lockFile: string; readonly backend: TorchBackend },
  environment = process.env,
): ToolCommand[] {
  const python = join(folder, PYTHON_PLACE)
  const { program } = installer
  if (installer.name === 'pip') {
    const pip = ['-m', 'pip', 'install', '--disable-pip-version-check', '--only-binary', ':all:', '--progress-bar', 'off']
    return [
      { stage: 'python', program, args: ['-m', 'venv', folder] },
      { stage: 'packages', program: python, args: [...pip, '-r', lockFile] },
    ]
  }
  // What a person set for all of uv stays as it is.
  const chosen = environment.UV_PYTHON === undefined ? ['--python', PYTHON_RANGE] : []
  // A card's own build is found by uv: which CUDA or ROCm it has depends on the driver.
  const build = backend === 'cpu' ? 'cpu' : 'auto'
  return [
    // Its programs find their Python when the folder has got its name.
    { stage: 'python', program, args: ['venv', '--no-project', '--relocatable', ...chosen, folder] },
    {
      stage: 'packages',
      program,
      // Wheels alone: building a package would run its code.
      args: ['pip', 'install', '--python', python, '--torch-backend', build, '--only-binary', ':all:', '-r', lockFile],
    },
  ]
}
