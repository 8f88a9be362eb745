/** What a catalogue of failures says of each. */
export interface CatalogueEntry {
  /** Exit code of a program that ends with it. 2 = bad input, 3 = failed, 4 = out of memory. */
  readonly exitCode: 2 | 3 | 4
  /** `{name}` is replaced by the fact of that name. First what happened, then what to do. */
  readonly message: string
  readonly remedy: string
  /** Setting of a run or of the sync that is to be mended, as a dotted path, where it is always the same one. */
  readonly setting?: string
}
