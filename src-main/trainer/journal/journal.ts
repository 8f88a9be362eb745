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
const NEWLINE = 0x0a

export interface JournalOptions {
  readonly now: () => Date
  /** Writes to an open file at a position and answers the number of bytes written; handed in so that a full disk can be tried. */
  readonly write?: (handle: number, bytes: Buffer, position: number) => number
}

/** Appends events; each is on disk when `append` returns. */
export class Journal {
  /** Events that were there when the journal was opened. */
  readonly earlier: readonly JournalEvent[]
  readonly #events: JournalEvent[]
  readonly #file: string
  readonly #handle: number
  readonly #options: JournalOptions
  #seq: number

  /** Opens or makes a journal. A torn last line, left by a kill, is cut off. Throws Failure journal.damaged for damage elsewhere, disk.full. */
  constructor(file: string, options: JournalOptions) {
    this.#file = file
    this.#options = options
    const { events, lastSeq, wholeBytes } = readJournal(file)
    this.earlier = events
    this.#events = [...events]
    this.#seq = lastSeq
    keepReserve(file)
    this.#handle = openSync(file, existsSync(file) ? 'r+' : 'w+')
    ftruncateSync(this.#handle, wholeBytes)
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
    this.#events.push(event)
    return event
  }

  /** All events, those of this process too. */
  get events(): readonly JournalEvent[] {
    return this.#events
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

function keepReserve(file: string): void {
  const reserve = join(dirname(file), RESERVE_FILE)
  try {
    writeFileSync(reserve, Buffer.alloc(RESERVE_BYTES))
  } catch (error) {
    rmSync(reserve, { force: true })
    throw isDiskFull(error) ? new Failure('disk.full', { path: file }, { cause: error }) : error
  }
}

export interface JournalContent {
  /** Those of types that this version knows. */
  readonly events: JournalEvent[]
  /** Number of the last event of any type, 0 when there is none. */
  readonly lastSeq: number
  /** Length of the lines that are whole. */
  readonly wholeBytes: number
}

/** A file that is not there is an empty journal. Throws Failure journal.damaged. */
export function readJournal(file: string): JournalContent {
  if (!existsSync(file)) return { events: [], lastSeq: 0, wholeBytes: 0 }
  const bytes = readFileSync(file)
  // In bytes, not in letters: a byte that is no letter is decoded as one that takes three.
  const wholeBytes = bytes.lastIndexOf(NEWLINE) + 1
  const events: JournalEvent[] = []
  let lastSeq = 0
  const lines = bytes.toString('utf8', 0, wholeBytes).split('\n').slice(0, -1)
  lines.forEach((line, i) => {
    const json = parseLine(line)
    if (json === null) throw new Failure('journal.damaged', { file, line: i + 1 })
    lastSeq = json.seq
    const event = journalEventSchema.safeParse(json)
    if (event.success) events.push(event.data)
  })
  return { events, lastSeq, wholeBytes }
}

/** What every event has, of whatever type; null for damage. */
function parseLine(line: string): { seq: number; type: string } | null {
  try {
    const event = JSON.parse(line) as { seq: number; type: string }
    return Number.isInteger(event.seq) && typeof event.type === 'string' ? event : null
  } catch {
    return null
  }
}

export function isDiskFull(error: unknown): boolean {
  return error instanceof Failure ? error.code === 'disk.full' : (error as NodeJS.ErrnoException | null)?.code === 'ENOSPC'
}
