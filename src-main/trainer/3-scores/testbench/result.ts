/** What an event-driven simulation says of a design. */
import type { Diagnostic, Evidence } from '#contract/score'

export type TestbenchResult =
  | { readonly outcome: 'passed'; readonly cycles: number }
  | {
      readonly outcome: 'failed'
      readonly matchingCycles: number
      readonly cycles: number
      readonly summary: string
      readonly counterexample?: Evidence['counterexample']
    }
  | { readonly outcome: 'compile-error'; readonly diagnostics: readonly Diagnostic[] }
  /** The simulator does not know a construct of the language, e.g. "sorry:" of Icarus: no fault of the design. */
  | { readonly outcome: 'tool-limit'; readonly reason: string }
  | { readonly outcome: 'timeout' | 'tool-crash' | 'forged'; readonly summary: string }
