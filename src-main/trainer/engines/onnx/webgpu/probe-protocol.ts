/** What the process of a probe says, one line of JSON each. A pipe of its own: native code prints to stdout and stderr. */
import type { SelfTest } from './self-test.ts'

export const PROBE_DESCRIPTOR = 3

export type ProbeLine =
  | { readonly place: string }
  /** No device could be opened. */
  | { readonly absent: string }
  | { readonly result: SelfTest }
  | { readonly error: string }
