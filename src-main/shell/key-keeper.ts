/** A key in the system's keychain: Electron encrypts it with a secret that the system keeps, and the file alone tells nothing. */
import { safeStorage } from 'electron'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import type { KeyKeeper } from '#workbench/workbench'

const keySchema = z.object({ key: z.string(), host: z.string() })

/** `file` is of this person alone. Electron must be ready when it is used. */
export function keychain(file: string): KeyKeeper {
  return {
    read: () => {
      try {
        return keySchema.parse(JSON.parse(safeStorage.decryptString(readFileSync(file))))
      } catch {
        // None was kept, or the keychain is another one by now.
        return null
      }
    },
    keep: (given) => {
      if (!isSafe()) return 'this system has no keychain that is unlocked; `wandb login` or WANDB_API_KEY lasts'
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(`${file}.partial`, safeStorage.encryptString(JSON.stringify(given)), { mode: 0o600 })
      renameSync(`${file}.partial`, file)
      return null
    },
  }
}

/** Without a keychain Electron encrypts on Linux with a secret that everybody knows. */
function isSafe(): boolean {
  if (!safeStorage.isEncryptionAvailable()) return false
  return process.platform !== 'linux' || safeStorage.getSelectedStorageBackend() !== 'basic_text'
}
