/** Files that are whole or not there. */
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { Failure } from '#contract/failure'
import { isDiskFull } from './journal.ts'

/** Writes beside and renames into place. Throws Failure disk.full. */
export function writeAtomically(file: string, text: string): void {
  const beside = `${file}.partial`
  try {
    const handle = openSync(beside, 'w')
    try {
      // Unlike writeSync it goes on after a part was written.
      writeFileSync(handle, text)
      fsyncSync(handle)
    } finally {
      closeSync(handle)
    }
    renameSync(beside, file)
  } catch (error) {
    rmSync(beside, { force: true })
    throw isDiskFull(error) ? new Failure('disk.full', { path: file }, { cause: error }) : error
  }
}
