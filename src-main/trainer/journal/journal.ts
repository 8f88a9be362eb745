/** The journal's one writer. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { Failure } from '#contract/failure'
import { journalEventSchema, type JournalEntry, type JournalEvent } from '#contract/journal'

/** Room that is given back when the disk is full, so that the run's end can still be written. */
const RESERVE_FILE = '.reserve'
const RESERVE_BYTES = 256 * 1024

export interface JournalOptions {
  readonly now: () => Date
  /** Writes to an open file at a position and answers the number of bytes written; handed in so that a full disk can be tried. */
  readonly write?: (handle: number, bytes: Buffer, position: number) => number
}

/** Appends events; each is on disk when `append` returns. */
export class Journal {
  /** Events that were there when the journal was opened. */
  readonly earlier: readonly JournalEvent[]
  readonly #file: string
  readonly #handle: number
  readonly #options: JournalOptions
  #seq: number

  /** Opens or makes a journal. A torn last line, left by a kill, is cut off. Throws Failure journal.damaged for damage elsewhere. */
  constructor(file: string, options: JournalOptions) {
    this.#file = file
    this.#options = options
    const { events, wholeBytes } = readJournal(file)
    this.earlier = events
    this.#seq = events.at(-1)?.seq ?? 0
    this.#handle = openSync(file, existsSync(file) ? 'r+' : 'w+')
    ftruncateSync(this.#handle, wholeBytes)
    writeFileSync(join(dirname(file), RESERVE_FILE), Buffer.alloc(RESERVE_BYTES))
  }

  append(entry: JournalEntry): JournalEvent {
    const event = { seq: this.#seq + 1, time: this.#options.now().toISOString(), ...entry } as JournalEvent
    const end = statSync(this.#file).size
    try {
      this.#write(`${JSON.stringify(event)}\n`, end)
    } catch (error) {
      // Half a line must not stay: the next one would be glued to it.
      ftruncateSync(this.#handle, end)
      throw isDiskFull(error) ? new Failure('disk.full', { path: this.#file }, { cause: error }) : error
    }
    this.#seq++
    return event
  }

  /** Appends the last event of a run; on a full disk, into the room that was kept for it. */
  appendEnd(entry: JournalEntry): void {
    rmSync(join(dirname(this.#file), RESERVE_FILE), { force: true })
    this.append(entry)
  }

  close(): void {
    rmSync(join(dirname(this.#file), RESERVE_FILE), { force: true })
    closeSync(this.#handle)
  }

  #write(text: string, position: number): void {
    const write = this.#options.write ?? ((handle, bytes, at) => writeSync(handle, bytes, 0, bytes.length, at))
    const bytes = Buffer.from(text)
    // A disk that is nearly full takes a part without an error; only the next write fails.
    for (let done = 0; done < bytes.length;) done += write(this.#handle, bytes.subarray(done), position + done)
    fsyncSync(this.#handle)
  }
}

/** Events of a journal and the length of its whole lines; a file that is not there is an empty journal. */
export function readJournal(file: string): { events: JournalEvent[]; wholeBytes: number } {
  if (!existsSync(file)) return { events: [], wholeBytes: 0 }
  const text = readFileSync(file, 'utf8')
  const end = text.lastIndexOf('\n') + 1
  const events: JournalEvent[] = []
  text
    .slice(0, end)
    .split('\n')
    .slice(0, -1)
    .forEach((line, i) => {
      const event = parseEvent(line)
      if (event === 'damaged') throw new Failure('journal.damaged', { file, line: i + 1 })
      if (event !== 'unknown') events.push(event)
    })
  return { events, wholeBytes: Buffer.byteLength(text.slice(0, end)) }
}

/** Events of types that this version does not know are skipped. */
function parseEvent(line: string): JournalEvent | 'unknown' | 'damaged' {
  let json: unknown
  try {
    json = JSON.parse(line)
  } catch {
    return 'damaged'
  }
  const parsed = journalEventSchema.safeParse(json)
  return parsed.success ? parsed.data : 'unknown'
}

export function isDiskFull(error: unknown): boolean {
  return error instanceof Failure ? error.code === 'disk.full' : (error as NodeJS.ErrnoException | null)?.code === 'ENOSPC'
}
