/** Where the PyTorch environment of a data folder lies, and what is there. */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ENVIRONMENT_FILE, installedTorchSchema, type InstalledTorch } from '#contract/torch-environment'

export interface TorchFolders {
  /** A whole environment, or nothing. */
  readonly whole: string
  /** One that is being made. */
  readonly partial: string
  /** The one before, on its way out. */
  readonly old: string
  /** Who is at work here. */
  readonly lock: string
}

export function torchFolders(home: string): TorchFolders {
  const whole = join(home, 'python', 'torch')
  return { whole, partial: `${whole}.partial`, old: `${whole}.old`, lock: `${whole}.lock` }
}

export interface FoundTorch {
  readonly installed: InstalledTorch | null
  /** Why what is there cannot be used; null where it can, or nothing is there. */
  readonly problem: string | null
}

export function readTorch(whole: string): FoundTorch {
  if (!existsSync(whole)) return { installed: null, problem: null }
  let installed: InstalledTorch
  try {
    installed = installedTorchSchema.parse(JSON.parse(readFileSync(join(whole, ENVIRONMENT_FILE), 'utf8')))
  } catch {
    return { installed: null, problem: `${join(whole, ENVIRONMENT_FILE)} cannot be read.` }
  }
  // A link to the Python that it was made with, which may be gone.
  const program = join(whole, installed.program)
  return existsSync(program)
    ? { installed, problem: null }
    : { installed: null, problem: `The Python that it was made with is gone: ${program} leads nowhere.` }
}
