/** Evaluations of the test tasks -> what the experiment shows: values, gains over the base model, and who is ahead. */
import type { EvaluationReport } from '#contract/evaluation'
import {
  REPORT_PARTS,
  type ExperimentArm,
  type ExperimentReport,
  type ReportedMeasure,
  type ReportPart,
  type ReportRow,
  type TestedCheckpoint,
} from '#contract/experiment'
import { mean } from '#statistics/pass-at-k'
import { crossedInterval, crossedShareInterval, tableDifference } from '#statistics/seeds-and-tasks'
import { alignedTables, JUDGED_MEASURES, sentence, sentencesBetween, type Side } from './task-tables.ts'

type Spent = NonNullable<ReportRow['spent']>

/** An arm's runs at one of their checkpoints, seed by seed. */
export interface MeasuredArm {
  readonly arm: ExperimentArm
  readonly checkpoint: TestedCheckpoint
  readonly evaluations: readonly EvaluationReport[]
  readonly spent: readonly Spent[]
}

export interface Measured {
  readonly base: EvaluationReport
  readonly arms: readonly MeasuredArm[]
}

/** Throws RangeError when evaluations are not of the same tasks. */
export function experimentReport({ base, arms }: Measured): ExperimentReport {
  const unseen = new Set(base.unseenFamilies)
  const countOf = (part: ReportPart): number => base.tasks.filter(({ family }) => isOfPart(part, unseen, family)).length
  const trained = arms.filter(({ checkpoint }) => checkpoint === 'newest')
  const evaluations = [base, ...arms.flatMap((arm) => arm.evaluations)]
  return {
    taskCount: base.taskCount,
    partCounts: { all: countOf('all'), known: countOf('known'), unseen: countOf('unseen') },
    rows: [baseRow(base), ...arms.map((arm) => armRow(arm, base))],
    verdicts: verdictsOf(base, trained),
    trainingSeconds: trained.flatMap(({ spent }) => spent).reduce((sum, { seconds }) => sum + seconds, 0),
    testingSeconds: evaluations.reduce((sum, { seconds }) => sum + seconds, 0),
  }
}

function baseRow(base: EvaluationReport): ReportRow {
  return {
    arm: null,
    title: 'Base model',
    checkpoint: null,
    seeds: [],
    steps: [],
    spent: null,
    parts: inParts(base, (measure, isTask) => {
      const [values] = alignedTables([[base]], measure, isTask)
      return values === undefined ? null : { value: crossedShareInterval(values), gain: null }
    }),
  }
}

function armRow({ arm, checkpoint, evaluations, spent }: MeasuredArm, base: EvaluationReport): ReportRow {
  const meanOf = (kind: keyof Spent): number => mean(spent.map((of) => of[kind]))
  return {
    arm: arm.name,
    title: arm.title,
    checkpoint,
    seeds: arm.seeds,
    steps: evaluations.map(({ step }) => step ?? 0),
    spent: { rollouts: meanOf('rollouts'), tokens: meanOf('tokens'), seconds: meanOf('seconds') },
    parts: inParts(base, (measure, isTask) => {
      const [before, after] = alignedTables([[base], evaluations], measure, isTask)
      if (before === undefined || after === undefined) return null
      return { value: crossedShareInterval(after), gain: crossedInterval(tableDifference(before, after)) }
    }),
  }
}

type IsTask = (family: string) => boolean
type MeasuresOfPart = Readonly<Record<string, ReportedMeasure>>

function inParts(
  base: EvaluationReport,
  measured: (measure: string, isTask: IsTask) => ReportedMeasure | null,
): Partial<Record<ReportPart, MeasuresOfPart>> {
  const unseen = new Set(base.unseenFamilies)
  const names = Object.keys(base.tasks[0]?.values ?? {})
  const of = (part: ReportPart): MeasuresOfPart =>
    Object.fromEntries(
      names.flatMap((name) => {
        const found = measured(name, (family) => isOfPart(part, unseen, family))
        return found === null ? [] : [[name, found] as const]
      }),
    )
  return Object.fromEntries(
    REPORT_PARTS.map((part) => [part, of(part)] as const).filter(([, found]) => Object.keys(found).length > 0),
  )
}

function isOfPart(part: ReportPart, unseen: ReadonlySet<string>, family: string): boolean {
  return part === 'all' || unseen.has(family) === (part === 'unseen')
}

/** Every arm against the base model, then every arm against those before it. */
function verdictsOf(base: EvaluationReport, arms: readonly MeasuredArm[]): string[] {
  const sides = arms.map(({ arm, evaluations }): Side => ({ title: arm.title, evaluations, isBase: false }))
  const start: Side = { title: 'the base model', evaluations: [base], isBase: true }
  return JUDGED_MEASURES.flatMap((judged) => [
    ...sides.flatMap((side) => sentence(judged, start, side)),
    ...sentencesBetween(judged, sides),
  ])
}
