/** The Python of the environment that VeriTune has made in its data folder (src-main/python). */
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ENVIRONMENT_FILE, installedTorchSchema } from '#contract/torch-environment'

/** null without a folder, and for one that is not whole. */
export function installedPython(folder: string | undefined): string | null {
  if (!folder) return null
  try {
    const { program } = installedTorchSchema.parse(JSON.parse(readFileSync(join(folder, ENVIRONMENT_FILE), 'utf8')))
    return existsSync(join(folder, program)) ? join(folder, program) : null
  } catch {
    return null
  }
}
