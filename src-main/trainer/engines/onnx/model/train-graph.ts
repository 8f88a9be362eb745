/**
 * One microbatch as a graph: forward, objective and gradients in a single run. Sequences are padded at the right to [batch, length];
 * completion tokens of all sequences are picked into one flat list, so that no logits of prompts or padding are made.
 */
import { detached, gradients } from '../graph/autodiff.ts'
import { Graph, type Value } from '../graph/graph.ts'
import { MAX_KL_DIFFERENCE, MAX_LOG_RATIO } from '../../../math/objective.ts'
import { causalAttention } from './attention.ts'
import type { ModelConfig } from './config.ts'
import { linear } from './linear.ts'
import { declareModel, hiddenStates, type AdapterOptions, type ModelInputs, reshape } from './llama.ts'
import { targetLogprobs, trainedNextTokens } from './next-token.ts'

/** batch: sequences · length: padded tokens of each · picked: completion tokens, padded. */
export interface Extent {
  readonly batch: number
  readonly length: number
  readonly picked: number
}

export interface TrainGraphOptions {
  /** null trains all weights. */
  readonly adapter: AdapterOptions | null
  readonly hasValueHead: boolean
  readonly objective: 'policy' | 'supervised'
  readonly hasEntropyBonus: boolean
  /** Less memory for a second forward pass; false when left out. */
  readonly isCheckpointed?: boolean
}

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

export const GRADIENT_PREFIX = 'gradient:'

interface Outputs {
  readonly logprobs: Value
  readonly entropies: Value
  readonly values: Value | null
}

/** What picked tokens are given by the weights that are fed: `logprobs` or `values`, [picked]. */
export function buildForwardGraph(config: ModelConfig, extent: Extent, output: 'logprobs' | 'values'): Graph {
  const graph = new Graph()
  const model = declareModel(graph, config, { adapter: null, isTrained: false, hasValueHead: output === 'values' })
  const picked = pickedStates(graph, model, extent)
  const value =
    output === 'values' ? valuesOf(graph, model, picked.states) : targetLogprobs(graph, model, picked.tempered(), picked.targets)
  graph.output(output, value)
  return graph
}

/** Forward, loss and gradients of all trained tensors, as outputs `gradient:<name>`; beside them `logprobs`, `entropies` and `values`, [picked]. */
export function buildTrainGraph(config: ModelConfig, extent: Extent, options: TrainGraphOptions): Graph {
  const { adapter, hasValueHead, objective, hasEntropyBonus, isCheckpointed = false } = options
  const graph = new Graph()
  const model = declareModel(graph, config, { adapter, hasValueHead, isTrained: true, isCheckpointed })
  const { states, tempered, targets } = pickedStates(graph, model, extent)
  const outputs: Outputs = {
    ...trainedNextTokens(graph, model, tempered(), targets, hasEntropyBonus),
    values: hasValueHead ? valuesOf(graph, model, states) : null,
  }
  const loss =
    objective === 'policy' ? policyLoss(graph, outputs, extent, hasEntropyBonus) : supervisedLoss(graph, outputs, extent)
  graph.output('logprobs', outputs.logprobs)
  graph.output('entropies', outputs.entropies)
  if (outputs.values !== null) graph.output('values', outputs.values)
  graph.output('loss', loss)
  const trained = graph.inputs.filter((input) => input.requiresGradient)
  gradients(graph, loss, trained).forEach((gradient, i) => graph.output(GRADIENT_PREFIX + trained[i]!.name, gradient))
  return graph
}

interface PickedStates {
  /** [picked, d]: where the model stands when it says a completion token. */
  readonly states: Value
  readonly targets: Value
  /** The states divided by the temperature: the logits are linear in them, and they are the smaller matrix. */
  tempered(): Value
}

function pickedStates(graph: Graph, model: ModelInputs, { batch, length, picked }: Extent): PickedStates {
  const tokens = graph.input('tokens', [batch * length], { dtype: 'int64' })
  // The position before the completion token, in the flat [batch · length].
  const places = graph.input('places', [picked], { dtype: 'int64' })
  const targets = graph.input('targets', [picked, 1], { dtype: 'int64' })
  const inverseTemperature = graph.input('inverse_temperature', [])
  const hidden = hiddenStates(graph, model, tokens, causalAttention(graph, model.config, { batch, length }))
  const states = graph.apply('gather', [hidden, places])
  return { states, targets, tempered: () => graph.apply('mul', [states, inverseTemperature]) }
}

/** The value head reads the hidden state but does not shape it: on small models a shared gradient hurts the policy. */
function valuesOf(graph: Graph, model: ModelInputs, states: Value): Value {
  return reshape(graph, linear(graph, model, detached(graph, states), 'value_head'), [states.shape[0]!])
}

function weightedSum(graph: Graph, weights: Value, x: Value): Value {
  return graph.apply('reduceSum', [graph.apply('mul', [weights, x])], { axes: [0], keepdims: 0 })
}

function supervisedLoss(graph: Graph, outputs: Outputs, extent: Extent): Value {
  return graph.apply('neg', [weightedSum(graph, graph.input('weights', [extent.picked]), outputs.logprobs)])
}

/** The same as math/objective.ts, token by token. */
function policyLoss(graph: Graph, outputs: Outputs, extent: Extent, hasEntropyBonus: boolean): Value {
  const token = Object.fromEntries(TOKEN_INPUTS.map((name) => [name, graph.input(name, [extent.picked])])) as Record<
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
  const surrogate = neg(min(mul(bounded, token.advantages), mul(ratio, token.advantages)))

  const difference = clamp(sub(token.ref_logprobs, outputs.logprobs), fixed(-MAX_KL_DIFFERENCE), fixed(MAX_KL_DIFFERENCE))
  const kl = sub(sub(exp(difference), difference), fixed(1))
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
