/** A tasks.jsonl in the making: it lies beside its place until it is whole, so that what stood there is not lost. */
import { constants } from 'node:fs'
import { access, open, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises'
import { randomUUID } from 'node:crypto'
import { dirname, join } from 'node:path'
import { Failure } from '#contract/failure'
import type { Task } from '#contract/task'
import { isDiskFull } from '../journal/journal.ts'

export class TaskFile {
  readonly #path: string
  readonly #beside: string
  readonly #handle: FileHandle
  #writing: Promise<void> = Promise.resolve()

  /** Opens it, or throws Failure arguments.invalid: before anything is done that would be in vain. */
  static async open(path: string): Promise<TaskFile> {
    try {
      const place = await placeOf(path)
      const beside = join(dirname(place), `.veritune-${randomUUID()}.partial`)
      return new TaskFile(place, beside, await open(beside, 'wx'))
    } catch (error) {
      throw unwritable(path, error)
    }
  }

  private constructor(path: string, beside: string, handle: FileHandle) {
    this.#path = path
    this.#beside = beside
    this.#handle = handle
  }

  /** One after the other, in the order of the calls. Throws Failure. */
  write(task: Task): Promise<void> {
    this.#writing = this.#writing.then(() => this.#handle.appendFile(`${JSON.stringify(task)}\n`))
    return this.#writing.catch((error: unknown) => {
      throw unwritable(this.#path, error)
    })
  }

  /** Puts it into its place. Throws Failure. */
  async keep(): Promise<void> {
    try {
      await this.#writing
      await this.#handle.sync()
      await this.#handle.close()
      await rename(this.#beside, this.#path)
    } catch (error) {
      throw unwritable(this.#path, error)
    }
  }

  /** As if it had never been. */
  async discard(): Promise<void> {
    await this.#writing.catch(() => {})
    await this.#handle.close().catch(() => {})
    await rm(this.#beside, { force: true })
  }
}

/** Where it shall stand: behind a link, if there is one. Throws when something stands there that is not to be replaced. */
async function placeOf(path: string): Promise<string> {
  const standing = await stat(path).catch(() => null)
  if (standing === null) return path
  if (standing.isDirectory()) throw new Error('it is a folder')
  if (!standing.isFile()) throw new Error('it is no ordinary file')
  await access(path, constants.W_OK)
  return realpath(path)
}

const WORDS: Readonly<Record<string, string>> = {
  ENOENT: 'its folder is not there',
  ENOTDIR: 'its folder is not there',
  EACCES: 'you may not write there',
  EPERM: 'you may not write there',
  EROFS: 'nothing can be written on that disk',
}

function unwritable(path: string, error: unknown): Failure {
  if (error instanceof Failure) return error
  if (isDiskFull(error)) return new Failure('disk.full', { path }, { cause: error })
  const { code = '', message } = error as NodeJS.ErrnoException
  return new Failure('arguments.invalid', { problem: `${path} cannot be written: ${WORDS[code] ?? message}.` }, { cause: error })
}
