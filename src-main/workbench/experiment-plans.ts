/** The plans of experiments that ship with VeriTune. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { experimentPlanSchema, type ExperimentPlan } from '#contract/experiment'
import { Failure } from '#contract/failure'

/** Throws Failure experiment.unknown. */
export function planNamed(name: string, resourcesPath: string): ExperimentPlan {
  const folder = join(resourcesPath, 'experiments')
  const known = readdirSync(folder).flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -'.json'.length)] : []))
  if (!known.includes(name)) throw new Failure('experiment.unknown', { name, known: known.join(', ') })
  return experimentPlanSchema.parse(JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')))
}
