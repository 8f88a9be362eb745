/** Starts trainers as processes of their own: they outlive whoever started them. */
import { spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { RUN_FILES } from '#contract/run-directory'

/** A plain Node and the trainer's entry: source in a checkout, a bundle in a package. */
export interface TrainerLocation {
  readonly nodePath: string
  readonly trainerPath: string
  /** Presets, starter model and tasks. */
  readonly resourcesPath: string
  /** List of data sets that native simulators may run without a sandbox (contract/allowed-sources); none when left out. */
  readonly allowedSourcesFile?: string
  /** Folder of the PyTorch environment that is taken where VERITUNE_PYTHON names no other; it need not be there. */
  readonly torchFolder?: string
}

/**
 * Starts `train <directory>`, detached, its stderr appended to the run's log. Throws when the process cannot start. `onExit` is called when it
 * ends while this process still lives.
 */
export async function startTrainer(
  location: TrainerLocation,
  directory: string,
  flags: readonly string[],
  onExit: () => void,
): Promise<void> {
  const log = openSync(join(directory, RUN_FILES.log), 'a')
  try {
    const child = spawn(location.nodePath, [location.trainerPath, 'train', directory, ...flags], {
      detached: true,
      stdio: ['ignore', log, log],
      env: trainerEnvironment(location),
      windowsHide: true,
    })
    await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject))
    child.once('exit', onExit)
    child.unref()
  } finally {
    closeSync(log)
  }
}

export function trainerEnvironment({ resourcesPath, allowedSourcesFile, torchFolder }: TrainerLocation): NodeJS.ProcessEnv {
  const environment: NodeJS.ProcessEnv = {
    ...process.env,
    VERITUNE_RESOURCES: resourcesPath,
    ...(allowedSourcesFile !== undefined && { VERITUNE_ALLOWED_SOURCES: allowedSourcesFile }),
    // Looked at when an engine starts, so that a service which has long been running finds what was installed since.
    ...(torchFolder !== undefined && { VERITUNE_TORCH_ENVIRONMENT: torchFolder }),
  }
  // Without a limit glibc gives each thread of ONNX Runtime a heap of its own: hundreds of MB that are never used again.
  if (process.platform === 'linux') environment.MALLOC_ARENA_MAX ??= '1'
  // The hub's token is for downloads alone, the key for what sends runs.
  delete environment.HF_TOKEN
  delete environment.WANDB_API_KEY
  // A workbench inside Electron must not turn its trainers into Electron.
  delete environment.ELECTRON_RUN_AS_NODE
  return environment
}
