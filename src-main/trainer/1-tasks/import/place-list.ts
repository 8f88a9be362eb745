/** Files and rows by number, in a few bytes each. */
export class PlaceList {
  readonly #files: string[] = []
  readonly #fileOf: number[] = []
  readonly #rowOf: number[] = []

  get length(): number {
    return this.#rowOf.length
  }

  /** Its number. */
  add(file: string, row: number): number {
    if (this.#files.at(-1) !== file) this.#files.push(file)
    this.#fileOf.push(this.#files.length - 1)
    return this.#rowOf.push(row) - 1
  }

  nameOf(index: number): string {
    const [file, row] = [this.#files[this.#fileOf[index] ?? -1], this.#rowOf[index] ?? 0]
    return row > 0 ? `${file} line ${row}` : `${file}`
  }
}
