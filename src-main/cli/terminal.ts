/** Two streams and one status line that stays at the bottom while lines scroll above it. */
import { styleText, stripVTControlCharacters } from 'node:util'

export type Style = 'bold' | 'dim' | 'green' | 'yellow' | 'red'

export interface Terminal {
  /** Somebody watches: a status line makes sense. */
  readonly isInteractive: boolean
  readonly columns: number
  /** One or more lines on stdout. */
  print(text: string): void
  /** One or more lines on stderr. */
  complain(text: string): void
  /** Replaces the status line; null removes it. Does nothing where nobody watches. */
  status(text: string | null): void
  paint(style: Style, text: string): string
  /** Calls when whoever read stdout has gone (`veritune runs | head`). Returns what ends the listening. */
  onClosed(listener: () => void): () => void
}

const ERASE_LINE = '\r\x1b[2K'
const DEFAULT_COLUMNS = 80

export class StreamTerminal implements Terminal {
  readonly isInteractive: boolean
  readonly #out: NodeJS.WriteStream
  readonly #err: NodeJS.WriteStream
  readonly #listeners = new Set<() => void>()
  #status: string | null = null
  #isClosed = false

  constructor(out: NodeJS.WriteStream, err: NodeJS.WriteStream, env: NodeJS.ProcessEnv) {
    this.#out = out
    this.#err = err
    this.isInteractive = out.isTTY === true && env.TERM !== 'dumb'
    out.on('error', (error: NodeJS.ErrnoException) => this.#onError(error))
    err.on('error', () => {})
  }

  get columns(): number {
    return this.#out.columns || DEFAULT_COLUMNS
  }

  print(text: string): void {
    this.#above(() => this.#write(`${text}\n`))
  }

  complain(text: string): void {
    this.#above(() => this.#err.write(`${text}\n`))
  }

  status(text: string | null): void {
    if (!this.isInteractive || text === this.#status) return
    this.#status = text
    this.#write(text === null ? ERASE_LINE : `${ERASE_LINE}${text}`)
  }

  paint(style: Style, text: string): string {
    return styleText(style, text, { stream: this.#out })
  }

  onClosed(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #above(write: () => void): void {
    const status = this.#status
    this.status(null)
    write()
    if (status !== null) this.status(status)
  }

  #write(text: string): void {
    if (!this.#isClosed) this.#out.write(text)
  }

  /** A reader that went away (EPIPE) or a terminal that was closed (EIO) is no fault. */
  #onError(error: NodeJS.ErrnoException): void {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error
    this.#isClosed = true
    for (const listener of this.#listeners) listener()
  }
}

/** Characters on the screen, colours not counted. */
export function widthOf(text: string): number {
  return stripVTControlCharacters(text).length
}
