/** What the browser hands over to the workbench, part by part. A line that is lost in between costs nothing: a part is asked for again. */
import { UPLOAD_FILE_BYTES, UPLOAD_PART_BYTES } from '#contract/upload-limits'
import { workbench, WorkbenchError } from '../workbench.ts'
import type { FileGroup } from './file-groups.ts'

export interface UploadProgress {
  readonly id: string
  readonly name: string
  readonly sentBytes: number
  readonly bytes: number
}

class Uploads {
  now = $state.raw<readonly UploadProgress[]>([])
  readonly #cancelled = new Set<string>()

  /** Path of the copy on the workbench's machine; null when a person cancelled. Throws WorkbenchError. */
  async send(group: FileGroup): Promise<string | null> {
    if (group.bytes > UPLOAD_FILE_BYTES) throw tooLarge(group)
    if (group.files.length === 0) throw empty(group)
    const id = crypto.randomUUID()
    try {
      const path = await this.#sendFiles(id, group)
      if (path === null) await workbench.call('datasets.forget-upload', id)
      return path
    } catch (error) {
      // What was sent so far is forgotten by the workbench itself, should it not be there to be asked.
      await workbench.call('datasets.forget-upload', id).catch(() => {})
      throw error
    } finally {
      this.now = this.now.filter((upload) => upload.id !== id)
      this.#cancelled.delete(id)
    }
  }

  cancel(id: string): void {
    this.#cancelled.add(id)
  }

  async #sendFiles(id: string, { name, files, bytes }: FileGroup): Promise<string | null> {
    let sentBytes = 0
    let place = ''
    for (const { path, file } of files) {
      // A file without a byte has one part all the same.
      for (let offset = 0; offset === 0 || offset < file.size; offset += UPLOAD_PART_BYTES) {
        this.#tell({ id, name, sentBytes, bytes })
        const part = file.slice(offset, offset + UPLOAD_PART_BYTES)
        const isLast = offset + UPLOAD_PART_BYTES >= file.size
        const base64 = await base64Of(part, file.name)
        if (this.#cancelled.has(id)) return null
        place = await workbench.call('datasets.upload', { upload: id, path: [...path], offset, base64, isLast })
        sentBytes += part.size
      }
    }
    return place
  }

  #tell(progress: UploadProgress): void {
    this.now = [...this.now.filter(({ id }) => id !== progress.id), progress]
  }
}

export const uploads = new Uploads()

/** Throws WorkbenchError when the file went away or was changed meanwhile. */
function base64Of(part: Blob, name: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader()
    reader.onload = () => resolve(String(reader.result).replace(/^[^,]*,?/, ''))
    reader.onerror = () => reject(unreadable(name))
    reader.readAsDataURL(part)
  })
}

function unreadable(name: string): WorkbenchError {
  return new WorkbenchError({
    code: 'upload.unreadable',
    message: `The browser cannot read ${name}.`,
    remedy: 'See that it is there and unchanged, then hand it over again.',
  })
}

function tooLarge({ name, bytes }: FileGroup): WorkbenchError {
  const gigabytes = (of: number): string => (of / 1024 ** 3).toFixed(1)
  return new WorkbenchError({
    code: 'upload.too-large',
    message: `${name} has ${gigabytes(bytes)} GB; a browser hands over ${gigabytes(UPLOAD_FILE_BYTES)} GB at most.`,
    remedy: 'Name its path, which copies nothing.',
  })
}

function empty({ name }: FileGroup): WorkbenchError {
  return new WorkbenchError({
    code: 'upload.empty',
    message: `There is no file in ${name}.`,
    remedy: 'Hand over a folder with task files, or a file.',
  })
}
