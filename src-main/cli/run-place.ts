/** A checkpoint as a person names it. */
import type { Api } from '#contract/api'
import type { EvaluationRequest } from '#contract/evaluation'
import { Failure } from '#contract/failure'
import type { ModelChoice } from '#contract/playground'
import { findRun } from './find-run.ts'

/** `name`, `name@best`, `name@20`; a name may hold an @ of its own. */
export function placeOf(text: string): { readonly run: string; readonly checkpoint: EvaluationRequest['checkpoint'] } {
  const [, run, place] = /^(.+)@(newest|best|\d+)$/.exec(text) ?? []
  if (run === undefined || place === undefined) return { run: text, checkpoint: 'newest' }
  return { run, checkpoint: place === 'newest' || place === 'best' ? place : Number(place) }
}

/** The checkpoint that is meant. Throws Failure run.missing, run.no-checkpoint, and arguments.invalid where none is known to be best. */
export async function checkpointOf(api: Pick<Api, 'runs.list' | 'models.list'>, text: string): Promise<ModelChoice> {
  const { run, checkpoint } = placeOf(text)
  const { id } = await findRun(api, run)
  if (typeof checkpoint === 'number') return { kind: 'checkpoint', run: id, step: checkpoint }
  const checkpoints = (await api['models.list']()).runs.find((one) => one.run === id)?.checkpoints ?? []
  if (checkpoints.length === 0) throw new Failure('run.no-checkpoint', { run })
  const chosen = checkpoint === 'best' ? checkpoints.find(({ isBest }) => isBest) : checkpoints.at(-1)
  if (chosen !== undefined) return { kind: 'checkpoint', run: id, step: chosen.step }
  const problem = `The run "${run}" was not evaluated at the step of any checkpoint, so that none is known to be best.`
  throw new Failure('arguments.invalid', { problem })
}
