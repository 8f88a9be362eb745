/**
 * Memory of a run with the PyTorch engine, before anything is loaded: what PyTorch allocates where the model lies, on a card or in the machine. Counted from
 * shapes and from what native/veritune_engine keeps; held against measured peaks (docs/gpu.md) by a test.
 */
import type { MemoryEstimate, MemoryPart, MemoryTerm, MemoryTurn } from '#contract/model-inspection'
import type { ModelConfig } from '../onnx/model/config.ts'
import { linearLayers, parameterCount } from '../onnx/model/weights.ts'

export interface TorchMemorySettings {
  /** null trains all weights. */
  readonly loraRank: number | null
  readonly loraDropout: number
  readonly hasValueHead: boolean
  readonly precision: 'float32' | 'bfloat16'
  /** The base's layers in 4 bits; the optimizer's moments in 8. */
  readonly isBaseIn4Bits: boolean
  readonly areMomentsIn8Bits: boolean
  /** Processes that share the base's layers; 1 where each has them all. */
  readonly sharers: number
  readonly isCheckpointed: boolean
  /** Sequences of one forward pass, padded to the longest. */
  readonly microbatchSize: number
  /** Completions that are wanted at once, and their prompts, each of which is read once. */
  readonly rows: number
  readonly prompts: number
  /** Longest prompt and longest completion, in tokens. */
  readonly promptTokens: number
  readonly completionTokens: number
  readonly isOnCard: boolean
  /** Of the card; null where it is not known. Rollouts that do not fit beside the model are made in turns. */
  readonly availableBytes: number | null
}

const FLOAT_BYTES = 4
const MASK_BYTES = 1
/** Of a weight in 4 bits with its scales, which are quantised as well; of a moment in 8. */
const NF4_BYTES = 0.516
const MOMENT_BYTES = { whole: 4, small: 1.016 } as const
/** CUDA's context with its kernels, or Python with PyTorch loaded. */
const RUNTIME_BYTES = { card: 0.5e9, machine: 0.6e9 } as const
/** Of native/veritune_engine: rollout.py, decoder.py, next_token.py, microbatches.py. */
const MAX_ROWS = 256
const CACHE_SHARE = 0.8
const PREFILL_TOKENS = { card: 16_384, machine: 4_096 } as const
const LENGTH_STEP = { card: 128, machine: 64 } as const
const CHUNK_ELEMENTS = { card: 2 ** 26, machine: 2 ** 22 } as const
const PAD_STEP = { card: 64, machine: 8 } as const
/** Tensors of a row's logits that sampling holds at once: as they are, sorted or scaled, as shares, and their sums. */
const SAMPLED_COPIES = 5
/** float32 tensors of a chunk's logits that the loss holds at once, those of the chunk before among them: where the head is frozen, and where it is trained. */
const CHUNK_COPIES = { frozen: 4, trained: 5 } as const

/**
 * - weights: bytes of the precision · parameters; layers in 4 bits, or a share of them and one layer whole. reference: a copy where all weights are trained; with an adapter it is the base with that off.
 * - adapter: float32 masters, a copy in the precision for what needs no gradient, the value head.
 * - optimizer: AdamW's two moments, 4 bytes each for a trained weight, or 1.
 * - in rollouts: keys and values, 2 · layers · key-value heads · head size · rows · slots, and what a prefill and a row's logits hold.
 * - in updates: gradients, 4 · trained; activations, see keptOfToken; logits, a chunk of them several times over.
 */
export function estimateTorchMemory(model: ModelConfig, settings: TorchMemorySettings): MemoryEstimate {
  const { trained, adapter } = trainedBytes(model, settings)
  const parameters = parameterCount(model)
  const element = elementBytes(settings)
  const lasting: [MemoryTerm, number][] = [
    ['runtime', RUNTIME_BYTES[place(settings)]],
    ['weights', weightBytes(model, settings)],
    ['reference', settings.loraRank === null ? element * parameters : 0],
    ['adapter', adapter],
    ['optimizer', 2 * (trained / FLOAT_BYTES) * MOMENT_BYTES[settings.areMomentsIn8Bits ? 'small' : 'whole']],
  ]
  const lastingBytes = sumOf(lasting)
  const logits = logitsBytes(model, settings)
  const { kept, atWork } = activationBytes(model, settings)
  // The loss is computed before the first layer goes back.
  const activations = kept + Math.max(0, atWork - logits)
  const update: [MemoryTerm, number][] = [
    // AdamW's divisors are there when nothing is left of the pass.
    ['gradients', trained + Math.max(0, trained - activations - logits)],
    ['activations', activations],
    ['logits', logits],
  ]
  const rollouts: [MemoryTerm, number][] = [
    ['cache', cacheBytes(model, settings, lastingBytes)],
    ['decoding', decodingBytes(model, settings)],
  ]
  return {
    parts: [...partsOf(lasting), ...partsOf(rollouts, 'rollouts'), ...partsOf(update, 'update')],
    totalBytes: Math.round(lastingBytes + Math.max(sumOf(update), sumOf(rollouts))),
  }
}

function weightBytes(model: ModelConfig, settings: TorchMemorySettings): number {
  const inLayers = linearLayers(model).reduce((sum, { inputs, outputs }) => sum + inputs * outputs, 0)
  const element = elementBytes(settings)
  const ofLayers = (settings.isBaseIn4Bits ? NF4_BYTES : element) * inLayers
  const held = settings.sharers === 1 ? ofLayers : ofLayers / settings.sharers + ofLayers / model.layerCount
  return element * (parameterCount(model) - inLayers) + held
}

function partsOf(terms: readonly [MemoryTerm, number][], turn?: MemoryTurn): MemoryPart[] {
  return terms
    .filter(([, bytes]) => bytes > 0)
    .map(([term, bytes]) => ({ term, bytes: Math.round(bytes), ...(turn !== undefined && { turn }) }))
}

function sumOf(terms: readonly [MemoryTerm, number][]): number {
  return terms.reduce((sum, [, bytes]) => sum + bytes, 0)
}

function elementBytes({ precision }: TorchMemorySettings): number {
  return precision === 'bfloat16' ? 2 : FLOAT_BYTES
}

function place({ isOnCard }: TorchMemorySettings): 'card' | 'machine' {
  return isOnCard ? 'card' : 'machine'
}

/** trained: of the float32 tensors that learn; adapter: of what stands beside the base. */
function trainedBytes(model: ModelConfig, settings: TorchMemorySettings): { trained: number; adapter: number } {
  const head = settings.hasValueHead ? FLOAT_BYTES * (model.hiddenSize + 1) : 0
  const { loraRank } = settings
  if (loraRank === null) return { trained: FLOAT_BYTES * parameterCount(model) + head, adapter: head }
  const count = linearLayers(model).reduce((sum, { inputs, outputs }) => sum + loraRank * (inputs + outputs), 0)
  return { trained: FLOAT_BYTES * count + head, adapter: (FLOAT_BYTES + elementBytes(settings)) * count + head }
}

/** Padded. */
function tokensOf(settings: TorchMemorySettings): number {
  return settings.microbatchSize * upTo(settings.promptTokens + settings.completionTokens, PAD_STEP[place(settings)])
}

/**
 * Bytes that one token leaves in one layer for the backward pass: inputs and outputs of both norms; queries, keys, values and what attention gives, with its
 * log-sums in float32; gate, its SiLU, up and their product. Each adapter keeps its thin product, and where it drops inputs, those and their masks.
 */
function keptOfToken(model: ModelConfig, settings: TorchMemorySettings): number {
  const { hiddenSize, intermediateSize, headCount, keyValueHeadCount, headSize } = model
  const [queries, keys] = [headCount * headSize, keyValueHeadCount * headSize]
  const tensors = 4 * hiddenSize + 2 * queries + 2 * keys + 4 * intermediateSize
  const thin = 7 * (settings.loraRank ?? 0)
  const dropped =
    settings.loraDropout > 0 ? (elementBytes(settings) + MASK_BYTES) * (5 * hiddenSize + queries + intermediateSize) : 0
  return elementBytes(settings) * (tensors + thin) + FLOAT_BYTES * headCount + dropped
}

/** kept: of every layer, or its input alone. atWork: beside that while a layer goes back, the gradients of its widest part and what it computes again. */
function activationBytes(model: ModelConfig, settings: TorchMemorySettings): { kept: number; atWork: number } {
  const { layerCount, hiddenSize, intermediateSize } = model
  const element = elementBytes(settings)
  const tokens = tokensOf(settings)
  const ofToken = keptOfToken(model, settings)
  const gradients = element * (3 * intermediateSize + 2 * hiddenSize)
  return settings.isCheckpointed
    ? { kept: tokens * layerCount * element * hiddenSize, atWork: tokens * (ofToken + gradients) }
    : { kept: tokens * layerCount * ofToken, atWork: tokens * gradients }
}

function logitsBytes({ vocabularySize, hiddenSize }: ModelConfig, settings: TorchMemorySettings): number {
  const tokens = settings.microbatchSize * settings.completionTokens
  const chunk = Math.min(CHUNK_ELEMENTS[place(settings)], tokens * vocabularySize)
  const copies = settings.loraRank === null ? CHUNK_COPIES.trained : CHUNK_COPIES.frozen
  // Beside the chunks, the gradient by each state, before and after they are put together.
  return FLOAT_BYTES * copies * chunk + 3 * elementBytes(settings) * tokens * hiddenSize
}

/** Of all rows at once, or of as many as fit on the card; never less than of one. */
function cacheBytes(model: ModelConfig, settings: TorchMemorySettings, lastingBytes: number): number {
  const { layerCount, keyValueHeadCount, headSize } = model
  const slots = upTo(settings.promptTokens + settings.completionTokens, LENGTH_STEP[place(settings)])
  const ofRow = elementBytes(settings) * 2 * layerCount * keyValueHeadCount * headSize * slots
  const wanted = ofRow * Math.min(MAX_ROWS, settings.rows)
  if (!settings.isOnCard || settings.availableBytes === null) return wanted
  return Math.max(ofRow, Math.min(wanted, CACHE_SHARE * (settings.availableBytes - lastingBytes)))
}

function decodingBytes(model: ModelConfig, settings: TorchMemorySettings): number {
  const { hiddenSize, intermediateSize, vocabularySize } = model
  const rows = Math.min(MAX_ROWS, settings.rows)
  const prefilled = Math.min(PREFILL_TOKENS[place(settings)], settings.prompts * settings.promptTokens)
  const prefill = elementBytes(settings) * prefilled * (3 * intermediateSize + 6 * hiddenSize)
  return Math.max(prefill, FLOAT_BYTES * SAMPLED_COPIES * rows * vocabularySize)
}

function upTo(count: number, step: number): number {
  return Math.ceil(count / step) * step
}
