/**
 * Memory of a run with the embedded engine, before anything is loaded. Each part is counted from shapes; what numbers were measured say so.
 * All parts are added although rollouts and updates take turns: arrays of the one are still uncollected while the other begins.
 */
import { MEMORY_TERMS, type MemoryEstimate, type MemoryTerm } from '#contract/model-inspection'
import type { Value } from './graph/graph.ts'
import { livePeak, type LivePeak } from './graph/liveness.ts'
import { laneCount } from './lanes/lanes.ts'
import type { ModelConfig } from './model/config.ts'
import { buildPrefillGraph } from './model/decode-graph.ts'
import { buildTrainGraph, type Extent } from './model/train-graph.ts'
import { linearLayers, weightShapes } from './model/weights.ts'
import { planMicrobatches } from './microbatch-plan.ts'
import { MAX_ROWS } from './rows.ts'

export interface MemorySettings {
  /** null trains all weights. */
  readonly loraRank: number | null
  readonly hasValueHead: boolean
  readonly hasEntropyBonus: boolean
  /** Sequences of one train graph. */
  readonly microbatchSize: number
  /** Layers are computed again in the backward pass; false when left out. */
  readonly isCheckpointed?: boolean
  /** Of the engine: small models train several microbatches at once. */
  readonly threads: number
  /** Prompts and completions of each that are generated together. */
  readonly promptsAtOnce: number
  readonly groupSize: number
  /** Longest prompt and longest completion, in tokens. */
  readonly promptTokens: number
  readonly completionTokens: number
}

const FLOAT_BYTES = 4
/** Node with ONNX Runtime loaded, its compiled graphs and JavaScript's own heap, without a model. Measured: 140 to 160 MB. */
const RUNTIME_BYTES = 150e6
/** A thread of a lane, with its own compiled graphs. Measured on two lanes, 5 million parameters. */
const LANE_BYTES = 35e6
/**
 * What the allocator holds beyond the live buffers of a train graph (freed blocks that fit nothing else, packed panels of matrix products).
 * Measured: 1.1 to 1.3 on models of 5 and 25 million parameters.
 */
const ALLOCATOR_SHARE = 1.2
/** Longer sequences are reckoned from a graph of this length: attention grows with the square of the length, all else with the length. */
const LONGEST_BUILT = 1024

/**
 * Bytes of a run's parts:
 * - runtime: see RUNTIME_BYTES.
 * - weights: 4 · parameters; every stored type becomes float32.
 * - reference: as much again when all weights are trained, for the frozen copy.
 * - adapter: 4 · (Σ over linear layers of rank · (inputs + outputs)), and the value head.
 * - optimizer: the two moments of AdamW, 8 · trained.
 * - merged: linear layers with the adapter added, for decoding.
 * - cache: keys and values, 4 · 2 · layers · key-value heads · head size · (prompts · prompt tokens + rows · completion tokens).
 * - decoding: the live peak of the prefill graph, or the logits of all rows twice (ONNX Runtime's and the sampler's), whichever is more.
 * - gradients: the sum over microbatches and the newest part, 2 · 4 · trained.
 * - activations, logits: the live peak of the train graph at the longest shape (graph/liveness.ts), told apart by their last axis; once for each lane
 *   (lanes/lanes.ts).
 */
export function estimateMemory(config: ModelConfig, settings: MemorySettings): MemoryEstimate {
  const parameters = parameterCount(config)
  const { trained, adapter } = trainedCounts(config, settings, parameters)
  const update = updatePeak(config, settings)
  const lanes = laneCount(parameters, settings.threads)
  const bytes: Record<MemoryTerm, number> = {
    // Not the engine's: whoever knows the run adds it.
    scoring: 0,
    runtime: RUNTIME_BYTES + (lanes > 1 ? lanes * LANE_BYTES : 0),
    weights: FLOAT_BYTES * parameters,
    reference: settings.loraRank === null ? FLOAT_BYTES * parameters : 0,
    adapter: FLOAT_BYTES * adapter,
    optimizer: 2 * FLOAT_BYTES * trained,
    merged: settings.loraRank === null ? 0 : FLOAT_BYTES * linearCount(config),
    cache: cacheBytes(config, settings),
    decoding: decodingBytes(config, settings),
    gradients: 2 * FLOAT_BYTES * trained,
    activations: lanes * ALLOCATOR_SHARE * (update.scores + update.rest),
    logits: lanes * ALLOCATOR_SHARE * update.logits,
  }
  const parts = MEMORY_TERMS.map((term) => ({ term, bytes: Math.round(bytes[term]) })).filter((part) => part.bytes > 0)
  return { parts, totalBytes: parts.reduce((sum, part) => sum + part.bytes, 0) }
}

export function parameterCount(config: ModelConfig): number {
  return [...weightShapes(config).values()].reduce((sum, shape) => sum + sizeOf(shape), 0)
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

function decodingBytes(config: ModelConfig, settings: MemorySettings): number {
  const { prompts, rows } = batchOf(settings)
  const stretch = Math.max(1, settings.promptTokens / LONGEST_BUILT)
  const length = Math.ceil(settings.promptTokens / stretch)
  const prefill = stretched(
    livePeak(buildPrefillGraph(config, { prompts, length }, true), classIn(config, [length]), NOTHING),
    stretch,
  )
  const whole = prefill.logits + prefill.scores + prefill.rest
  return Math.max(ALLOCATOR_SHARE * whole, 2 * FLOAT_BYTES * rows * config.vocabularySize)
}

type ValueClass = 'logits' | 'scores' | 'rest'
const NOTHING: LivePeak<ValueClass> = { logits: 0, scores: 0, rest: 0 }

function updatePeak(config: ModelConfig, settings: MemorySettings): LivePeak<ValueClass> {
  const {
    loraRank,
    hasValueHead,
    hasEntropyBonus,
    microbatchSize,
    isCheckpointed = false,
    groupSize,
    promptTokens,
    completionTokens,
  } = settings
  const stretch = Math.max(1, (promptTokens + completionTokens) / LONGEST_BUILT)
  const sequences = Array.from({ length: microbatchSize }, (_, i) => ({
    promptTokens: tokens(promptTokens / stretch, Math.floor(i / groupSize)),
    completionTokens: tokens(completionTokens / stretch, 0),
  }))
  const [plan] = planMicrobatches(sequences, microbatchSize)
  const graph = buildTrainGraph(config, plan!.extent, {
    adapter: loraRank === null ? null : { rank: loraRank, scale: 1 },
    hasValueHead,
    objective: 'policy',
    hasEntropyBonus,
    isCheckpointed,
  })
  return stretched(livePeak(graph, classIn(config, keysSeen(plan!.extent)), NOTHING), stretch)
}

/** scores: attention between all pairs of tokens. */
function classIn({ vocabularySize }: ModelConfig, lengths: readonly number[]): (value: Value) => ValueClass {
  return ({ shape }) => {
    if (shape.at(-1) === vocabularySize) return 'logits'
    return lengths.includes(shape.at(-1)!) && shape.length > 2 ? 'scores' : 'rest'
  }
}

/** How many keys a query is compared with, by kind of query. */
function keysSeen({ length, shared }: Extent): number[] {
  return shared === null ? [length] : [shared.length, shared.length + length]
}

function stretched({ logits, scores, rest }: LivePeak<ValueClass>, stretch: number): LivePeak<ValueClass> {
  return { logits: logits * stretch, scores: scores * stretch * stretch, rest: rest * stretch }
}

function tokens(count: number, token: number): number[] {
  return new Array<number>(Math.floor(count)).fill(token)
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1)
}
