/** Where tasks stood, and in which split and group, by number: a few bytes each. */
import { SPLITS, type Split } from '#contract/task'

export interface Noted {
  readonly place: string
  readonly split: Split
  readonly group: number
}

/** File, row, split, group. */
const FIELDS = 4

export class NotedTasks {
  readonly #files: string[] = []
  #fields = new Float64Array(FIELDS << 10)
  #count = 0

  get length(): number {
    return this.#count
  }

  /** Its number. `group` is a hash; 0 = none. */
  add(file: string, row: number, split: Split, group: number): number {
    if (this.#files.at(-1) !== file) this.#files.push(file)
    if ((this.#count + 1) * FIELDS > this.#fields.length) {
      const larger = new Float64Array(this.#fields.length * 2)
      larger.set(this.#fields)
      this.#fields = larger
    }
    this.#fields.set([this.#files.length - 1, row, SPLITS.indexOf(split), group], this.#count * FIELDS)
    return this.#count++
  }

  at(index: number): Noted {
    const [file = 0, row = 0, split = 0, group = 0] = this.#fields.subarray(index * FIELDS, (index + 1) * FIELDS)
    const name = this.#files[file]!
    return { place: row > 0 ? `${name} line ${row}` : name, split: SPLITS[split]!, group }
  }
}
