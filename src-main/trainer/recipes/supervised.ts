/**
 * A supervised step before reinforcement learning: one minibatch of training tasks with the answers that their references are. No rollouts, no
 * scores. Source: InstructGPT (Ouyang et al., 2022), whose policy is fine-tuned on demonstrations first.
 */
import type { RecipeState } from '../flow.ts'
import type { Stages, StepTrace } from './stages.ts'

export async function supervisedStep(stages: Stages, learningRate: number, step: number, state: RecipeState): Promise<StepTrace> {
  const sequences = await stages.demonstrations(step, stages.config.minibatchSize)
  const objective = { kind: 'supervised', learningRate, valueLearningRate: 0 } as const
  const updates = [await stages.update({ sequences }, objective)]
  return {
    step,
    isSupervised: true,
    groups: [],
    advantages: [],
    updates,
    equalGroupCount: 0,
    filteredGroupCount: 0,
    roundCount: 0,
    maskedCount: 0,
    overlongPenalty: 0,
    klCoef: state.klCoef,
    state,
    kl: 0,
    learningRate,
    explainedVariance: null,
    isEarlyStopped: false,
    samplerMismatch: null,
  }
}
