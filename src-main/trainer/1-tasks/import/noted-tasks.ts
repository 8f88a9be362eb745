/** Where tasks stood, and in which split and group, by number: a few bytes each. */
import { SPLITS, type Split } from '#contract/splits'

export interface Noted {
  readonly place: string
  readonly split: Split
  readonly group: number
}

/** File, row, split, group. */
const FIELDS = 4
/** Tasks of one piece: nothing is copied when the list grows. */
const PIECE = 1 << 12

export class NotedTasks {
  readonly #files: string[] = []
  readonly #pieces: Uint32Array[] = []
  #count = 0

  get length(): number {
    return this.#count
  }

  /** Its number. `group` is a hash of 32 bits; 0 = none. */
  add(file: string, row: number, split: Split, group: number): number {
    if (this.#files.at(-1) !== file) this.#files.push(file)
    if (this.#count % PIECE === 0) this.#pieces.push(new Uint32Array(PIECE * FIELDS))
    this.#pieces.at(-1)!.set([this.#files.length - 1, row, SPLITS.indexOf(split), group], (this.#count % PIECE) * FIELDS)
    return this.#count++
  }

  at(index: number): Noted {
    const start = (index % PIECE) * FIELDS
    const [file = 0, row = 0, split = 0, group = 0] = this.#pieces[Math.floor(index / PIECE)]!.subarray(start, start + FIELDS)
    const name = this.#files[file]!
    return { place: row > 0 ? `${name} line ${row}` : name, split: SPLITS[split]!, group }
  }
}
