/**
 * Scores: what five scorers measured of one completion. A score says how it came about (`evidence`), so that a person can go from a
 * curve to the tool's own words.
 */
import { z } from 'zod'

export { COMPONENTS, type Component } from './components.ts'

/**
 * How a score came about. Whatever a completion can cause has value 0; `not-reached` means that an earlier stage failed.
 * refused = stopped by the guard before any tool saw it.
 */
export const OUTCOMES = [
  'passed',
  'partial',
  'failed',
  'no-module',
  'refused',
  'compile-error',
  'port-mismatch',
  'latch',
  'too-large',
  'timeout',
  'tool-crash',
  /** No tool here knows a construct that it uses. */
  'tool-limit',
  /** Two judges came to different verdicts. */
  'judges-disagree',
  'not-reached',
] as const
export type Outcome = (typeof OUTCOMES)[number]

/** Why a design was refused before any tool saw it. */
export const REFUSALS = [
  /** More than 64 KB of text. */
  'too-long',
  /** A zero byte. */
  'not-text',
  /** A compiler directive other than `timescale and `default_nettype. */
  'directive',
  /** An escaped name: it may hold the signs of comments and strings. */
  'escaped-name',
  /** A system task or function that does more than compute. */
  'system-task',
  'endless-loop',
  /** force or release. */
  'force',
  'bind',
  /** import or export, of packages or of C. */
  'foreign-code',
  /** A program, package, class or the like. */
  'declaration',
  /** wait, fork, events, assertions and what else no hardware has. */
  'simulation-only',
  'delay',
  /** A name in another scope. */
  'hierarchical-name',
  /** An attribute that speaks to the tool. */
  'attribute',
  /** Something outside of any module. */
  'outside-module',
  /** No module, or none with the task's name. */
  'wrong-module',
  /** A module that is there twice. */
  'repeated-module',
  /** A name of the testbench, or an instance of a module that the completion does not bring. */
  'reserved-name',
  /** A module that the task's module does not use: it would be a second top. */
  'stray-module',
  /** A module within itself. */
  'recursion',
] as const
export type Refusal = (typeof REFUSALS)[number]

/** A message of a tool about the completion; `line` counts from 1 in the extracted module. */
export const diagnosticSchema = z.strictObject({
  severity: z.enum(['error', 'warning', 'info']),
  line: z.int().nullable(),
  message: z.string(),
})
export type Diagnostic = z.infer<typeof diagnosticSchema>

/** A statement of the reasoning block and whether the completion's own netlist bears it out. */
export const statementSchema = z.strictObject({
  text: z.string(),
  isTrue: z.boolean(),
  /** It is not true because nothing can be said of it: the netlist does not show it, or the grammar does not know it. */
  isUncheckable: z.literal(true).optional(),
  note: z.string(),
})
export type Statement = z.infer<typeof statementSchema>

export const evidenceSchema = z.strictObject({
  /** One plain sentence for a person. */
  summary: z.string(),
  /** Whether a solver could prove a design that passed equal to the reference for all inputs. */
  proof: z.strictObject({ outcome: z.enum(['proved', 'refuted', 'unknown']), summary: z.string() }).optional(),
  /** With the outcome `refused`. */
  refusal: z.enum(REFUSALS).optional(),
  diagnostics: z.array(diagnosticSchema).optional(),
  statements: z.array(statementSchema).optional(),
  /** Compared and matching cycles of the simulation. */
  cycles: z.int().optional(),
  matchingCycles: z.int().optional(),
  /** First mismatch: inputs, expected and actual outputs, in hexadecimal. */
  counterexample: z
    .strictObject({
      sequence: z.int(),
      cycle: z.int(),
      inputs: z.record(z.string(), z.string()),
      expected: z.record(z.string(), z.string()),
      actual: z.record(z.string(), z.string()),
      /** The cycles around it in the same sequence; `x` where a value is not there. */
      trace: z
        .strictObject({
          firstCycle: z.int(),
          /** Port -> a value for each cycle. */
          inputs: z.record(z.string(), z.array(z.string())),
          /** Port -> a value for each point: two a cycle of a clocked design, before the clock's edge and after it; else one. */
          expected: z.record(z.string(), z.array(z.string())),
          actual: z.record(z.string(), z.array(z.string())),
        })
        .optional(),
    })
    .optional(),
  cellCount: z.int().optional(),
  referenceCellCount: z.int().optional(),
  /** Named deductions of the quality score; `class` is Verilator's name of the kind of flaw, or ours where it has none. */
  deductions: z.array(z.strictObject({ class: z.string().optional(), reason: z.string(), amount: z.number() })).optional(),
})
export type Evidence = z.infer<typeof evidenceSchema>

export const scoreSchema = z.union([
  z.strictObject({ value: z.number().min(0).max(1), outcome: z.enum(OUTCOMES), evidence: evidenceSchema }),
  /** A measure that could not be taken for a reason that the completion cannot cause. */
  z.strictObject({ unscored: z.string() }),
])
export type Score = z.infer<typeof scoreSchema>

export const scoresSchema = z.strictObject({
  compilation: scoreSchema,
  functional: scoreSchema,
  synthesis: scoreSchema,
  reasoning: scoreSchema,
  quality: scoreSchema,
})
export type Scores = z.infer<typeof scoresSchema>

/** What `score` returns for one completion: the scores, the code they are about, the tools that gave them. */
export const scoreReportSchema = z.strictObject({
  scores: scoresSchema,
  /** The extracted module text; empty when there was none. */
  code: z.string(),
  /** The text inside `<reason>`; empty when there was none. */
  reasoning: z.string(),
  /** Tool name -> version. */
  tools: z.record(z.string(), z.string()),
  isFromCache: z.boolean(),
})
export type ScoreReport = z.infer<typeof scoreReportSchema>

export function isScored(score: Score): score is Extract<Score, { value: number }> {
  return 'value' in score
}
