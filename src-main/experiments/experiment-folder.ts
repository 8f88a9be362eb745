/** The folder of an experiment: plan, evaluations of the test tasks, report. Each file is whole or not there. */
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { EvaluationReport } from '#contract/evaluation'
import { experimentPlanSchema, type ExperimentPlan, type ExperimentReport, type TestedCheckpoint } from '#contract/experiment'
import { Failure } from '#contract/failure'

const PLAN = 'experiment.json'
const EVALUATIONS = 'evaluations'
const REPORT = 'report.json'

/** What an evaluation of the test tasks is of; run null: the model before training. */
export interface Tested {
  readonly run: string | null
  readonly checkpoint: TestedCheckpoint | null
}

export function createExperimentFolder(root: string, id: string, plan: ExperimentPlan): void {
  mkdirSync(join(root, id, EVALUATIONS), { recursive: true })
  writeWhole(join(root, id, PLAN), `${JSON.stringify(plan, null, 2)}\n`)
}

/** Newest first. */
export function listExperimentIds(root: string): string[] {
  if (!existsSync(root)) return []
  return readdirSync(root)
    .filter((id) => existsSync(join(root, id, PLAN)))
    .sort()
    .reverse()
}

/** Throws Failure experiment.missing. */
export function readPlan(root: string, id: string): ExperimentPlan {
  if (!listExperimentIds(root).includes(id)) throw new Failure('experiment.missing', { experiment: id })
  return experimentPlanSchema.parse(readJson(join(root, id, PLAN)))
}

export function readEvaluation(folder: string, tested: Tested): EvaluationReport | null {
  return readJson(evaluationFile(folder, tested)) as EvaluationReport | null
}

export function writeEvaluation(folder: string, tested: Tested, report: EvaluationReport): void {
  writeWhole(evaluationFile(folder, tested), `${JSON.stringify(report)}\n`)
}

export function readReport(folder: string): ExperimentReport | null {
  return readJson(join(folder, REPORT)) as ExperimentReport | null
}

/** The report last: where it is, the experiment is finished and its other files are there. */
export function writeReport(folder: string, report: ExperimentReport, others: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(others)) writeWhole(join(folder, name), text)
  writeWhole(join(folder, REPORT), `${JSON.stringify(report, null, 2)}\n`)
}

function evaluationFile(folder: string, { run, checkpoint }: Tested): string {
  return join(folder, EVALUATIONS, run === null ? 'base.json' : `${run}-${checkpoint}.json`)
}

function readJson(file: string): unknown {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : null
}

function writeWhole(file: string, text: string): void {
  writeFileSync(`${file}.partial`, text)
  renameSync(`${file}.partial`, file)
}
