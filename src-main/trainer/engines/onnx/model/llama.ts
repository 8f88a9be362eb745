/** The forward pass of a Llama model as graph nodes. */
import { after, gradientsThrough } from '../graph/autodiff.ts'
import type { Graph, Value } from '../graph/graph.ts'
import type { BaseStorage } from '../../engine.ts'
import type { ModelConfig } from './config.ts'
import { linear } from './linear.ts'
import { rotations } from './rope.ts'
import { declareStored, rowsOfTable, storedTypes } from './stored-weights.ts'
import { adapterNames, linearLayers, VALUE_HEAD, weightShapes } from './weights.ts'

export interface AdapterOptions {
  readonly rank: number
  /** alpha / rank */
  readonly scale: number
  /** Chance to drop an element of an adapter's input; 0 when left out. Above 0 the weights are to be fed without the adapter. */
  readonly dropout?: number
}

export interface ModelInputs {
  readonly config: ModelConfig
  readonly weights: ReadonlyMap<string, Value>
  /** null: no adapter is trained. */
  readonly adapter: AdapterOptions | null
  /** Whether the backward pass computes each layer again; see checkpointed(). */
  readonly isCheckpointed: boolean
}

/** In what form a graph is fed with a policy. */
export interface BaseForm {
  readonly storage: BaseStorage
  /** The adapter that graphs read beside the base where it cannot be summed in; null where it is. */
  readonly beside: AdapterOptions | null
}

/** The adapter is in the weights, which are float32. */
export const MERGED: BaseForm = { storage: 'float32', beside: null }

export interface ModelInputOptions {
  /** Declares an adapter beside the weights. If those are float32, they are then to be fed with the adapter merged in. */
  readonly adapter: AdapterOptions | null
  /** Gradients: of the adapter, or, without one, of all weights. */
  readonly isTrained: boolean
  readonly hasValueHead: boolean
  readonly isCheckpointed?: boolean
  /** Of the base; float32 when left out. */
  readonly storage?: BaseStorage
}

/** Declares all weights as inputs. A graph without adapter says the policy or its reference, according to the weights that it is fed. */
export function declareModel(graph: Graph, config: ModelConfig, options: ModelInputOptions): ModelInputs {
  const weights = new Map<string, Value>()
  const { adapter, isTrained, hasValueHead, isCheckpointed = false, storage = 'float32' } = options
  const types = storedTypes(config, storage)
  for (const [name, shape] of weightShapes(config)) {
    const type = types.get(name)
    if (type !== undefined) declareStored(graph, weights, name, shape, type)
    else weights.set(name, graph.input(name, shape, { isTrained: isTrained && adapter === null }))
  }
  if (hasValueHead) {
    weights.set(VALUE_HEAD.weight, graph.input(VALUE_HEAD.weight, [1, config.hiddenSize], { isTrained }))
    weights.set(VALUE_HEAD.bias, graph.input(VALUE_HEAD.bias, [1], { isTrained }))
  }
  if (adapter === null) return { config, weights, adapter, isCheckpointed }
  for (const { name, inputs, outputs } of linearLayers(config)) {
    const { a, b } = adapterNames(name)
    weights.set(a, graph.input(a, [adapter.rank, inputs], { isTrained }))
    weights.set(b, graph.input(b, [outputs, adapter.rank], { isTrained }))
  }
  return { config, weights, adapter, isCheckpointed }
}

export interface Attention {
  /** Queries, keys and values of the new tokens, flat [rows, heads·size], to the attention's result [rows, heads·size]. */
  (layer: number, q: Value, k: Value, v: Value): Value
}

/** tokens [rows] -> hidden [rows, d] after the last norm. `attend` decides what a token sees. */
export function hiddenStates(graph: Graph, model: ModelInputs, tokens: Value, attend: Attention): Value {
  const { config, weights } = model
  let x = rowsOfTable(graph, weights.get('model.embed_tokens.weight')!, tokens)
  for (let layer = 0; layer < config.layerCount; layer++) {
    const build = (from: Value): Value => layerOutput(graph, model, layer, from, attend)
    x = model.isCheckpointed ? checkpointed(graph, x, trainedOf(model, layer), build) : build(x)
  }
  return normalised(graph, model, x, 'model.norm')
}

/** x [rows, d] -> [rows, d] */
function layerOutput(graph: Graph, model: ModelInputs, layer: number, x: Value, attend: Attention): Value {
  const at = layerName(layer)
  const toAttention = normalised(graph, model, x, `${at}.input_layernorm`)
  const [q, k, v] = ['q_proj', 'k_proj', 'v_proj'].map((part) => linear(graph, model, toAttention, `${at}.self_attn.${part}`))
  const attended = attend(layer, q!, k!, v!)
  const middle = graph.apply('add', [x, linear(graph, model, attended, `${at}.self_attn.o_proj`)])
  const toMlp = normalised(graph, model, middle, `${at}.post_attention_layernorm`)
  const inner = gated(graph, linear(graph, model, toMlp, `${at}.mlp.gate_proj`), linear(graph, model, toMlp, `${at}.mlp.up_proj`))
  return graph.apply('add', [middle, linear(graph, model, inner, `${at}.mlp.down_proj`)])
}

/**
 * What `build` makes of x, of which the forward pass keeps x alone: the backward pass builds it again when the gradient has come so far, and
 * differentiates that. Source: "Training deep nets with sublinear memory cost" (2016).
 */
function checkpointed(graph: Graph, x: Value, trained: readonly Value[], build: (x: Value) => Value): Value {
  return graph.custom(build(x), [x, ...trained], ({ gradient }) => {
    const again = after(graph, x, gradient)
    return gradientsThrough(graph, build(again), gradient, [again, ...trained])
  })
}

function trainedOf({ weights }: ModelInputs, layer: number): Value[] {
  return [...weights.values()].filter(({ name, requiresGradient }) => requiresGradient && name.startsWith(`${layerName(layer)}.`))
}

function layerName(layer: number): string {
  return `model.layers.${layer}`
}

/** silu(gate) · up, with silu(x) = x σ(x), whose derivative is σ + silu (1 - σ): two passes fewer than by the rules of its parts. */
function gated(graph: Graph, gate: Value, up: Value): Value {
  const mul = (a: Value, b: Value): Value => graph.apply('mul', [a, b])
  const sigmoid = graph.apply('sigmoid', [gate])
  const silu = mul(gate, sigmoid)
  return graph.custom(mul(silu, up), [gate, up], ({ gradient }) => {
    const slope = graph.apply('add', [sigmoid, mul(silu, graph.apply('sub', [graph.scalar(1), sigmoid]))])
    return [mul(mul(gradient, up), slope), mul(gradient, silu)]
  })
}

/** hidden [rows, d] -> logits [rows, vocabulary] */
export function logits(graph: Graph, model: ModelInputs, hidden: Value): Value {
  return graph.apply('matmul', [hidden, headWeight(model)], { transA: 0, transB: 1, alpha: 1 })
}

/** Output projection, [vocabulary, d]. */
export function headWeight({ config, weights }: ModelInputs): Value {
  return weights.get(config.isTied ? 'model.embed_tokens.weight' : 'lm_head.weight')!
}

function normalised(graph: Graph, model: ModelInputs, x: Value, name: string): Value {
  return graph.apply('rmsNorm', [x, model.weights.get(`${name}.weight`)!], { epsilon: model.config.normEpsilon })
}

/**
 * Tables of cosines and sines for rotary positions 0..count-1, both times the scaling's attention factor: two [count, headSize/2].
 * Source: the RoFormer paper.
 */
export function ropeTables(graph: Graph, config: ModelConfig, count: number): { cos: Value; sin: Value } {
  const half = config.headSize / 2
  const cos = new Float32Array(count * half)
  const sin = new Float32Array(count * half)
  const { frequencies, attentionFactor } = rotations(config)
  for (let position = 0; position < count; position++) {
    for (let i = 0; i < half; i++) {
      const angle = position * frequencies[i]!
      cos[position * half + i] = Math.cos(angle) * attentionFactor
      sin[position * half + i] = Math.sin(angle) * attentionFactor
    }
  }
  return { cos: graph.constant(cos, [count, half]), sin: graph.constant(sin, [count, half]) }
}

export function reshape(graph: Graph, x: Value, shape: readonly number[]): Value {
  return graph.apply('reshape', [x], { shape })
}
