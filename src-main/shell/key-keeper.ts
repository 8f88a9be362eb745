/** A key in the system's keychain: Electron encrypts it with a secret that the system keeps, and the file alone tells nothing. */
import { safeStorage } from 'electron'
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'
import type { KeyKeeper } from '#workbench/workbench'

const keySchema = z.object({ key: z.string(), host: z.string() })
type Key = z.infer<typeof keySchema>

const NO_KEYCHAIN = 'this system has no keychain that is unlocked; `wandb login` or WANDB_API_KEY lasts'

/** `file` is of this person alone; without a keychain a key is known until this process ends. Electron must be ready when it is used. */
export function keychain(file: string): KeyKeeper {
  let remembered: Key | null = null
  return {
    read: () => remembered ?? decrypted(file),
    keep: (given) => {
      remembered = isSafe() ? null : given
      if (remembered !== null) return NO_KEYCHAIN
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(`${file}.partial`, safeStorage.encryptString(JSON.stringify(given)), { mode: 0o600 })
      renameSync(`${file}.partial`, file)
      return null
    },
    forget: () => {
      remembered = null
      rmSync(file, { force: true })
    },
    forgottenBecause: () => (isSafe() ? null : NO_KEYCHAIN),
  }
}

/** null: none was kept, or the keychain is another one by now. */
function decrypted(file: string): Key | null {
  try {
    return keySchema.parse(JSON.parse(safeStorage.decryptString(readFileSync(file))))
  } catch {
    return null
  }
}

/** Without a keychain Electron encrypts on Linux with a secret that everybody knows. */
function isSafe(): boolean {
  if (!safeStorage.isEncryptionAvailable()) return false
  return process.platform !== 'linux' || safeStorage.getSelectedStorageBackend() !== 'basic_text'
}
