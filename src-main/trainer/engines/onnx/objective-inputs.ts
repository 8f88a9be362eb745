/** What a training graph is told beside the tokens: the objective's numbers for each completion token, and its settings. */
import type { Objective } from '../../flow.ts'
import { lossCap, type TokenBatch } from '../../math/objective.ts'
import { LOSS_CAPS, lossOptionsOf, SCALAR_INPUTS, TOKEN_INPUTS } from './model/loss.ts'
import type { TensorData } from './session.ts'

type Scalars = Readonly<Record<(typeof SCALAR_INPUTS)[number], number>>

/** Arrays are padded with zeros to [picked]: a token without weight has no part in anything. */
export function objectiveInputs(flat: TokenBatch, objective: Objective, picked: number): Map<string, TensorData> {
  const padded = (values: Float32Array): Float32Array => {
    const array = new Float32Array(picked)
    array.set(values)
    return array
  }
  if (objective.kind === 'supervised') {
    return new Map([
      ['weights', padded(flat.weights)],
      ['inverse_temperature', Float32Array.of(1)],
    ])
  }
  const tokens: Readonly<Record<(typeof TOKEN_INPUTS)[number], Float32Array>> = {
    old_logprobs: flat.oldLogprobs,
    ref_logprobs: flat.refLogprobs,
    advantages: flat.advantages,
    returns: flat.returns,
    old_values: flat.oldValues,
    weights: flat.weights,
  }
  const scalars: Scalars = {
    inverse_temperature: 1 / objective.temperature,
    ratio_low: 1 - objective.clipEpsilonLow,
    ratio_high: 1 + objective.clipEpsilonHigh,
    kl_coef: objective.klCoef,
    entropy_coef: objective.entropyCoef,
    value_coef: objective.value?.coef ?? 0,
    value_clip: objective.value?.clipEpsilon ?? 1,
  }
  const caps = (): Float32Array => padded(flat.advantages.map((advantage) => lossCap(objective, advantage)))
  return new Map([
    ...(lossOptionsOf(objective).isCapped ? [[LOSS_CAPS, caps()] as const] : []),
    ...TOKEN_INPUTS.map((name) => [name, padded(tokens[name])] as const),
    ...SCALAR_INPUTS.map((name) => [name, Float32Array.of(scalars[name])] as const),
  ])
}
