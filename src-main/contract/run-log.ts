/** The end of what the trainer wrote for people. */
export interface RunLog {
  readonly lines: readonly string[]
  /** Earlier lines are left out. */
  readonly isCut: boolean
}
