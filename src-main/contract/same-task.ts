/** Where a run wrote completions for one task. */
export interface TaskStep {
  readonly step: number
  /** Best reward first; those that take no part last. */
  readonly rollouts: readonly {
    readonly index: number
    readonly reward: number | null
    /** Its functional score passed. */
    readonly hasPassed: boolean
  }[]
}
