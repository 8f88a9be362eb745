/**
 * One microbatch as a graph: forward, objective and gradients in a single run. Sequences are padded at the right to [batch, length];
 * completion tokens of all sequences are picked into one flat list, so that no logits of prompts or padding are made.
 */
import { detached, gradients } from '../graph/autodiff.ts'
import { Graph, type Value } from '../graph/graph.ts'
import { MAX_KL_DIFFERENCE, MAX_LOG_RATIO } from '../../../math/objective.ts'
import type { ModelConfig } from './config.ts'
import { causalAttention, declareModel, hiddenStates, linear, logits, type ModelInputs, reshape } from './llama.ts'
import { VALUE_HEAD } from './weights.ts'

/** batch: sequences · length: padded tokens of each · picked: completion tokens, padded. */
export interface Extent {
  readonly batch: number
  readonly length: number
  readonly picked: number
}

export interface GraphOptions {
  readonly loraRank: number | null
  readonly hasValueHead: boolean
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

/** Log-probs, entropies and values of picked tokens: `logprobs`, `entropies`, `values`, each [picked]. Forward only. */
export function buildForwardGraph(config: ModelConfig, extent: Extent, options: GraphOptions): Graph {
  const graph = new Graph()
  const model = declareModel(graph, config, { ...options, isTrained: false })
  emit(graph, pickedOutputs(graph, model, extent, options))
  return graph
}

/** Forward, loss and gradients of all trained tensors, as outputs `gradient:<name>`. */
export function buildTrainGraph(
  config: ModelConfig,
  extent: Extent,
  options: GraphOptions,
  kind: 'policy' | 'supervised',
  hasEntropyBonus: boolean,
): Graph {
  const graph = new Graph()
  const model = declareModel(graph, config, { ...options, isTrained: true })
  const outputs = pickedOutputs(graph, model, extent, options)
  const loss = kind === 'policy' ? policyLoss(graph, outputs, extent, hasEntropyBonus) : supervisedLoss(graph, outputs, extent)
  emit(graph, outputs)
  graph.output('loss', loss)
  const trained = graph.inputs.filter((input) => input.requiresGradient)
  gradients(graph, loss, trained).forEach((gradient, i) => graph.output(GRADIENT_PREFIX + trained[i]!.name, gradient))
  return graph
}

function emit(graph: Graph, outputs: Outputs): void {
  graph.output('logprobs', outputs.logprobs)
  graph.output('entropies', outputs.entropies)
  if (outputs.values !== null) graph.output('values', outputs.values)
}

function pickedOutputs(graph: Graph, model: ModelInputs, extent: Extent, options: GraphOptions): Outputs {
  const { batch, length, picked } = extent
  const tokens = graph.input('tokens', [batch * length], { dtype: 'int64' })
  // Where the model stands when it says a completion token: the position before it, in the flat [batch · length].
  const places = graph.input('places', [picked], { dtype: 'int64' })
  const targets = graph.input('targets', [picked, 1], { dtype: 'int64' })
  const inverseTemperature = graph.input('inverse_temperature', [])

  const hidden = hiddenStates(graph, model, tokens, causalAttention(graph, model.config, { batch, length }))
  const states = graph.apply('gather', [hidden, places])
  const scaled = graph.apply('mul', [logits(graph, model, states), inverseTemperature])
  const all = graph.apply('logSoftmax', [scaled])
  const entropy = graph.apply('reduceSum', [graph.apply('mul', [graph.apply('exp', [all]), all])], { axes: [1], keepdims: 0 })
  return {
    logprobs: reshape(graph, graph.apply('gatherElements', [all, targets]), [picked]),
    entropies: graph.apply('neg', [entropy]),
    values: options.hasValueHead ? valuesOf(graph, model, states, picked) : null,
  }
}

/** The value head reads the hidden state but does not shape it: on small models a shared gradient hurts the policy. */
function valuesOf(graph: Graph, model: ModelInputs, states: Value, picked: number): Value {
  const product = linear(graph, model, detached(graph, states), 'value_head')
  return reshape(graph, graph.apply('add', [product, model.weights.get(VALUE_HEAD.bias)!]), [picked])
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
