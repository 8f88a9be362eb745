/**
 * A task: one hardware design problem with the reference that decides it.
 * Tasks are stored as JSON lines (`tasks.jsonl`), one task a line.
 */
import { z } from 'zod'
import { SPLITS } from './splits.ts'

export const portSchema = z.strictObject({
  name: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/),
  direction: z.enum(['input', 'output']),
  /** Bits; a scalar port has width 1. */
  width: z.int().min(1).max(4096),
})
export type Port = z.infer<typeof portSchema>

/** One input assignment: port name -> value in hexadecimal, no prefix. Ports left out are 0. */
export const inputVectorSchema = z.record(z.string(), z.string().regex(/^[0-9a-f]+$/))
export type InputVector = z.infer<typeof inputVectorSchema>

export const clockSchema = z.strictObject({ port: z.string(), edge: z.enum(['rising', 'falling']) })
export const resetSchema = z.strictObject({
  port: z.string(),
  kind: z.enum(['sync', 'async']),
  active: z.enum(['high', 'low']),
})

/**
 * How the design is exercised. The plan is public; the random part is drawn from a seed that the completion cannot know
 * (hash of run seed and task id).
 *
 * `directed`: sequences of input vectors, each sequence played from reset in a lane of its own.
 * `randomSequences`: lanes of random vectors, each `cycles` long. A combinational task is a sequential one without clock.
 */
export const stimulusSchema = z.strictObject({
  clock: clockSchema.nullable(),
  reset: resetSchema.nullable(),
  /** Cycles for which reset is held at the start of each sequence; those cycles are not compared. Without a reset: cycles of random inputs instead. */
  resetCycles: z.int().min(0).max(16),
  /** Compared cycles (vectors) in each random sequence. */
  cycles: z.int().min(1).max(4096),
  randomSequences: z.int().min(1).max(256),
  /** Chance that a random cycle asserts reset mid-run, 0..1; tells sync from async reset. */
  midResetChance: z.number().min(0).max(0.5),
  /** Ports whose random bits are 1 with another chance than 0.5, e.g. a rare `load`. */
  bias: z.record(z.string(), z.number().min(0).max(1)),
  directed: z.array(z.array(inputVectorSchema)),
})
export type StimulusPlan = z.infer<typeof stimulusSchema>

/** A file name without folders: whatever is written beside a design must stay beside it. */
const plainFileName = z.string().regex(/^(?!\.)[A-Za-z0-9_.-]{1,120}$/)

/** How the words of a data set's own testbench become a verdict; each is read from whole lines at the end of the output. */
export const VERDICT_RULES = ['mismatch-count', 'design-passed', 'all-tests-passed', 'vector-file'] as const
export type VerdictRule = (typeof VERDICT_RULES)[number]

/** A testbench that came with the data set. It runs in the sandbox only. */
export const ownTestbenchSchema = z.strictObject({
  rule: z.enum(VERDICT_RULES),
  /** Written beside the design; those that are sources are compiled with it, in this order. */
  files: z.array(z.strictObject({ name: plainFileName, text: z.string(), isSource: z.boolean() })).min(1),
  /** Module to start with; null lets the simulator find it. */
  top: z.string().nullable(),
  /** Its own time runs out with the reference as well, so that this says nothing against a design. Found by the self-test. */
  runsOut: z.boolean().optional(),
  /** For `vector-file`: what the testbench must have written to test_vectors.txt. */
  expected: z.string().nullable(),
})
export type OwnTestbench = z.infer<typeof ownTestbenchSchema>

/** Where an imported task came from. */
export const originSchema = z.strictObject({
  layout: z.string(),
  /** File, and line or row in it, counted from 1; 0 = the whole file. */
  file: z.string(),
  row: z.int().min(0),
  licence: z.string().nullable(),
})

export const taskSchema = z.strictObject({
  schemaVersion: z.literal(1),
  id: z.string().min(1).max(200),
  split: z.enum(SPLITS),
  family: z.string().min(1),
  /** What was drawn for this task; two tasks of a family never share all parameters. */
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  difficulty: z.int().min(1).max(5),
  instruction: z.string().min(1).max(20_000),
  moduleName: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/),
  /** Empty when they are not known: then only the task's own testbench can judge. */
  ports: z.array(portSchema),
  /** Verilog source of a module named `moduleName` with exactly `ports`; null where the data set gives none. */
  reference: z.string().min(1).nullable(),
  /** null where there is no reference that the netlist judge can simulate. */
  stimulus: stimulusSchema.nullable(),
  testbench: ownTestbenchSchema.optional(),
  origin: originSchema.optional(),
  /**
   * m0: the best share of matching cycles among the empty, the all-0 and the all-1 module on the reference stimulus, 0..1.
   * The functional score is counted from here, so that doing nothing earns nothing.
   */
  trivialMatch: z.number().min(0).max(1),
})
export type Task = z.infer<typeof taskSchema>

/** A task that the netlist judge can decide: it has a reference, ports and a stimulus plan. */
export interface ReferencedTask extends Task {
  readonly reference: string
  readonly stimulus: StimulusPlan
}

export function isReferenced(task: Task): task is ReferencedTask {
  return task.reference !== null && task.stimulus !== null
}
