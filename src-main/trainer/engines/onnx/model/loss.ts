/** What a training graph minimises, over the completion tokens that were picked. */
import type { KlEstimator } from '#contract/algorithm'
import type { Objective } from '../../../flow.ts'
import type { Graph, Value } from '../graph/graph.ts'
import { MAX_KL_DIFFERENCE, MAX_LOG_RATIO } from '../../../math/objective.ts'

/** Per-token inputs of the objective, all [picked]. */
export const TOKEN_INPUTS = ['old_logprobs', 'ref_logprobs', 'advantages', 'returns', 'old_values', 'weights'] as const
/** Scalar inputs of the objective. */
export const SCALAR_INPUTS = [
  'inverse_temperature',
  'ratio_low',
  'ratio_high',
  'kl_coef',
  'entropy_coef',
  'value_coef',
  'value_clip',
] as const

/** Token input of the dual clip. */
export const LOSS_CAPS = 'loss_caps'

/** Parts of a policy's loss that are there only where they are asked for. */
export interface LossOptions {
  readonly klEstimator: KlEstimator
  /** A further input `loss_caps`, [picked]: the most that each token's surrogate may be. */
  readonly isCapped: boolean
}
export const PLAIN_LOSS: LossOptions = { klEstimator: 'k3', isCapped: false }

export function lossOptionsOf(objective: Objective): LossOptions {
  if (objective.kind === 'supervised') return PLAIN_LOSS
  const { klCoef, klEstimator = 'k3', dualClip = null } = objective
  return { klEstimator: klCoef === 0 ? 'k3' : klEstimator, isCapped: dualClip !== null }
}

/** Of the completion tokens, [picked] each. */
export interface Outputs {
  readonly logprobs: Value
  readonly entropies: Value
  readonly values: Value | null
}

/** The same as math/objective.ts, token by token. */
export function policyLoss(
  graph: Graph,
  outputs: Outputs,
  picked: number,
  hasEntropyBonus: boolean,
  { klEstimator, isCapped }: LossOptions = PLAIN_LOSS,
): Value {
  const token = Object.fromEntries(TOKEN_INPUTS.map((name) => [name, graph.input(name, [picked])])) as Record<
    (typeof TOKEN_INPUTS)[number],
    Value
  >
  const scalar = Object.fromEntries(
    SCALAR_INPUTS.filter((name) => name !== 'inverse_temperature').map((name) => [name, graph.input(name, [])]),
  ) as Record<Exclude<(typeof SCALAR_INPUTS)[number], 'inverse_temperature'>, Value>
  const { sub, mul, add, neg, min, max, exp, clamp } = arithmetic(graph)
  const fixed = graph.scalar.bind(graph)

  const ratio = exp(clamp(sub(outputs.logprobs, token.old_logprobs), fixed(-MAX_LOG_RATIO), fixed(MAX_LOG_RATIO)))
  const bounded = clamp(ratio, scalar.ratio_low, scalar.ratio_high)
  // At a tie the second operand takes the gradient: the free ratio, as long as it is not clipped.
  const uncapped = neg(min(mul(bounded, token.advantages), mul(ratio, token.advantages)))
  const surrogate = isCapped ? min(graph.input(LOSS_CAPS, [picked]), uncapped) : uncapped

  const kl = klOf(graph, outputs.logprobs, token.ref_logprobs, klEstimator)
  let perToken = add(surrogate, mul(kl, scalar.kl_coef))
  if (hasEntropyBonus) perToken = sub(perToken, mul(outputs.entropies, scalar.entropy_coef))

  if (outputs.values !== null) {
    const square = (x: Value): Value => mul(x, x)
    const near = clamp(sub(outputs.values, token.old_values), neg(scalar.value_clip), scalar.value_clip)
    const free = square(sub(outputs.values, token.returns))
    const clipped = square(sub(add(token.old_values, near), token.returns))
    perToken = add(perToken, mul(mul(max(clipped, free), fixed(0.5)), scalar.value_coef))
  }
  return weightedSum(graph, token.weights, perToken)
}

/** klEstimate of math/objective.ts, [picked]. */
function klOf(graph: Graph, logprobs: Value, refLogprobs: Value, estimator: KlEstimator): Value {
  const { sub, mul, exp, clamp } = arithmetic(graph)
  if (estimator === 'k1') return sub(logprobs, refLogprobs)
  const fixed = graph.scalar.bind(graph)
  if (estimator === 'k2') {
    const difference = sub(logprobs, refLogprobs)
    return mul(mul(difference, difference), fixed(0.5))
  }
  const difference = clamp(sub(refLogprobs, logprobs), fixed(-MAX_KL_DIFFERENCE), fixed(MAX_KL_DIFFERENCE))
  return sub(sub(exp(difference), difference), fixed(1))
}

function weightedSum(graph: Graph, weights: Value, x: Value): Value {
  return graph.apply('reduceSum', [graph.apply('mul', [weights, x])], { axes: [0], keepdims: 0 })
}

/** Mean negative log-prob, by weight. `picked`: completion tokens, padded. */
export function supervisedLoss(graph: Graph, outputs: Outputs, picked: number): Value {
  return graph.apply('neg', [weightedSum(graph, graph.input('weights', [picked]), outputs.logprobs)])
}

function arithmetic(graph: Graph) {
  const pair =
    (name: 'add' | 'sub' | 'mul' | 'min' | 'max') =>
    (a: Value, b: Value): Value =>
      graph.apply(name, [a, b])
  const [min, max] = [pair('min'), pair('max')]
  return {
    add: pair('add'),
    sub: pair('sub'),
    mul: pair('mul'),
    min,
    max,
    neg: (a: Value): Value => graph.apply('neg', [a]),
    exp: (a: Value): Value => graph.apply('exp', [a]),
    /** The value stands second, so that inside the bounds and on them the gradient passes. */
    clamp: (a: Value, low: Value, high: Value): Value => min(high, max(low, a)),
  }
}
