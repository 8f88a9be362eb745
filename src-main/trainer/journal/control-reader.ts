/** Reads commands to the trainer from control.jsonl, once each. */
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs'
import { controlCommandSchema, type ControlCommand } from '#contract/control'

const NEWLINE = 0x0a
const EMPTY = Buffer.alloc(0)

export class ControlReader {
  readonly #file: string
  readonly #since: string
  readonly #done: Set<string>
  #offset = 0

  /** Lines older than `since` and ids in `applied` are ignored. */
  constructor(file: string, since: Date, applied: Iterable<string>) {
    this.#file = file
    this.#since = since.toISOString()
    this.#done = new Set(applied)
  }

  /** Commands that came since the last call, in order. A line without its end waits; a line that is no command is passed over. */
  take(): ControlCommand[] {
    const bytes = this.#newBytes()
    const end = bytes.lastIndexOf(NEWLINE) + 1
    this.#offset += end
    return bytes
      .toString('utf8', 0, end)
      .split('\n')
      .flatMap((line): ControlCommand[] => {
        const command = parse(line)
        if (command === null || command.time < this.#since || this.#done.has(command.id)) return []
        this.#done.add(command.id)
        return [command]
      })
  }

  #newBytes(): Buffer {
    if (!existsSync(this.#file)) return EMPTY
    const handle = openSync(this.#file, 'r')
    try {
      const size = fstatSync(handle).size
      if (size <= this.#offset) return EMPTY
      const buffer = Buffer.alloc(size - this.#offset)
      readSync(handle, buffer, 0, buffer.length, this.#offset)
      return buffer
    } finally {
      closeSync(handle)
    }
  }
}

function parse(line: string): ControlCommand | null {
  try {
    const parsed = controlCommandSchema.safeParse(JSON.parse(line))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}
