/** Causal self-attention over whole sequences, in blocks of queries, so that the half of the square that is masked is mostly not computed. */
import type { Graph, Value } from '../graph/graph.ts'
import type { ModelConfig } from './config.ts'
import { reshape, ropeTables, type Attention } from './llama.ts'

/** Added to a score that must not count. Large enough for exp to give 0, small enough for no infinity. */
export const MASKED = -1e9

/** Queries of a block; long sequences have this many blocks at most. */
const BLOCK = 64
const MAX_BLOCKS = 8

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
  const { headSize, headCount, keyValueHeadCount: kv } = config
  const group = headCount / kv
  const tables = ropeTables(graph, config, length)
  const positions = graph.constant(
    BigInt64Array.from({ length: batch * length }, (_, i) => BigInt(i % length)),
    [batch, length],
  )
  const mask = causalMask(graph, group)
  const rotated = (x: Value, heads: number): Value =>
    graph.apply('rope', [reshape(graph, x, [batch, length, heads * headSize]), positions, tables.cos, tables.sin])
  const perHead = (x: Value): Value => swapped(graph, reshape(graph, x, [batch, length, kv, headSize]), [0, 2, 1, 3])

  return (layer, q, k, v) => {
    const queries = swapped(graph, reshape(graph, rotated(q, headCount), [batch, length, kv, group, headSize]), [0, 2, 3, 1, 4])
    const keys = perHead(rotated(k, kv))
    const values = perHead(v)
    onKeys?.(layer, keys, values)
    const heads = blockwise(graph, { queries, keys, values }, mask)
    return reshape(graph, swapped(graph, heads, [0, 3, 1, 2, 4]), [batch * length, headCount * headSize])
  }
}

export function swapped(graph: Graph, x: Value, permutation: readonly number[]): Value {
  return graph.apply('transpose', [x], { permutation })
}

/** One constant for all layers. The first `before` keys are seen by all queries. */
export function causalMask(graph: Graph, group: number, before = 0): Mask {
  const made = new Map<number, Value>()
  return (start, end) => {
    const [rows, keys] = [end - start, before + end]
    const data = (): Float32Array =>
      Float32Array.from({ length: group * rows * keys }, (_, i) =>
        i % keys > before + start + (Math.floor(i / keys) % rows) ? MASKED : 0,
      )
    if (!made.has(start)) made.set(start, graph.constant(data(), [1, 1, group * rows, keys]))
    return made.get(start)!
  }
}

export interface Heads {
  /** [batch, kv, group, length, size] */
  readonly queries: Value
  /** [batch, kv, before + length, size]: `before` keys that all queries may see stand first. */
  readonly keys: Value
  readonly values: Value
}

/** Added to the scores of queries start..end against the first keys, up to that of query `end`: [batch or 1, 1, group · (end - start), keys]. */
export type Mask = (start: number, end: number) => Value

interface Block {
  readonly start: number
  readonly end: number
  /** [batch, kv, group · (end - start), size] */
  readonly queries: Value
  /** [batch, kv, before + end, size] */
  readonly keys: Value
  readonly values: Value
  /** [batch, kv, group · (end - start), before + end] */
  readonly shares: Value
  /** As the queries. */
  readonly mixed: Value
}

/**
 * softmax(α Q Kᵀ + mask) V -> [batch, kv, group, length, size]; query i sees the keys before all queries and those up to its own. With P the shares and O the result, its gradients are
 * dV = Pᵀ dO, dS = P (dO Vᵀ - rowsum(dO · O)), dQ = α dS K, dK = α dSᵀ Q. Source for the row sums: the FlashAttention paper.
 */
export function blockwise(graph: Graph, heads: Heads, mask: Mask): Value {
  const [batch, kv, group, length, size] = heads.queries.shape as [number, number, number, number, number]
  const total = heads.keys.shape[2]!
  const before = total - length
  const alpha = 1 / Math.sqrt(size)
  const times = (a: Value, b: Value, transA: number, transB: number, factor = 1): Value =>
    graph.apply('matmul', [a, b], { transA, transB, alpha: factor })
  const part = (x: Value, axis: number, start: number, end: number): Value => cut(graph, x, axis, start, end)
  const stacked = (x: Value, start: number, end: number): Value =>
    reshape(graph, part(x, 3, start, end), [batch, kv, group * (end - start), size])

  const blocks = blockBounds(length).map(([start, end]): Block => {
    const queries = stacked(heads.queries, start, end)
    const [keys, values] = [part(heads.keys, 2, 0, before + end), part(heads.values, 2, 0, before + end)]
    const scores = graph.apply('add', [times(queries, keys, 0, 1, alpha), mask(start, end)])
    const shares = graph.apply('softmax', [scores])
    return { start, end, queries, keys, values, shares, mixed: times(shares, values, 0, 0) }
  })
  const unstacked = (x: Value, { start, end }: Block): Value => reshape(graph, x, [batch, kv, group, end - start, size])
  const whole = joined(
    graph,
    blocks.map((block) => unstacked(block.mixed, block)),
    3,
  )

  return graph.custom(whole, [heads.queries, heads.keys, heads.values], ({ gradient }) => {
    const gradients = blocks.map((block) => {
      const toMixed = stacked(gradient, block.start, block.end)
      const along = graph.apply('reduceSum', [graph.apply('mul', [toMixed, block.mixed])], { axes: [3], keepdims: 1 })
      const toShares = graph.apply('sub', [times(toMixed, block.values, 0, 1), along])
      const toScores = graph.apply('mul', [block.shares, toShares])
      return {
        queries: unstacked(times(toScores, block.keys, 0, 0, alpha), block),
        keys: times(toScores, block.queries, 1, 0, alpha),
        values: times(block.shares, toMixed, 1, 0),
      }
    })
    return [
      joined(
        graph,
        gradients.map(({ queries }) => queries),
        3,
      ),
      summed(
        graph,
        gradients.map(({ keys }) => keys),
        total,
      ),
      summed(
        graph,
        gradients.map(({ values }) => values),
        total,
      ),
    ]
  })
}

function blockBounds(length: number): [number, number][] {
  const rows = Math.max(BLOCK, Math.ceil(length / MAX_BLOCKS))
  return Array.from({ length: Math.ceil(length / rows) }, (_, i) => [i * rows, Math.min(length, (i + 1) * rows)])
}

export function cut(graph: Graph, x: Value, axis: number, start: number, end: number): Value {
  return start === 0 && end === x.shape[axis] ? x : graph.apply('slice', [x], { axis, start, end })
}

export function joined(graph: Graph, parts: readonly Value[], axis: number): Value {
  return parts.length === 1 ? parts[0]! : graph.apply('concat', parts, { axis })
}

/** Sum of [batch, kv, end, size] with growing ends, as [batch, kv, length, size]. */
function summed(graph: Graph, parts: readonly Value[], length: number): Value {
  return parts.reduceRight((sum, part) => {
    const [batch, kv, end, size] = part.shape as [number, number, number, number]
    const rest = length - end
    const zeros = graph.apply('expand', [graph.scalar(0)], { shape: [batch, kv, rest, size] })
    return graph.apply('add', [sum, graph.apply('concat', [part, zeros], { axis: 2 })])
  })
}
