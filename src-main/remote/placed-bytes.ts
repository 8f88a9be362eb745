/** Bytes at their place in a file, not at its end: whoever else writes the same writes it there, too. */
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs'
import { Failure } from '#contract/failure'

/** A file that is open for writing at any place; it is made where it is not there. */
export class PlacedBytes {
  readonly #file: string
  readonly #handle: number

  constructor(file: string) {
    closeSync(openSync(file, 'a'))
    this.#file = file
    this.#handle = openSync(file, 'r+')
  }

  /** Throws Failure disk.full. */
  write(bytes: Buffer, position: number): void {
    try {
      for (let done = 0; done < bytes.length;) done += writeSync(this.#handle, bytes, done, bytes.length - done, position + done)
    } catch (error) {
      const isFull = ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '')
      throw isFull ? new Failure('disk.full', { path: this.#file }, { cause: error }) : error
    }
  }

  /** Brings it to the disk. */
  close(): void {
    try {
      fsyncSync(this.#handle)
    } finally {
      closeSync(this.#handle)
    }
  }
}

/** Throws Failure disk.full. */
export function writeAt(file: string, bytes: Buffer, position: number): void {
  const placed = new PlacedBytes(file)
  try {
    placed.write(bytes, position)
  } finally {
    placed.close()
  }
}
