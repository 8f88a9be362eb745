/**
 * Causal self-attention where several rows go on from one prompt, which is read once: what the prompt's tokens compute does not depend on what follows.
 * The tokens stand flat, first [prompts, promptLength], then [rows, length]; a row holds what follows its prompt.
 */
import { gradientsThrough } from '../graph/autodiff.ts'
import type { Graph, Value } from '../graph/graph.ts'
import { blockwise, causalMask, cut, joined, swapped, type Heads, type Mask } from './attention.ts'
import type { ModelConfig } from './config.ts'
import { reshape, ropeTables, type Attention } from './llama.ts'

export interface SharedExtent {
  readonly prompts: number
  readonly promptLength: number
  readonly rows: number
  readonly length: number
}

/**
 * Inputs: `positions` [tokens, 1] int64, all below promptLength + length; `prompt_of` [rows] int64, the place of each row's prompt; `rows_of` [prompts, rows], 1 where a row is of a
 * prompt, else 0; `padding` [rows, 1, 1, promptLength + length], MASKED where the row's prompt has no token, else 0.
 */
export function sharedPromptAttention(graph: Graph, config: ModelConfig, extent: SharedExtent): Attention {
  const { prompts, promptLength, rows, length } = extent
  const { headSize, headCount, keyValueHeadCount: kv } = config
  const promptTokens = prompts * promptLength
  const tokens = promptTokens + rows * length
  const tables = ropeTables(graph, config, promptLength + length)
  const positions = graph.input('positions', [tokens, 1], { dtype: 'int64' })
  const promptOf = graph.input('prompt_of', [rows], { dtype: 'int64' })
  const rowsOf = graph.input('rows_of', [prompts, rows])
  const causal = causalMask(graph, headCount / kv)
  const seen = maskOfRows(graph, config, extent)
  const rotated = (x: Value, heads: number): Value => {
    const turned = graph.apply('rope', [reshape(graph, x, [tokens, 1, heads * headSize]), positions, tables.cos, tables.sin])
    return reshape(graph, turned, [tokens, heads * headSize])
  }

  return (_, q, k, v) => {
    const flat = [rotated(q, headCount), rotated(k, kv), v]
    const part = (x: Value, start: number, end: number): Value => cut(graph, x, 0, start, end)
    const [ofPrompts, ofRows] = [flat.map((x) => part(x, 0, promptTokens)), flat.map((x) => part(x, promptTokens, tokens))] as [
      Value[],
      Value[],
    ]
    const asked = perHead(graph, config, ofPrompts, prompts, promptLength)
    const own = perHead(graph, config, ofRows, rows, length)
    const before = (x: Value): Value => spreadOver(graph, x, promptOf, rowsOf)
    const told: Heads = {
      queries: own.queries,
      keys: joined(graph, [before(asked.keys), own.keys], 2),
      values: joined(graph, [before(asked.values), own.values], 2),
    }
    const results = [
      merged(graph, blockwise(graph, asked, causal), prompts * promptLength),
      merged(graph, blockwise(graph, told, seen), rows * length),
    ] as const
    // The rules of the parts give gradients of slices; the whole is put together once.
    return graph.custom(joined(graph, results, 0), flat, ({ gradient }) => {
      const through = (result: Value, own: readonly Value[], start: number, end: number, others: readonly Value[]): Value[] =>
        gradientsThrough(graph, result, part(gradient, start, end), [...own, ...others])
      const fromRows = through(results[1], ofRows, promptTokens, tokens, [asked.keys, asked.values])
      const fromPrompts = through(results[0], [ofPrompts[0]!], 0, promptTokens, [asked.keys, asked.values])
      const sum = (i: number): Value => graph.apply('add', [fromPrompts[i]!, fromRows[i + 2]!])
      const flatHeads = (x: Value): Value => reshape(graph, swapped(graph, x, [0, 2, 1, 3]), [promptTokens, kv * headSize])
      return [
        joined(graph, [fromPrompts[0]!, fromRows[0]!], 0),
        joined(graph, [flatHeads(sum(1)), fromRows[1]!], 0),
        joined(graph, [flatHeads(sum(2)), fromRows[2]!], 0),
      ]
    })
  }
}

/** What comes after the prompt's last token is hidden by its padding, what comes after a row's own token by causality. */
function maskOfRows(graph: Graph, config: ModelConfig, { promptLength, rows, length }: SharedExtent): Mask {
  const padding = graph.input('padding', [rows, 1, 1, promptLength + length])
  const causal = causalMask(graph, config.headCount / config.keyValueHeadCount, promptLength)
  const made = new Map<number, Value>()
  return (start, end) => {
    const known = made.get(start)
    if (known !== undefined) return known
    const mask = graph.apply('add', [causal(start, end), cut(graph, padding, 3, 0, promptLength + end)])
    made.set(start, mask)
    return mask
  }
}

/** Flat queries, keys and values, [batch · length, heads · size] each, by head. */
function perHead(graph: Graph, config: ModelConfig, [q, k, v]: readonly Value[], batch: number, length: number): Heads {
  const { headSize, headCount, keyValueHeadCount: kv } = config
  const pair = (x: Value): Value => swapped(graph, reshape(graph, x, [batch, length, kv, headSize]), [0, 2, 1, 3])
  const queries = swapped(graph, reshape(graph, q!, [batch, length, kv, headCount / kv, headSize]), [0, 2, 3, 1, 4])
  return { queries, keys: pair(k!), values: pair(v!) }
}

/** [batch, kv, group, length, size] -> [tokens, heads · size] */
function merged(graph: Graph, heads: Value, tokens: number): Value {
  const [, kv, group, , size] = heads.shape as [number, number, number, number, number]
  return reshape(graph, swapped(graph, heads, [0, 3, 1, 2, 4]), [tokens, kv * group * size])
}

/** [prompts, …] -> [rows, …]: each row gets its prompt's. The gradient is a product with zeros and ones, which sums the rows of a prompt. */
function spreadOver(graph: Graph, x: Value, promptOf: Value, rowsOf: Value): Value {
  const [prompts, ...rest] = x.shape as [number, ...number[]]
  const size = rest.reduce((product, extent) => product * extent, 1)
  return graph.custom(graph.apply('gather', [x, promptOf]), [x], ({ gradient }) => {
    const rows = reshape(graph, gradient, [promptOf.shape[0]!, size])
    return [reshape(graph, graph.apply('matmul', [rowsOf, rows], { transA: 0, transB: 0, alpha: 1 }), [prompts, ...rest])]
  })
}
