/** The plans of experiments that ship with VeriTune, and those that people give. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { experimentPlanSchema, type ExperimentPlan } from '#contract/experiment'
import { Failure } from '#contract/failure'
import { invalidConfig } from './presets.ts'

const FOLDER = 'experiments'

export function readPlans(resourcesPath: string): ExperimentPlan[] {
  return planNames(resourcesPath).map((name) => readPlan(name, resourcesPath))
}

/** A plan by its name, or one that is given, checked. Throws Failure experiment.unknown, config.invalid (with the field as a dotted path). */
export function wholePlan(given: string | ExperimentPlan, resourcesPath: string): ExperimentPlan {
  if (typeof given === 'string') return planNamed(given, resourcesPath)
  const parsed = experimentPlanSchema.safeParse(given)
  if (!parsed.success) throw invalidConfig(parsed.error)
  return parsed.data
}

function planNamed(name: string, resourcesPath: string): ExperimentPlan {
  const known = planNames(resourcesPath)
  if (!known.includes(name)) throw new Failure('experiment.unknown', { name, known: known.join(', ') })
  return readPlan(name, resourcesPath)
}

function planNames(resourcesPath: string): string[] {
  const files = readdirSync(join(resourcesPath, FOLDER)).sort()
  return files.flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -'.json'.length)] : []))
}

function readPlan(name: string, resourcesPath: string): ExperimentPlan {
  return experimentPlanSchema.parse(JSON.parse(readFileSync(join(resourcesPath, FOLDER, `${name}.json`), 'utf8')))
}
