/** SHA-256 of files, kept as long as a file keeps its size and its times: a model of many GB is read once. */
import { createHash } from 'node:crypto'
import { createReadStream, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'

const keptSchema = z.record(z.string(), z.object({ stamp: z.string(), sha256: z.string() }))
type Kept = z.infer<typeof keptSchema>

export class FileHashes {
  readonly #file: string
  readonly #kept: Map<string, Kept[string]>

  constructor(file: string) {
    this.#file = file
    this.#kept = new Map(Object.entries(readKept(file)))
  }

  /** In hex. `path` is absolute. */
  async of(path: string): Promise<string> {
    const { size, mtimeMs, ctimeMs } = await stat(path)
    const stamp = `${size} ${mtimeMs} ${ctimeMs}`
    const known = this.#kept.get(path)
    if (known?.stamp === stamp) return known.sha256
    const hash = createHash('sha256')
    await pipeline(createReadStream(path, { highWaterMark: 1024 * 1024 }), hash)
    const sha256 = hash.digest('hex')
    this.#kept.set(path, { stamp, sha256 })
    return sha256
  }

  save(): void {
    mkdirSync(dirname(this.#file), { recursive: true })
    const beside = `${this.#file}.${process.pid}.partial`
    writeFileSync(beside, JSON.stringify(Object.fromEntries(this.#kept)))
    renameSync(beside, this.#file)
  }
}

function readKept(file: string): Kept {
  try {
    return keptSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
  } catch {
    return {}
  }
}
