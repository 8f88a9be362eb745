/** The measures of an evaluation in the order in which tables show them. */
import { PASS_AT } from '#contract/metrics'

export type Measure = readonly [name: string, title: string]

export const MEASURES: readonly Measure[] = [
  ['pass@1', 'Functional pass@1'],
  ...PASS_AT.map((k): Measure => [`pass@${k}`, `Functional pass@${k}`]),
  ['near_greedy/pass@1', 'Functional pass@1, T 0.2'],
  ['compile_rate', 'Compilation'],
  ['synthesis_rate', 'Synthesis'],
  ['reasoning_rate', 'Reasoning'],
  ['quality_rate', 'Quality'],
]
