/** One card at one moment; null for what it does not tell. */
export interface GpuSample {
  readonly index: number
  readonly uuid: string
  /** Share of the time in which it computed anything, 0 to 1. */
  readonly utilisation: number | null
  readonly usedBytes: number | null
  readonly watts: number | null
  readonly celsius: number | null
}
