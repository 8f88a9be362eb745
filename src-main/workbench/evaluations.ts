/** Evaluations outside of a run. */
import type { EvaluationRequest } from '#contract/evaluation'
import { Failure } from '#contract/failure'
import type { RunConfig } from '#contract/run-config'
import type { EvaluationOrder } from '#contract/service'

/** The model that a run began with. */
const OWN = 'own'

/** `configOfRun` and `directoryOfRun` are asked when a run is named. Throws Failure arguments.invalid. */
export async function evaluationOrder(
  request: EvaluationRequest,
  base: RunConfig,
  configOfRun: (id: string) => Promise<RunConfig>,
  directoryOfRun: (id: string) => string,
): Promise<EvaluationOrder> {
  const { model, run, split } = request
  if ((model === null) === (run === null)) {
    throw new Failure('arguments.invalid', { problem: 'Name either a model or a run to evaluate.' })
  }
  // A plain model has no adapter; one that is not trained is the model itself, whatever its size.
  const config = run === null ? { ...base, model: model! } : await configOfRun(run)
  return {
    config: {
      ...config,
      seed: request.seed,
      dataset: { id: request.dataset, hash: '' },
      evaluation: { every: 0, taskCount: request.taskCount, samples: request.samples },
    },
    run: run === null ? null : { directory: directoryOfRun(run), checkpoint: request.checkpoint },
    split,
    base: request.base === OWN ? (run === null ? null : config.model) : request.base,
    draws: request.draws,
  }
}
