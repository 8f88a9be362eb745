/** Where a run wrote completions for one task: a step of its training, or the evaluation at a step. */
export interface TaskStep {
  readonly step: number
  /** Best reward first; those that take no part last. Of an evaluation, which pays nothing, first those that passed. */
  readonly rollouts: readonly {
    readonly index: number
    readonly reward: number | null
    /** Its functional score passed. */
    readonly hasPassed: boolean
  }[]
}
