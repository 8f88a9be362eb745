/** Files that a browser handed over: `<folder>/<upload>/…`, each under its name once it is whole. */
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { Failure } from '#contract/failure'
import type { UploadPart } from '#contract/upload'

/** What nobody checked by then was given up. */
const KEPT_MS = 24 * 3600 * 1000

export class Uploads {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  /**
   * Parts come in order. Gives the path of what was handed over: the file, or the folder that it lies in. Throws Failure upload.disk-full, and
   * upload.lost where earlier parts were removed.
   */
  async write({ upload, path, offset, base64, isLast }: UploadPart): Promise<string> {
    const root = join(this.#folder, upload)
    const file = join(root, ...path)
    const unfinished = `${root}.part`
    // Whoever asks again after the last part has its answer.
    if (await isThere(file)) return join(root, path[0]!)
    try {
      await mkdir(dirname(file), { recursive: true })
      await writeAt(unfinished, Buffer.from(base64, 'base64'), offset)
      if (isLast) await rename(unfinished, file)
    } catch (error) {
      throw failureOf(error, this.#folder)
    }
    return join(root, path[0]!)
  }

  async remove(upload: string): Promise<void> {
    for (const path of [join(this.#folder, upload), join(this.#folder, `${upload}.part`)]) {
      await rm(path, { recursive: true, force: true })
    }
  }

  /** Removes what was given up, unless it is one of the paths that are known. */
  async removeForgotten(known: readonly string[], now: Date): Promise<void> {
    for (const name of await readdir(this.#folder).catch(() => [])) {
      const path = join(this.#folder, name)
      const isKnown = known.some((one) => one.startsWith(path + sep))
      const changed = (await stat(path).catch(() => null))?.mtimeMs ?? now.getTime()
      if (!isKnown && now.getTime() - changed > KEPT_MS) await rm(path, { recursive: true, force: true })
    }
  }
}

/** A part that comes again is written over itself. */
async function writeAt(file: string, bytes: Uint8Array, offset: number): Promise<void> {
  const handle = await open(file, offset === 0 ? 'w' : 'r+')
  try {
    let written = 0
    while (written < bytes.byteLength) {
      written += (await handle.write(bytes, written, bytes.byteLength - written, offset + written)).bytesWritten
    }
  } finally {
    await handle.close()
  }
}

async function isThere(file: string): Promise<boolean> {
  return (await stat(file).catch(() => null))?.isFile() ?? false
}

function failureOf(error: unknown, folder: string): unknown {
  const { code } = error as NodeJS.ErrnoException
  if (code === 'ENOSPC' || code === 'EDQUOT') return new Failure('upload.disk-full', { folder }, { cause: error })
  return code === 'ENOENT' ? new Failure('upload.lost', {}, { cause: error }) : error
}
