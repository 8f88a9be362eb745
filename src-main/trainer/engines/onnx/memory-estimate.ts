/**
 * Memory of a run with the embedded engine, before anything is loaded. Each part is counted from shapes; what numbers were measured say so.
 * All parts are added although rollouts and updates take turns: arrays of the one are still uncollected while the other begins.
 */
import { MEMORY_TERMS, type MemoryEstimate, type MemoryTerm } from '#contract/model-inspection'
import type { BaseStorage } from '../engine.ts'
import { RESPONSE_STEP } from './decoder.ts'
import type { Graph, Value } from './graph/graph.ts'
import { livePeak, type LivePeak } from './graph/liveness.ts'
import type { OperatorName } from './graph/ops/operator.ts'
import { serialize } from './graph/serialize.ts'
import { KEPT_BYTES } from './kept-sessions.ts'
import { laneCount } from './lanes/lanes.ts'
import type { ModelConfig } from './model/config.ts'
import { buildDecodeGraph, buildPrefillGraph } from './model/decode-graph.ts'
import { MERGED, type BaseForm } from './model/llama.ts'
import { BLOCK, storedTypes } from './model/stored-weights.ts'
import { buildTrainGraph, type Extent } from './model/train-graph.ts'
import { linearLayers, parameterCount, weightShapes } from './model/weights.ts'
import { planMicrobatches, TOKENS_AT_ONCE } from './microbatch-plan.ts'
import { MAX_ROWS } from './rows.ts'
import { residentBytesOf } from './session.ts'

export interface MemorySettings {
  /** null trains all weights. */
  readonly loraRank: number | null
  readonly hasValueHead: boolean
  readonly hasEntropyBonus: boolean
  /** Sequences of one train graph. */
  readonly microbatchSize: number
  /** Layers are computed again in the backward pass; false when left out. */
  readonly isCheckpointed?: boolean
  /** Of the base, beside an adapter; float32 when left out. */
  readonly baseStorage?: BaseStorage
  /** Of the engine: small models train several microbatches at once. */
  readonly threads: number
  /** Prompts and completions of each that are generated together. */
  readonly promptsAtOnce: number
  readonly groupSize: number
  /** Longest prompt and longest completion, in tokens. */
  readonly promptTokens: number
  readonly completionTokens: number
  /** Completions of the whole run, which meet ever new shapes; left out: of one step, whose graphs the runtime counts. */
  readonly rolloutCount?: number
}

const FLOAT_BYTES = 4
/** Of a weight; a block of 4 bits has a scale. */
const STORED_BYTES = { float16: 2, int4: 0.5 + FLOAT_BYTES / BLOCK } as const
/** Node with ONNX Runtime loaded, its compiled graphs and JavaScript's own heap, without a model. Measured: 140 to 160 MB. */
const RUNTIME_BYTES = 150e6
/** A thread of a lane, with its own compiled graphs. Measured on two lanes, 5 million parameters. */
const LANE_BYTES = 35e6
/**
 * What the allocator holds beyond the live buffers of a train graph (freed blocks that fit nothing else, packed panels of matrix products).
 * Measured: 1.1 to 1.3 on models of 5 and 25 million parameters.
 */
const ALLOCATOR_SHARE = 1.2
/**
 * Of what kept graphs are reckoned at. Measured on 40 steps of Starter PPO, two lanes: the engine's process grew by 0.9 bytes for each byte reckoned, to
 * 1.37 GB with 1.20 GB of graphs.
 */
const GRAPHS_SHARE = 0.9
/** Of microbatches and stretches of decoding at their longest: how many come in a shape that is new. Measured on the same run: 0.7 GB after five steps. */
const NEW_SHAPES = 0.25
/** Longer sequences are reckoned from a graph of this length: attention grows with the square of the length, all else with the length. */
const LONGEST_BUILT = 1024

/**
 * Bytes of a run's parts:
 * - runtime: see RUNTIME_BYTES.
 * - graphs: compiled graphs of other shapes, kept until they come back; see keptBytes.
 * - weights: 4 · parameters; every type of a file becomes float32. Of a base in float16 or int4: 2 or 20 / 32 for each weight that is stored so.
 * - reference: as much again when all weights are trained, for the frozen copy.
 * - adapter: 4 · (Σ over linear layers of rank · (inputs + outputs)), and the value head.
 * - optimizer: the two moments of AdamW, 8 · trained.
 * - merged: linear layers with the adapter added, for decoding; none beside a base in fewer bits.
 * - cache: keys and values, 4 · 2 · layers · key-value heads · head size · (prompts · prompt tokens + rows · completion tokens).
 * - decoding: the live peak of the prefill graph, or the logits of all rows twice (ONNX Runtime's and the sampler's), whichever is more.
 * - gradients: the sum over microbatches and the newest part, 2 · 4 · trained.
 * - activations, logits: the live peak of the train graph at the longest shape (graph/liveness.ts), told apart by their last axis; once for each lane
 *   (lanes/lanes.ts).
 */
export function estimateMemory(config: ModelConfig, settings: MemorySettings): MemoryEstimate {
  const parameters = parameterCount(config)
  const { trained, adapter } = trainedCounts(config, settings, parameters)
  const train = longestTrainGraph(config, settings)
  const update = updatePeak(config, train)
  const lanes = laneCount(parameters, settings.threads)
  const bytes: Record<MemoryTerm, number> = {
    // Not the engine's: whoever knows the run adds it.
    scoring: 0,
    runtime: RUNTIME_BYTES + (lanes > 1 ? lanes * LANE_BYTES : 0),
    graphs: keptBytes(config, settings, train.graph, lanes),
    weights: weightBytes(config, storageOf(settings)),
    reference: settings.loraRank === null ? FLOAT_BYTES * parameters : 0,
    adapter: FLOAT_BYTES * adapter,
    optimizer: 2 * FLOAT_BYTES * trained,
    merged: settings.loraRank === null || storageOf(settings) !== 'float32' ? 0 : FLOAT_BYTES * linearCount(config),
    cache: cacheBytes(config, settings),
    decoding: decodingBytes(config, settings),
    gradients: 2 * FLOAT_BYTES * trained,
    activations: lanes * ALLOCATOR_SHARE * (update.scores + update.widened + update.rest),
    logits: lanes * ALLOCATOR_SHARE * update.logits,
  }
  const parts = MEMORY_TERMS.map((term) => ({ term, bytes: Math.round(bytes[term]) })).filter((part) => part.bytes > 0)
  return { parts, totalBytes: parts.reduce((sum, part) => sum + part.bytes, 0) }
}

/** All weights are trained as float32. */
function storageOf({ loraRank, baseStorage = 'float32' }: MemorySettings): BaseStorage {
  return loraRank === null ? 'float32' : baseStorage
}

function weightBytes(config: ModelConfig, storage: BaseStorage): number {
  const types = storedTypes(config, storage)
  return [...weightShapes(config)].reduce((sum, [name, shape]) => {
    const type = types.get(name)
    return sum + sizeOf(shape) * (type === undefined ? FLOAT_BYTES : STORED_BYTES[type])
  }, 0)
}

function linearCount(config: ModelConfig): number {
  return linearLayers(config).reduce((sum, { inputs, outputs }) => sum + inputs * outputs, 0)
}

function trainedCounts(config: ModelConfig, settings: MemorySettings, parameters: number): { trained: number; adapter: number } {
  const { loraRank, hasValueHead } = settings
  const head = hasValueHead ? config.hiddenSize + 1 : 0
  const lora =
    loraRank === null ? 0 : linearLayers(config).reduce((sum, { inputs, outputs }) => sum + loraRank * (inputs + outputs), 0)
  return { trained: head + (loraRank === null ? parameters : lora), adapter: head + lora }
}

/** The decoder's batch; more prompts are generated in turns. */
function batchOf({ promptsAtOnce, groupSize }: MemorySettings): { prompts: number; rows: number } {
  const prompts = Math.max(1, Math.min(promptsAtOnce, Math.floor(MAX_ROWS / groupSize)))
  return { prompts, rows: prompts * groupSize }
}

function cacheBytes(config: ModelConfig, settings: MemorySettings): number {
  const { prompts, rows } = batchOf(settings)
  const perToken = FLOAT_BYTES * 2 * config.layerCount * config.keyValueHeadCount * config.headSize
  return perToken * (prompts * settings.promptTokens + rows * settings.completionTokens)
}

function formOf(settings: MemorySettings): BaseForm {
  const storage = storageOf(settings)
  return storage === 'float32' ? MERGED : { storage, beside: { rank: settings.loraRank!, scale: 1 } }
}

function decodingBytes(config: ModelConfig, settings: MemorySettings): number {
  const { prompts, rows } = batchOf(settings)
  const stretch = Math.max(1, settings.promptTokens / LONGEST_BUILT)
  const length = Math.ceil(settings.promptTokens / stretch)
  const prefill = stretched(
    livePeak(buildPrefillGraph(config, { prompts, length }, true, formOf(settings)), classIn(config, [length]), NOTHING),
    stretch,
  )
  const whole = prefill.logits + prefill.scores + prefill.widened + prefill.rest
  return Math.max(ALLOCATOR_SHARE * whole, 2 * FLOAT_BYTES * rows * config.vocabularySize)
}

type ValueClass = 'logits' | 'scores' | 'widened' | 'rest'
const NOTHING: LivePeak<ValueClass> = { logits: 0, scores: 0, widened: 0, rest: 0 }

/** What makes float32 of a stored weight, step by step. */
const WIDENING: ReadonlySet<string> = new Set<OperatorName>(['bitAnd', 'shiftRight', 'joinBytes', 'dequantize', 'cast'])

interface LongestGraph {
  readonly graph: Graph
  readonly extent: Extent
  /** How much longer the longest sequence is than that of the graph. */
  readonly stretch: number
}

function longestTrainGraph(config: ModelConfig, settings: MemorySettings): LongestGraph {
  const { loraRank, microbatchSize, isCheckpointed = false, groupSize, promptTokens, completionTokens } = settings
  const stretch = Math.max(1, (promptTokens + completionTokens) / LONGEST_BUILT)
  const sequences = Array.from({ length: microbatchSize }, (_, i) => ({
    promptTokens: tokens(promptTokens / stretch, Math.floor(i / groupSize)),
    completionTokens: tokens(completionTokens / stretch, 0),
  }))
  const [plan] = planMicrobatches(sequences, microbatchSize)
  const graph = buildTrainGraph(config, plan!.extent, {
    adapter: loraRank === null ? null : { rank: loraRank, scale: 1 },
    hasValueHead: settings.hasValueHead,
    objective: 'policy',
    hasEntropyBonus: settings.hasEntropyBonus,
    isCheckpointed,
    storage: storageOf(settings),
  })
  return { graph, extent: plan!.extent, stretch }
}

function updatePeak(config: ModelConfig, { graph, extent, stretch }: LongestGraph): LivePeak<ValueClass> {
  return stretched(livePeak(graph, classIn(config, keysSeen(extent)), NOTHING), stretch)
}

/** Microbatches and stretches of decoding come in ever new shapes, whose graphs are kept: no more than a lane and decoding may keep. */
function keptBytes(config: ModelConfig, settings: MemorySettings, train: Graph, lanes: number): number {
  const { rolloutCount, promptTokens, completionTokens } = settings
  if (rolloutCount === undefined) return 0
  const microbatches = Math.ceil((rolloutCount * (promptTokens + completionTokens)) / TOKENS_AT_ONCE.cpu)
  const ofLane = Math.min(KEPT_BYTES.lane, ((NEW_SHAPES * microbatches) / lanes) * graphBytes(train))
  const { prompts, rows } = batchOf(settings)
  const extent = { prompts, group: rows / prompts, promptLength: 1, responseLength: RESPONSE_STEP }
  // A batch grows longer by steps, and narrower by halves as its rows finish.
  const decodings = Math.ceil(rolloutCount / rows) * Math.ceil(completionTokens / RESPONSE_STEP) * Math.ceil(Math.log2(rows + 1))
  const decode = buildDecodeGraph(config, extent, true, formOf(settings))
  const ofDecoding = Math.min(KEPT_BYTES.decoding, NEW_SHAPES * decodings * graphBytes(decode))
  return GRAPHS_SHARE * (lanes * ofLane + ofDecoding)
}

function graphBytes(graph: Graph): number {
  return residentBytesOf(serialize(graph).length)
}

/** scores: attention between all pairs of tokens; widened: a stored weight as float32. */
function classIn({ vocabularySize }: ModelConfig, lengths: readonly number[]): (value: Value) => ValueClass {
  return ({ shape, producer }) => {
    if (producer !== null && WIDENING.has(producer.operator)) return 'widened'
    if (shape.at(-1) === vocabularySize) return 'logits'
    return lengths.includes(shape.at(-1)!) && shape.length > 2 ? 'scores' : 'rest'
  }
}

/** How many keys a query is compared with, by kind of query. */
function keysSeen({ length, shared }: Extent): number[] {
  return shared === null ? [length] : [shared.length, shared.length + length]
}

function stretched({ logits, scores, widened, rest }: LivePeak<ValueClass>, stretch: number): LivePeak<ValueClass> {
  return { logits: logits * stretch, scores: scores * stretch * stretch, widened, rest: rest * stretch }
}

function tokens(count: number, token: number): number[] {
  return new Array<number>(Math.floor(count)).fill(token)
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1)
}
