/**
 * The run directory here as a mirror of the one on a host. A journal line is written here at the place that it has there, whole, and after the files
 * that it names: however often the link is cut and whoever else follows the same run, the bytes are the same.
 */
import { createHash } from 'node:crypto'
import { closeSync, createReadStream, existsSync, openSync, readSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { Failure } from '#contract/failure'
import { journalEventSchema, type JournalEvent } from '#contract/journal'
import { evaluationFile, RUN_FILES } from '#contract/run-directory'
import type { FarLook } from '#contract/far-end'
import type { FarEnd } from './far-end.ts'
import { fetchFile, fetchFolder, removeFoldersBut } from './fetch.ts'
import { writeAt } from './placed-bytes.ts'

const PART_BYTES = 1024 * 1024
/** Of the end of the journal here, in which its last line's end is looked for. */
const TAIL_BYTES = 64 * 1024
const NEWLINE = 0x0a
/** Whole files that change; those of the start come before the journal speaks of it. */
const CHANGING = [RUN_FILES.environment, RUN_FILES.firstMeasures, RUN_FILES.heartbeat]

type Far = Pick<FarEnd, 'look' | 'read' | 'list' | 'digest'>

export class Mirror {
  readonly #directory: string
  readonly #far: Far
  readonly #host: string
  readonly #stamps = new Map<string, string>()
  /** Length of the whole lines here; null: not compared yet. */
  #journalBytes: number | null = null
  #hasEnded = false

  constructor(directory: string, host: string, far: Far) {
    this.#directory = directory
    this.#host = host
    this.#far = far
  }

  /** Is a trainer at work there, and does it take commands? By then all that it said before is here. Throws Failure remote.*, disk.full. */
  async take(launch: string): Promise<{ hasTrainer: boolean; isReady: boolean }> {
    const look = await this.#far.look(launch)
    for (const name of CHANGING) await this.#takeChanged(name, look)
    const isNew = await this.#takeJournal(look.files[RUN_FILES.journal]?.size ?? 0)
    await this.#takeLog(look.files[RUN_FILES.log]?.size ?? 0)
    removeFoldersBut(join(this.#directory, RUN_FILES.checkpoints), look.checkpoints)
    // It was asked before its last word came: the trainer is about to go.
    return { hasTrainer: look.isAlive && !(isNew && this.#hasEnded), isReady: look.isReady }
  }

  async #takeChanged(name: string, look: FarLook): Promise<void> {
    const stamp = look.files[name]?.stamp
    if (stamp === undefined || this.#stamps.get(name) === stamp) return
    await fetchFile(this.#far, this.#directory, name)
    this.#stamps.set(name, stamp)
  }

  /** True when there was more. */
  async #takeJournal(size: number): Promise<boolean> {
    this.#journalBytes ??= await this.#compared()
    const start = this.#journalBytes
    while (this.#journalBytes < size) {
      const lines = await this.#nextLines(this.#journalBytes, size)
      // A line that is being written, or was torn by a kill: a trainer that resumes cuts it.
      if (lines.length === 0) break
      await this.#addLines(lines)
    }
    return this.#journalBytes > start
  }

  /** Length of the lines here. Throws Failure remote.journal-differs. */
  async #compared(): Promise<number> {
    const file = join(this.#directory, RUN_FILES.journal)
    const here = wholeBytes(file)
    if (here > 0 && (await this.#far.digest(RUN_FILES.journal, here)) !== (await digestOf(file, here)))
      throw new Failure('remote.journal-differs', { host: this.#host })
    return here
  }

  /** Whole lines from an offset on, with their ends; a line of any length. Not past the size at the look: what was told with it goes with these. */
  async #nextLines(offset: number, size: number): Promise<Buffer[]> {
    for (let length = PART_BYTES; ; length *= 2) {
      const asked = Math.min(length, size - offset)
      const { bytes } = await this.#far.read(RUN_FILES.journal, offset, asked)
      const end = bytes.lastIndexOf(NEWLINE) + 1
      if (end > 0 || asked < length || bytes.length < asked) return splitLines(bytes.subarray(0, end))
    }
  }

  async #addLines(lines: readonly Buffer[]): Promise<void> {
    let ready: Buffer[] = []
    const write = (): void => {
      const bytes = Buffer.concat(ready)
      writeAt(join(this.#directory, RUN_FILES.journal), bytes, this.#journalBytes!)
      this.#journalBytes! += bytes.length
      ready = []
    }
    for (const line of lines) {
      const event = eventOf(line)
      if (event !== null && namesFiles(event)) {
        // What came before shows at once, though a checkpoint may take its time.
        if (ready.length > 0) write()
        await this.#takeFilesOf(event)
      }
      if (event !== null) this.#hasEnded = event.type === 'run.ended'
      ready.push(line)
    }
    write()
  }

  async #takeFilesOf(event: JournalEvent): Promise<void> {
    switch (event.type) {
      case 'step.finished':
        return fetchFile(this.#far, this.#directory, event.rolloutFile)
      case 'eval.finished':
        return fetchFile(this.#far, this.#directory, evaluationFile(event.step))
      case 'checkpoint.saved':
        return fetchFolder(this.#far, this.#directory, event.directory)
    }
  }

  async #takeLog(size: number): Promise<void> {
    const file = join(this.#directory, RUN_FILES.log)
    let here = statSync(file, { throwIfNoEntry: false })?.size ?? 0
    // One that is there and empty tells that a trainer was started.
    if (!existsSync(file)) writeAt(file, Buffer.alloc(0), 0)
    while (here < size) {
      const { bytes } = await this.#far.read(RUN_FILES.log, here, PART_BYTES)
      if (bytes.length === 0) return
      writeAt(file, bytes, here)
      here += bytes.length
    }
  }
}

function namesFiles({ type }: JournalEvent): boolean {
  return type === 'step.finished' || type === 'eval.finished' || type === 'checkpoint.saved'
}

/** null for a type that this version does not know. */
function eventOf(line: Buffer): JournalEvent | null {
  try {
    return journalEventSchema.safeParse(JSON.parse(line.toString('utf8'))).data ?? null
  } catch {
    return null
  }
}

function splitLines(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = []
  for (let start = 0; start < bytes.length;) {
    const end = bytes.indexOf(NEWLINE, start) + 1
    lines.push(bytes.subarray(start, end))
    start = end
  }
  return lines
}

/** A torn end, left by a kill of this process, is written over. */
function wholeBytes(file: string): number {
  let end = statSync(file, { throwIfNoEntry: false })?.size ?? 0
  while (end > 0) {
    const length = Math.min(end, TAIL_BYTES)
    const newline = readPart(file, end - length, length).lastIndexOf(NEWLINE)
    if (newline >= 0) return end - length + newline + 1
    end -= length
  }
  return 0
}

/** SHA-256 of so many bytes from the beginning on, hex. */
async function digestOf(file: string, length: number): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(file, { end: length - 1 }), hash)
  return hash.digest('hex')
}

function readPart(file: string, start: number, length: number): Buffer {
  const handle = openSync(file, 'r')
  try {
    const bytes = Buffer.alloc(length)
    return bytes.subarray(0, readSync(handle, bytes, 0, length, start))
  } finally {
    closeSync(handle)
  }
}
