/**
 * An experiment: arms x seeds on the same tasks with equal budgets, then one reading of the test tasks. Its plan is a file; where it stands is derived
 * from its runs and from the evaluations that lie in its folder, so that it may be killed and gone on with at any time.
 */
import { z } from 'zod'
import type { ErrorRecord, RunStatus } from './api.ts'
import { budgetSchema, type Budget } from './run-config.ts'

const word = z.string().regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'must be small letters, digits and dashes')

const armSchema = z.strictObject({
  /** Part of the names of its runs. */
  name: word,
  title: z.string().min(1).max(60),
  preset: z.string().min(1),
  seeds: z.array(z.int().min(0).max(0xffff_ffff)).min(1).max(32),
  /** What differs from the preset: dotted paths, e.g. `optimizer.learningRate`. */
  overrides: z.record(z.string(), z.unknown()).default({}),
  /** Instead of the budget: trains for as long as the runs of this arm took, in the mean. */
  asLongAs: word.nullable().default(null),
})
export type ExperimentArm = z.infer<typeof armSchema>

export const experimentPlanSchema = z
  .strictObject({
    schemaVersion: z.literal(1),
    name: word,
    title: z.string().min(1).max(120),
    description: z.string(),
    arms: z.array(armSchema).min(1).max(16),
    /** Of each run. With a bound of completions its steps follow from it, and with them the learning rate's schedule. */
    budget: budgetSchema,
    /** Of the test tasks, at the end. */
    evaluation: z.strictObject({
      taskCount: z.int().min(1).max(100_000),
      /** Completions of each task for pass@1 and the rates. */
      samples: z.int().min(1).max(64),
      /** Completions of each task for pass@k. */
      draws: z.int().min(0).max(256),
      /** The same for the base model and for every run, so that completions pair. */
      seed: z.int().min(0).max(0xffff_ffff),
    }),
  })
  .superRefine(({ arms }, context) => {
    const refuse = (arm: number, field: string, message: string): void =>
      context.addIssue({ code: 'custom', path: ['arms', arm, field], message })
    arms.forEach(({ name, seeds, asLongAs }, i) => {
      if (arms.findIndex((arm) => arm.name === name) < i) refuse(i, 'name', `two arms are called "${name}"`)
      if (new Set(seeds).size < seeds.length) refuse(i, 'seeds', 'a seed comes twice')
      const leader = arms.find((arm) => arm.name === asLongAs)
      if (asLongAs !== null && (leader === undefined || leader.asLongAs !== null))
        refuse(i, 'asLongAs', `"${asLongAs}" is no arm with a budget of its own`)
    })
  })
export type ExperimentPlan = z.infer<typeof experimentPlanSchema>

/** Which of a run's checkpoints; best: by pass@1 on the validation tasks. */
export const TESTED_CHECKPOINTS = ['newest', 'best'] as const
export type TestedCheckpoint = (typeof TESTED_CHECKPOINTS)[number]

export interface ExperimentRun {
  readonly arm: string
  readonly seed: number
  readonly run: string
  /** waiting: not made yet, as it trains as long as another arm. */
  readonly status: RunStatus | 'waiting'
  readonly step: number
  readonly steps: number
  /** Wall time of the steps so far. */
  readonly seconds: number
}

/** training -> testing -> finished; interrupted: it needs a person. */
export type ExperimentPhase = 'training' | 'testing' | 'finished' | 'interrupted'

export interface ExperimentState {
  readonly id: string
  readonly plan: ExperimentPlan
  /** ISO-UTC; null where its folder does not say. */
  readonly startedAt: string | null
  readonly phase: ExperimentPhase
  /** Somebody works on it in this workbench. */
  readonly isDriven: boolean
  readonly problem: ErrorRecord | null
  readonly runs: readonly ExperimentRun[]
  /** Evaluations of the test tasks; seconds: wall time of those that are done. */
  readonly tested: { readonly done: number; readonly total: number; readonly seconds: number }
  readonly report: ExperimentReport | null
  /** Where plan, evaluations and report lie. */
  readonly folder: string
}

/** 95 % */
export interface ReportedInterval {
  readonly mean: number
  readonly low: number
  readonly high: number
}

export interface ReportedMeasure {
  readonly value: ReportedInterval
  /** Over the base model, paired by task; null for the base model itself. */
  readonly gain: ReportedInterval | null
}

/** all tasks, or those of families that training tasks show, or do not show. */
export const REPORT_PARTS = ['all', 'known', 'unseen'] as const
export type ReportPart = (typeof REPORT_PARTS)[number]

export interface ReportRow {
  /** null: the base model. */
  readonly arm: string | null
  readonly title: string
  readonly checkpoint: TestedCheckpoint | null
  readonly seeds: readonly number[]
  /** Step of the checkpoint of each seed. */
  readonly steps: readonly number[]
  /** Mean over the seeds. */
  readonly spent: Readonly<Record<keyof Budget, number>> | null
  /** Measure (`pass@1`, `near_greedy/pass@1`, `compile_rate`, …) -> what was measured; parts without tasks are left out. */
  readonly parts: Readonly<Partial<Record<ReportPart, Readonly<Record<string, ReportedMeasure>>>>>
}

export interface ExperimentReport {
  readonly taskCount: number
  readonly partCounts: Readonly<Record<ReportPart, number>>
  readonly rows: readonly ReportRow[]
  /** Who is ahead, a sentence for each rate and pair, of the newest checkpoints. */
  readonly verdicts: readonly string[]
  /** Wall time of all steps of all runs, and of the evaluations of the test tasks. */
  readonly trainingSeconds: number
  readonly testingSeconds: number
}
