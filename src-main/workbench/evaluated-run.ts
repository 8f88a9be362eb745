/** A run with what a comparison asks of it: its settings, its origin, and one of its evaluations task by task. */
import type { RunDetail } from '#contract/api'
import type { ServiceClient } from '#launch/service-client'
import type { Runs } from '#runs/runs'
import type { ComparedRun } from './compare-runs.ts'

/** step: of the evaluation; left out: it has none. */
export async function evaluatedRun(
  { runs, service }: { readonly runs: Runs; readonly service: ServiceClient },
  { summary: { id, origin }, config }: Pick<RunDetail, 'summary' | 'config'>,
  step: number | undefined,
): Promise<ComparedRun> {
  const stored = (at: number) => service.call('evaluations.stored', runs.directory(id), at, config.evaluation.samples)
  return { id, config, origin, evaluation: step === undefined ? null : await stored(step) }
}
