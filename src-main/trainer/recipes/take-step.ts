/** The one switch from a step to its recipe. */
import type { RecipeState } from '../flow.ts'
import { grpoStep } from './grpo.ts'
import { ppoStep } from './ppo.ts'
import { reinforcePlusPlusStep } from './reinforce-plus-plus.ts'
import { rlooStep } from './rloo.ts'
import { supervisedStep } from './supervised.ts'
import type { Stages, StepTrace } from './stages.ts'

export function takeRecipeStep(stages: Stages, step: number, state: RecipeState): Promise<StepTrace> {
  const { algorithm, supervised } = stages.config
  if (supervised !== null && step <= supervised.steps) return supervisedStep(stages, supervised.learningRate, step, state)
  switch (algorithm.name) {
    case 'grpo':
      return grpoStep(stages, algorithm, step)
    case 'ppo':
      return ppoStep(stages, algorithm, step, state)
    case 'rloo':
      return rlooStep(stages, algorithm, step)
    case 'reinforce_plus_plus':
      return reinforcePlusPlusStep(stages, algorithm, step)
  }
}
