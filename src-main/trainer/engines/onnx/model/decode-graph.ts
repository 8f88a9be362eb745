/**
 * Generation as two graphs. Prefill reads each prompt once and returns its keys and values. Decode says the next token of many rows:
 * every row attends to its prompt's cache (shared by the prompt's whole group), to its own response cache and to itself, under one softmax.
 * It returns only the new token's keys and values, which the caller writes into the cache, so that no cache is ever copied.
 */
import { Graph, type Value } from '../graph/graph.ts'
import type { ModelConfig } from './config.ts'
import { causalAttention } from './attention.ts'
import {
  declareModel,
  hiddenStates,
  logits,
  MERGED,
  reshape,
  ropeTables,
  type Attention,
  type BaseForm,
  type ModelInputs,
} from './llama.ts'

/**
 * Shares of the next token of each row, softmax over the vocabulary: `shares` at the sampling's temperature (input `inverse_temperature`), and, where that is
 * not 1, `plain_shares` at temperature 1. [rows, vocabulary] both.
 */
function emitShares(graph: Graph, model: ModelInputs, hidden: Value, isTempered: boolean): void {
  const plain = logits(graph, model, hidden)
  if (!isTempered) return graph.output('shares', graph.apply('softmax', [plain]))
  const tempered = graph.apply('mul', [plain, graph.input('inverse_temperature', [])])
  graph.output('shares', graph.apply('softmax', [tempered]))
  graph.output('plain_shares', graph.apply('softmax', [plain]))
}

/** tokens [prompts · length], last [prompts] -> shares of each prompt's next token, `keys:<layer>`, `values:<layer>` [prompts, kv, length, size]. */
export function buildPrefillGraph(
  config: ModelConfig,
  extent: { prompts: number; length: number },
  isTempered: boolean,
  form = MERGED,
): Graph {
  const { prompts, length } = extent
  const graph = new Graph()
  const model = declarePolicy(graph, config, form)
  const tokens = graph.input('tokens', [prompts * length], { dtype: 'int64' })
  const last = graph.input('last', [prompts], { dtype: 'int64' })
  const attend = causalAttention(graph, config, { batch: prompts, length }, (layer, keys, values) => {
    graph.output(`keys:${layer}`, keys)
    graph.output(`values:${layer}`, values)
  })
  const hidden = hiddenStates(graph, model, tokens, attend)
  emitShares(graph, model, graph.apply('gather', [hidden, last]), isTempered)
  return graph
}

export interface DecodeExtent {
  readonly prompts: number
  /** Rows of each prompt. */
  readonly group: number
  readonly promptLength: number
  readonly responseLength: number
}

/**
 * tokens [rows], positions [rows, 1], prompt_mask [prompts, 1, 1, 1, promptLength] and response_mask [responseLength] (0 or MASKED), caches
 * prompt_keys:<layer> [prompts, kv, promptLength, size], response_keys:<layer> [rows, kv, responseLength, size] and values alike
 * -> shares of each row's next token, `new_keys`, `new_values` [layers, rows, kv, size]. Rows of a prompt stand together.
 */
export function buildDecodeGraph(config: ModelConfig, extent: DecodeExtent, isTempered: boolean, form = MERGED): Graph {
  const graph = new Graph()
  const model = declarePolicy(graph, config, form)
  const rows = extent.prompts * extent.group
  const tokens = graph.input('tokens', [rows], { dtype: 'int64' })
  const newKeys: Value[] = []
  const newValues: Value[] = []
  const attend = cachedAttention(graph, config, extent, (keys, values) => {
    newKeys.push(reshape(graph, keys, [1, ...keys.shape]))
    newValues.push(reshape(graph, values, [1, ...values.shape]))
  })
  const hidden = hiddenStates(graph, model, tokens, attend)
  emitShares(graph, model, hidden, isTempered)
  graph.output('new_keys', graph.apply('concat', newKeys, { axis: 0 }))
  graph.output('new_values', graph.apply('concat', newValues, { axis: 0 }))
  return graph
}

function declarePolicy(graph: Graph, config: ModelConfig, { storage, beside }: BaseForm): ModelInputs {
  return declareModel(graph, config, { adapter: beside, isTrained: false, hasValueHead: false, storage })
}

function cachedAttention(
  graph: Graph,
  config: ModelConfig,
  extent: DecodeExtent,
  onNew: (keys: Value, values: Value) => void,
): Attention {
  const { prompts, group, promptLength, responseLength } = extent
  const { headSize, headCount, keyValueHeadCount: kv } = config
  const rows = prompts * group
  const perKey = headCount / kv
  const whole = promptLength + responseLength + 1
  const tables = ropeTables(graph, config, config.maxPositions)
  const positions = graph.input('positions', [rows, 1], { dtype: 'int64' })
  const promptMask = graph.input('prompt_mask', [prompts, 1, 1, 1, promptLength])
  const responseMask = graph.input('response_mask', [responseLength])
  const cache = (name: string, layer: number, count: number, length: number): Value =>
    graph.input(`${name}:${layer}`, [count, kv, length, headSize])
  const multiply = (a: Value, b: Value, transB: number, alpha = 1): Value =>
    graph.apply('matmul', [a, b], { transA: 0, transB, alpha })
  const swap = (x: Value): Value => graph.apply('transpose', [x], { permutation: [0, 2, 1, 3, 4] })
  const rotated = (x: Value, heads: number): Value =>
    graph.apply('rope', [reshape(graph, x, [rows, 1, heads * headSize]), positions, tables.cos, tables.sin])

  return (layer, q, k, v) => {
    const queries = reshape(graph, rotated(q, headCount), [rows, kv, perKey, headSize])
    const keys = reshape(graph, rotated(k, kv), [rows, kv, headSize])
    const values = reshape(graph, v, [rows, kv, headSize])
    onNew(keys, values)
    const scale = 1 / Math.sqrt(headSize)
    // The group's queries stand as rows of one product against the one prompt cache: [prompts, kv, group · perKey, size].
    const stacked = reshape(graph, swap(reshape(graph, queries, [prompts, group, kv, perKey, headSize])), [
      prompts,
      kv,
      group * perKey,
      headSize,
    ])
    const toPrompt = multiply(stacked, cache('prompt_keys', layer, prompts, promptLength), 1, scale)
    const promptScores = graph.apply('add', [reshape(graph, toPrompt, [prompts, kv, group, perKey, promptLength]), promptMask])
    const perRow = reshape(graph, swap(promptScores), [rows, kv, perKey, promptLength])
    const toResponse = graph.apply('add', [
      multiply(queries, cache('response_keys', layer, rows, responseLength), 1, scale),
      responseMask,
    ])
    const toSelf = multiply(queries, reshape(graph, keys, [rows, kv, 1, headSize]), 1, scale)
    const shares = graph.apply('softmax', [graph.apply('concat', [perRow, toResponse, toSelf], { axis: 3 })])
    const part = (start: number, end: number): Value => graph.apply('slice', [shares], { axis: 3, start, end })
    const promptShares = reshape(graph, swap(reshape(graph, part(0, promptLength), [prompts, group, kv, perKey, promptLength])), [
      prompts,
      kv,
      group * perKey,
      promptLength,
    ])
    const fromPrompt = multiply(promptShares, cache('prompt_values', layer, prompts, promptLength), 0)
    const promptPart = reshape(graph, swap(reshape(graph, fromPrompt, [prompts, kv, group, perKey, headSize])), [
      rows,
      kv,
      perKey,
      headSize,
    ])
    const responsePart = multiply(part(promptLength, whole - 1), cache('response_values', layer, rows, responseLength), 0)
    const selfPart = multiply(part(whole - 1, whole), reshape(graph, values, [rows, kv, 1, headSize]), 0)
    const mixed = graph.apply('add', [graph.apply('add', [promptPart, responsePart]), selfPart])
    return reshape(graph, mixed, [rows, headCount * headSize])
  }
}
