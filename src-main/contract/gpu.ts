/** Graphics cards for PyTorch, as their makers' own tools tell of them. */

export interface Gpu {
  /** As the tool counts, from 0. */
  readonly index: number
  /** Stays the same however cards are counted. */
  readonly uuid: string
  readonly name: string
  readonly maker: 'nvidia' | 'amd'
  /** Of the card's driver; null where it is not told. */
  readonly driver: string | null
  /** Memory in bytes; null where the card does not tell, as those that share the machine's. */
  readonly totalBytes: number | null
  readonly freeBytes: number | null
}
