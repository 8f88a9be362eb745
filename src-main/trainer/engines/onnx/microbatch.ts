/** Sequences -> the padded arrays of one graph run, in few distinct shapes. */
import type { Objective } from '../../flow.ts'
import type { TokenBatch } from '../../math/objective.ts'
import type { PromptedSequence } from '../engine.ts'
import type { Extent } from './model/train-graph.ts'
import type { TensorData } from './session.ts'

/** Lengths are padded to multiples of this: each distinct shape costs a compiled graph and its memory. */
const LENGTH_STEP = 64
/** Rows are padded to multiples of this. */
const BATCH_STEP = 8
/** Completion tokens are padded to multiples of this share of the whole microbatch. */
const PICKED_STEPS = 4

export interface MicrobatchPlan {
  /** Places of the microbatch's sequences in the list that was planned. */
  readonly indices: readonly number[]
  readonly extent: Extent
}

/** Cuts sequences into microbatches of similar length. */
export function planMicrobatches(sequences: readonly PromptedSequence[], microbatchSize: number): MicrobatchPlan[] {
  const order = sequences.map((_, i) => i).sort((a, b) => lengthOf(sequences[a]!) - lengthOf(sequences[b]!) || a - b)
  const plans: MicrobatchPlan[] = []
  for (let start = 0; start < order.length; start += microbatchSize) {
    const indices = order.slice(start, start + microbatchSize)
    const batch = Math.min(microbatchSize, roundUp(indices.length, BATCH_STEP))
    const chosen = indices.map((i) => sequences[i]!)
    const length = roundUp(Math.max(...chosen.map(lengthOf)), LENGTH_STEP)
    const tokens = chosen.reduce((sum, sequence) => sum + sequence.completionTokens.length, 0)
    const picked = roundUp(Math.max(1, tokens), (batch * length) / PICKED_STEPS)
    plans.push({ indices, extent: { batch, length, picked } })
  }
  return plans
}

/** One microbatch; rows beyond its sequences are padding. */
export class Microbatch {
  readonly tokenCount: number
  readonly #sequences: readonly PromptedSequence[]
  readonly #extent: Extent

  constructor(sequences: readonly PromptedSequence[], extent: Extent) {
    this.#sequences = sequences
    this.#extent = extent
    this.tokenCount = sequences.reduce((sum, sequence) => sum + sequence.completionTokens.length, 0)
  }

  /** Inputs of a forward graph. Padding picks position 0 of row 0, whose results nobody reads. */
  tokenInputs(temperature: number): Map<string, TensorData> {
    const { batch, length, picked } = this.#extent
    const tokens = new BigInt64Array(batch * length)
    const places = new BigInt64Array(picked)
    const targets = new BigInt64Array(picked)
    let next = 0
    this.#sequences.forEach(({ promptTokens, completionTokens }, row) => {
      const whole = [...promptTokens, ...completionTokens]
      whole.forEach((token, i) => (tokens[row * length + i] = BigInt(token)))
      completionTokens.forEach((token, i) => {
        places[next] = BigInt(row * length + promptTokens.length + i - 1)
        targets[next] = BigInt(token)
        next++
      })
    })
    return new Map<string, TensorData>([
      ['tokens', tokens],
      ['places', places],
      ['targets', targets],
      ['inverse_temperature', Float32Array.of(1 / temperature)],
    ])
  }

  /** Inputs of a training graph. */
  inputs(flat: TokenBatch, objective: Objective): Map<string, TensorData> {
    const inputs = this.tokenInputs(objective.kind === 'policy' ? objective.temperature : 1)
    const padded = (values: Float32Array): Float32Array => {
      const array = new Float32Array(this.#extent.picked)
      array.set(values)
      return array
    }
    inputs.set('weights', padded(flat.weights))
    if (objective.kind === 'supervised') return inputs
    inputs.set('old_logprobs', padded(flat.oldLogprobs))
    inputs.set('ref_logprobs', padded(flat.refLogprobs))
    inputs.set('advantages', padded(flat.advantages))
    inputs.set('returns', padded(flat.returns))
    inputs.set('old_values', padded(flat.oldValues))
    const scalars: Record<string, number> = {
      ratio_low: 1 - objective.clipEpsilonLow,
      ratio_high: 1 + objective.clipEpsilonHigh,
      kl_coef: objective.klCoef,
      entropy_coef: objective.entropyCoef,
      value_coef: objective.value?.coef ?? 0,
      value_clip: objective.value?.clipEpsilon ?? 1,
    }
    for (const [name, value] of Object.entries(scalars)) inputs.set(name, Float32Array.of(value))
    return inputs
  }

  /** One number per sequence -> one per completion token. */
  spread(numbers: readonly number[]): Float32Array {
    return Float32Array.from(this.#sequences.flatMap(({ completionTokens }, row) => completionTokens.map(() => numbers[row]!)))
  }

  /** [tokens] -> one array per sequence. */
  split(flat: Float32Array): Float32Array[] {
    let start = 0
    return this.#sequences.map(({ completionTokens }) => {
      const part = flat.slice(start, start + completionTokens.length)
      start += completionTokens.length
      return part
    })
  }
}

function lengthOf({ promptTokens, completionTokens }: PromptedSequence): number {
  return promptTokens.length + completionTokens.length
}

function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step
}
