/** The forward pass of a Llama model as graph nodes, with optional LoRA adapters. */
import type { Graph, Value } from '../graph/graph.ts'
import type { ModelConfig } from './config.ts'
import { adapterNames, linearLayers, VALUE_HEAD, weightShapes } from './weights.ts'

/** Name of the scalar input that scales the adapter; 0 is the reference policy. */
export const ADAPTER_SCALE = 'adapter_scale'

export interface ModelInputs {
  readonly config: ModelConfig
  readonly weights: ReadonlyMap<string, Value>
  /** null: no adapter. */
  readonly adapterScale: Value | null
}

export interface ModelInputOptions {
  readonly loraRank: number | null
  readonly isTrained: boolean
  readonly hasValueHead: boolean
}

/** Declares all weights as inputs. With an adapter only the adapter is trained; without, all weights are. */
export function declareModel(graph: Graph, config: ModelConfig, options: ModelInputOptions): ModelInputs {
  const weights = new Map<string, Value>()
  const { loraRank, isTrained, hasValueHead } = options
  for (const [name, shape] of weightShapes(config)) {
    weights.set(name, graph.input(name, shape, { isTrained: isTrained && loraRank === null }))
  }
  if (hasValueHead) {
    weights.set(VALUE_HEAD.weight, graph.input(VALUE_HEAD.weight, [1, config.hiddenSize], { isTrained }))
    weights.set(VALUE_HEAD.bias, graph.input(VALUE_HEAD.bias, [1], { isTrained }))
  }
  if (loraRank === null) return { config, weights, adapterScale: null }
  for (const { name, inputs, outputs } of linearLayers(config)) {
    const { a, b } = adapterNames(name)
    weights.set(a, graph.input(a, [loraRank, inputs], { isTrained }))
    weights.set(b, graph.input(b, [outputs, loraRank], { isTrained }))
  }
  return { config, weights, adapterScale: graph.input(ADAPTER_SCALE, []) }
}

/** x [rows, inputs] -> [rows, outputs]: x Wᵀ, plus scale · x Aᵀ Bᵀ with an adapter. */
export function linear(graph: Graph, model: ModelInputs, x: Value, name: string): Value {
  const times = (left: Value, weight: string): Value =>
    graph.apply('matmul', [left, model.weights.get(weight)!], { transA: 0, transB: 1, alpha: 1 })
  const y = times(x, `${name}.weight`)
  const { a, b } = adapterNames(name)
  if (model.adapterScale === null || !model.weights.has(a)) return y
  const scaled = graph.apply('mul', [times(x, a), model.adapterScale])
  return graph.apply('add', [y, times(scaled, b)])
}

export interface Attention {
  /** Queries, keys and values of the new tokens, flat [rows, heads·size], to the attention's result [rows, heads·size]. */
  (layer: number, q: Value, k: Value, v: Value): Value
}

/** tokens [rows] -> hidden [rows, d] after the last norm. `attend` decides what a token sees. */
export function hiddenStates(graph: Graph, model: ModelInputs, tokens: Value, attend: Attention): Value {
  const { config, weights } = model
  let x = graph.apply('gather', [weights.get('model.embed_tokens.weight')!, tokens])
  for (let layer = 0; layer < config.layerCount; layer++) {
    const at = `model.layers.${layer}`
    const toAttention = normalised(graph, model, x, `${at}.input_layernorm`)
    const [q, k, v] = ['q_proj', 'k_proj', 'v_proj'].map((part) => linear(graph, model, toAttention, `${at}.self_attn.${part}`))
    const attended = attend(layer, q!, k!, v!)
    x = graph.apply('add', [x, linear(graph, model, attended, `${at}.self_attn.o_proj`)])
    const toMlp = normalised(graph, model, x, `${at}.post_attention_layernorm`)
    const gate = linear(graph, model, toMlp, `${at}.mlp.gate_proj`)
    const activated = graph.apply('mul', [gate, graph.apply('sigmoid', [gate])])
    const inner = graph.apply('mul', [activated, linear(graph, model, toMlp, `${at}.mlp.up_proj`)])
    x = graph.apply('add', [x, linear(graph, model, inner, `${at}.mlp.down_proj`)])
  }
  return normalised(graph, model, x, 'model.norm')
}

/** hidden [rows, d] -> logits [rows, vocabulary] */
export function logits(graph: Graph, model: ModelInputs, hidden: Value): Value {
  const head = model.weights.get(model.config.isTied ? 'model.embed_tokens.weight' : 'lm_head.weight')!
  return graph.apply('matmul', [hidden, head], { transA: 0, transB: 1, alpha: 1 })
}

function normalised(graph: Graph, model: ModelInputs, x: Value, name: string): Value {
  return graph.apply('rmsNorm', [x, model.weights.get(`${name}.weight`)!], { epsilon: model.config.normEpsilon })
}

/** Tables of cosines and sines for rotary positions 0..count-1: two [count, headSize/2]. Source: the RoFormer paper. */
export function ropeTables(graph: Graph, config: ModelConfig, count: number): { cos: Value; sin: Value } {
  const half = config.headSize / 2
  const cos = new Float32Array(count * half)
  const sin = new Float32Array(count * half)
  for (let position = 0; position < count; position++) {
    for (let i = 0; i < half; i++) {
      const angle = position / config.ropeTheta ** ((2 * i) / config.headSize)
      cos[position * half + i] = Math.cos(angle)
      sin[position * half + i] = Math.sin(angle)
    }
  }
  return { cos: graph.constant(cos, [count, half]), sin: graph.constant(sin, [count, half]) }
}

/** Added to a score that must not count. Large enough for exp to give 0, small enough for no infinity. */
export const MASKED = -1e9

/**
 * Causal attention inside sequences of equal padded length [batch, length]. Padding stands at the right, so that causality alone hides it.
 * `onKeys` is told the rotated keys and the values, [batch, kvHeads, length, size] each.
 */
export function causalAttention(
  graph: Graph,
  config: ModelConfig,
  extent: { batch: number; length: number },
  onKeys?: (layer: number, keys: Value, values: Value) => void,
): Attention {
  const { batch, length } = extent
  const { headSize, keyValueHeadCount: kv } = config
  const group = config.headCount / kv
  const tables = ropeTables(graph, config, length)
  const positions = graph.constant(
    BigInt64Array.from({ length: batch * length }, (_, i) => BigInt(i % length)),
    [batch, length],
  )
  const mask = graph.constant(
    Float32Array.from({ length: length * length }, (_, i) => (i % length > Math.floor(i / length) ? MASKED : 0)),
    [1, 1, 1, length, length],
  )
  const rotated = (x: Value, heads: number): Value =>
    graph.apply('rope', [reshape(graph, x, [batch, length, heads * headSize]), positions, tables.cos, tables.sin])
  const perHead = (x: Value): Value =>
    graph.apply('transpose', [reshape(graph, x, [batch, length, kv, headSize])], { permutation: [0, 2, 1, 3] })

  return (layer, q, k, v) => {
    const queries = graph.apply(
      'transpose',
      [reshape(graph, rotated(q, config.headCount), [batch, length, kv, group, headSize])],
      {
        permutation: [0, 2, 3, 1, 4],
      },
    )
    const keys = perHead(rotated(k, kv))
    const values = perHead(v)
    onKeys?.(layer, keys, values)
    const stacked = reshape(graph, queries, [batch, kv, group * length, headSize])
    const scores = graph.apply('matmul', [stacked, keys], { transA: 0, transB: 1, alpha: 1 / Math.sqrt(headSize) })
    const masked = graph.apply('add', [reshape(graph, scores, [batch, kv, group, length, length]), mask])
    const shares = reshape(graph, graph.apply('softmax', [masked]), [batch, kv, group * length, length])
    const mixed = graph.apply('matmul', [shares, values], { transA: 0, transB: 0, alpha: 1 })
    const heads = graph.apply('transpose', [reshape(graph, mixed, [batch, kv, group, length, headSize])], {
      permutation: [0, 3, 1, 2, 4],
    })
    return reshape(graph, heads, [batch * length, config.headCount * headSize])
  }
}

export function reshape(graph: Graph, x: Value, shape: readonly number[]): Value {
  return graph.apply('reshape', [x], { shape })
}
