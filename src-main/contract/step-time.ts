/** How long a step takes, foretold from what a run of this computer measured. */
export interface StepTime {
  readonly run: { readonly id: string; readonly name: string }
  /** Its newest so many steps were measured. */
  readonly stepCount: number
  /** Median wall time of one of them, without pauses. */
  readonly measuredSeconds: number
  /** Completions of one of them. */
  readonly completions: number
  /** Of a step with the settings that were asked about: scaled by completions, by passes over them, and by a lower limit of their length. */
  readonly seconds: number
  /** Settings that differ and may change it in a way that nobody measured, as dotted paths. */
  readonly differing: readonly string[]
}
