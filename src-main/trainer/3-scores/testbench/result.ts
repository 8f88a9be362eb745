/** What an event-driven simulation says of a design. */
import type { Diagnostic, Evidence } from '#contract/score'
import type { SandboxResult } from '../tools/sandbox.ts'

/** A verdict, and the files that the job brought back. */
export interface Judged {
  readonly verdict: TestbenchResult
  readonly files: SandboxResult['files']
}

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
  /** The task or the tool failed: nothing that the design could cause. */
  | { readonly outcome: 'unusable'; readonly reason: string }
  /** The simulator does not know a construct of the language, e.g. "sorry:" of Icarus: no fault of the design. */
  | { readonly outcome: 'tool-limit'; readonly reason: string }
  | { readonly outcome: 'timeout'; readonly summary: string; readonly wasCompiled: boolean }
  | { readonly outcome: 'tool-crash' | 'forged'; readonly summary: string }
