/** What the model says of given next tokens: log-probs and entropies, with gradients that never spread over [rows, vocabulary]. */
import { after } from '../graph/autodiff.ts'
import type { Graph, Value } from '../graph/graph.ts'
import { headWeight, logits, type ModelInputs, reshape } from './llama.ts'

/** Log-prob of each row's target, [rows], from hidden states [rows, d] and targets [rows, 1]. Forward only. */
export function targetLogprobs(graph: Graph, model: ModelInputs, states: Value, targets: Value): Value {
  const all = graph.apply('logSoftmax', [logits(graph, model, states)])
  return reshape(graph, graph.apply('gatherElements', [all, targets]), [states.shape[0]!])
}

/**
 * Log-prob of each row's target and entropy of each row, [rows] both, with their gradients.
 *
 * With the head W [vocabulary, d], logits z = h Wᵀ, shares p = softmax(z), row means m = p W [rows, d] and z̄ = Σ p z = h · m:
 * entropy = log Σ exp z - z̄, ∂logprob/∂h = W[target] - m, ∂entropy/∂h = z̄ m - (p ∘ z) W, and for a head that is trained
 * ∂logprob/∂W = (onehot - p)ᵀ h, ∂entropy/∂W = (p ∘ (z̄ - z))ᵀ h. One product with p serves the entropy and the gradient, and what scales
 * a row scales [rows, d].
 */
export function trainedNextTokens(
  graph: Graph,
  model: ModelInputs,
  states: Value,
  targets: Value,
  hasEntropyBonus: boolean,
): { logprobs: Value; entropies: Value } {
  const rows = states.shape[0]!
  const head = headWeight(model)
  const { mul, sub, times, column, row } = shorthands(graph, rows)
  const places = reshape(graph, targets, [rows])

  const z = logits(graph, model, states)
  const logShares = graph.apply('logSoftmax', [z])
  const shares = graph.apply('exp', [logShares])
  const means = times(shares, head, 0)
  const meanLogit = graph.apply('reduceSum', [mul(states, means)], { axes: [1], keepdims: 1 })
  const logprob = graph.apply('gatherElements', [logShares, targets])
  const logSum = sub(graph.apply('gatherElements', [z, targets]), logprob)

  const logprobs = graph.custom(row(logprob), [states, head], ({ gradient }) => {
    const scale = column(gradient)
    const scaled = mul(states, scale)
    const ofTargets = graph.apply('gather', [head, places])
    const toHead = head.requiresGradient ? sub(rowsAt(graph, head, targets, scaled), times(shares, scaled, 1)) : null
    return inTurn(graph, states, () => mul(sub(ofTargets, means), scale), toHead)
  })
  const entropy = row(sub(logSum, meanLogit))
  if (!hasEntropyBonus) return { logprobs, entropies: entropy }
  const entropies = graph.custom(entropy, [states, head], ({ gradient }) => {
    const scale = column(gradient)
    const pull = mul(shares, sub(meanLogit, z))
    const toHead = head.requiresGradient ? times(pull, mul(states, scale), 1) : null
    return inTurn(graph, states, () => mul(times(pull, head, 0), scale), toHead)
  })
  return { logprobs, entropies }
}

/**
 * The gradients of states and head, the head's first: a tied head's gradient is added to that of the embedding at the very end, and would keep
 * [rows, vocabulary] waiting until then.
 */
function inTurn(graph: Graph, states: Value, toStates: () => Value, toHead: Value | null): [Value | null, Value | null] {
  if (!states.requiresGradient) return [null, toHead]
  return [toHead === null ? toStates() : after(graph, toStates(), toHead), toHead]
}

/** Zeros as the table, with each row added at its index: the adjoint of picking rows. */
function rowsAt(graph: Graph, table: Value, indices: Value, rows: Value): Value {
  return graph.apply('scatterAdd', [graph.apply('expand', [graph.scalar(0)], { shape: table.shape }), indices, rows])
}

function shorthands(graph: Graph, rows: number) {
  return {
    mul: (a: Value, b: Value): Value => graph.apply('mul', [a, b]),
    sub: (a: Value, b: Value): Value => graph.apply('sub', [a, b]),
    times: (a: Value, b: Value, transA: number): Value => graph.apply('matmul', [a, b], { transA, transB: 0, alpha: 1 }),
    column: (x: Value): Value => reshape(graph, x, [rows, 1]),
    row: (x: Value): Value => reshape(graph, x, [rows]),
  }
}
