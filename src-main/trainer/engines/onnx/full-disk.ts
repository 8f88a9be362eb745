/** Writing so that a full disk is told as one: a failure keeps its meaning on its way between processes, an error's code does not. */
import { writeFileSync, writeSync } from 'node:fs'
import { Failure } from '#contract/failure'

/** A quota and a limit on the size of files are a full disk to whoever writes. */
const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG'])

/** Does something to a file. Throws Failure disk.full naming it, and what `act` throws. */
export function failWhenFull<T>(file: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    const isFull = FULL.has((error as NodeJS.ErrnoException).code ?? '')
    throw isFull ? new Failure('disk.full', { path: file }, { cause: error }) : error
  }
}

/** Writes all bytes: a disk that is nearly full takes a part without an error. Throws Failure disk.full. */
export function writeWhole(handle: number, bytes: Uint8Array, file: string): void {
  failWhenFull(file, () => {
    for (let done = 0; done < bytes.length;) done += writeSync(handle, bytes, done)
  })
}

/** Throws Failure disk.full. */
export function writeJson(file: string, value: unknown): void {
  failWhenFull(file, () => writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`))
}
