/**
 * A real policy too small to be useful: one row of logits per previous token, and one value. It learns by the plain-loop objective, so that
 * loop, recipes and screens can be tried in milliseconds, and so that the engine contract has a second, independent witness.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '#contract/failure'
import type { Minibatch, Objective, UpdateStats } from '../../flow.ts'
import { evaluateObjective, flattenTokens, statsOf, type ObjectiveResult } from '../../math/objective.ts'
import { createRandom, hashSeed } from '../../math/random.ts'
import type {
  Engine,
  EngineInfo,
  EngineSettings,
  GenerateEvent,
  GenerateRequest,
  Policy,
  PromptedSequence,
  Sampling,
} from '../engine.ts'

const CONTEXT_LENGTH = 4096
const STATE_FILE = 'bigram.f64'

export async function createFakeEngine(settings: EngineSettings): Promise<Engine> {
  return new FakeEngine(settings, readVocabularySize(settings.modelFolder))
}

function readVocabularySize(folder: string): number {
  try {
    return (JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8')) as { vocab_size: number }).vocab_size
  } catch (error) {
    throw new Failure('model.missing-file', { folder, file: 'config.json' }, { cause: error })
  }
}

/** One learnable table with Adam's moments. */
interface Table {
  readonly data: Float64Array
  readonly first: Float64Array
  readonly second: Float64Array
}

class FakeEngine implements Engine {
  readonly info: EngineInfo
  readonly #settings: EngineSettings
  readonly #size: number
  readonly #reference: Float64Array
  readonly #logits: Table
  readonly #values: Table
  #step = 0

  constructor(settings: EngineSettings, size: number) {
    this.#settings = settings
    this.#size = size
    const random = createRandom(hashSeed('bigram', settings.seed))
    this.#reference = Float64Array.from({ length: size * size }, () => random.next() - 0.5)
    this.#logits = table(this.#reference.slice())
    this.#values = table(new Float64Array(size))
    this.info = {
      name: 'fake',
      device: 'cpu',
      dtype: 'float64',
      contextLength: CONTEXT_LENGTH,
      vocabularySize: size,
      parameterCount: size * size,
      trainableCount: size * size + (settings.hasValueHead ? size : 0),
      hasValueHead: settings.hasValueHead,
    }
  }

  async generate(
    requests: readonly GenerateRequest[],
    sampling: Sampling,
    policy: Policy,
    onEvent: (event: GenerateEvent) => void,
    stop: AbortSignal,
  ): Promise<void> {
    for (const [request, { prompt, seeds }] of requests.entries()) {
      for (const [index, seed] of seeds.entries()) {
        const parts = partsOf(this.#complete(prompt, seed, sampling, policy), sampling.isStreamed === true)
        for (const [i, part] of parts.entries()) {
          if (stop.aborted) return
          onEvent({ request, index, ...part, isFinished: i === parts.length - 1 })
          if (i < parts.length - 1) await new Promise(setImmediate)
        }
      }
      await new Promise(setImmediate)
    }
  }

  async logprobs(sequences: readonly PromptedSequence[], policy: Policy, temperature: number): Promise<Float32Array[]> {
    return sequences.map((sequence) =>
      Float32Array.from(steps(sequence), ([previous, token]) => this.#logRow(previous, policy, temperature)[token]!),
    )
  }

  async values(sequences: readonly PromptedSequence[]): Promise<Float32Array[]> {
    return sequences.map((sequence) => Float32Array.from(steps(sequence), ([previous]) => this.#values.data[previous]!))
  }

  async update(minibatch: Minibatch, objective: Objective, stop: AbortSignal): Promise<UpdateStats> {
    const temperature = objective.kind === 'policy' ? objective.temperature : 1
    const moves = minibatch.sequences.flatMap((sequence) => steps(sequence))
    const rows = moves.map(([previous]) => this.#logRow(previous, 'current', temperature))
    const result = evaluateObjective(objective, flattenTokens(minibatch, objective), {
      logprobs: Float32Array.from(moves, ([, token], i) => rows[i]![token]!),
      entropies: Float32Array.from(rows, entropyOf),
      values: this.#settings.hasValueHead ? Float32Array.from(moves, ([previous]) => this.#values.data[previous]!) : null,
    })
    if (stop.aborted) return statsOf([result.sums], 0, moves.length)
    const gradients = this.#gradients(moves, rows, result, temperature)
    const gradNorm = Math.sqrt([...gradients.logits, ...gradients.values].reduce((sum, [, g]) => sum + g * g, 0))
    this.#step++
    this.#apply(this.#logits, gradients.logits, objective.learningRate, gradNorm)
    this.#apply(this.#values, gradients.values, objective.valueLearningRate, gradNorm)
    return statsOf([result.sums], gradNorm, moves.length)
  }

  /** Step, then both tables with their moments, as float64 of this machine: text would take a second for the starter's vocabulary. */
  async save(directory: string): Promise<void> {
    const parts = [Float64Array.of(this.#step), ...this.#state()]
    writeFileSync(join(directory, STATE_FILE), Buffer.concat(parts.map(({ buffer }) => Buffer.from(buffer as ArrayBuffer))))
  }

  async load(directory: string): Promise<void> {
    const bytes = readFileSync(join(directory, STATE_FILE))
    const saved = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength))
    this.#step = saved[0]!
    let offset = 1
    for (const part of this.#state()) {
      part.set(saved.subarray(offset, offset + part.length))
      offset += part.length
    }
  }

  #state(): Float64Array[] {
    return [this.#logits, this.#values].flatMap(({ data, first, second }) => [data, first, second])
  }

  async close(): Promise<void> {}

  /** Top-k and top-p are not cut here, so that what is drawn from is the whole distribution. */
  #complete(prompt: readonly number[], seed: number, sampling: Sampling, policy: Policy): Drawn {
    const random = createRandom(seed)
    const tokens: number[] = []
    const logprobs: number[] = []
    const plain: number[] = []
    let text = ''
    let previous = prompt.at(-1)!
    while (tokens.length < sampling.maxCompletionTokens) {
      const row = this.#logRow(previous, policy, sampling.temperature)
      const token = drawFrom(row, random.next())
      tokens.push(token)
      logprobs.push(row[token]!)
      plain.push(this.#logRow(previous, policy, 1)[token]!)
      text += sampling.stop?.tokenTexts[token] ?? ''
      if (sampling.endTokens.includes(token) || sampling.stop?.texts.some((stop) => text.includes(stop))) break
      previous = token
    }
    const oldLogprobs = Float32Array.from(logprobs)
    return { tokens, oldLogprobs, samplingLogprobs: oldLogprobs, plainLogprobs: Float32Array.from(plain) }
  }

  /** log softmax(row / temperature) of the tokens after `previous`. */
  #logRow(previous: number, policy: Policy, temperature: number): Float64Array {
    const data = policy === 'current' ? this.#logits.data : this.#reference
    const row = data.slice(previous * this.#size, (previous + 1) * this.#size).map((logit) => logit / temperature)
    const max = row.reduce((most, logit) => Math.max(most, logit), -Infinity)
    const logTotal = max + Math.log(row.reduce((sum, logit) => sum + Math.exp(logit - max), 0))
    return row.map((logit) => logit - logTotal)
  }

  /** ∂logprob(token)/∂logit(j) = ([j = token] - p(j)) / T; ∂entropy/∂logit(j) = -p(j) (log p(j) + entropy) / T. */
  #gradients(
    moves: readonly Move[],
    rows: readonly Float64Array[],
    result: ObjectiveResult,
    temperature: number,
  ): Record<'logits' | 'values', Map<number, number>> {
    const logits = new Map<number, number>()
    const values = new Map<number, number>()
    const add = (map: Map<number, number>, key: number, amount: number): unknown => map.set(key, (map.get(key) ?? 0) + amount)
    moves.forEach(([previous, token], i) => {
      const row = rows[i]!
      const entropy = result.entropyGradient[i] === 0 ? 0 : entropyOf(row)
      row.forEach((logp, j) => {
        const p = Math.exp(logp)
        const byLogprob = result.logprobGradient[i]! * ((j === token ? 1 : 0) - p)
        const byEntropy = result.entropyGradient[i]! * -p * (logp + entropy)
        add(logits, previous * this.#size + j, (byLogprob + byEntropy) / temperature)
      })
      if (this.#settings.hasValueHead) add(values, previous, result.valueGradient[i]!)
    })
    return { logits, values }
  }

  #apply({ data, first, second }: Table, gradients: ReadonlyMap<number, number>, learningRate: number, norm: number): void {
    const { beta1, beta2, epsilon, maxGradNorm } = this.#settings.optimizer
    const scale = norm > maxGradNorm ? maxGradNorm / norm : 1
    for (const [i, gradient] of gradients) {
      first[i] = beta1 * first[i]! + (1 - beta1) * gradient * scale
      second[i] = beta2 * second[i]! + (1 - beta2) * (gradient * scale) ** 2
      const corrected = first[i]! / (1 - beta1 ** this.#step)
      data[i] = data[i]! - (learningRate * corrected) / (Math.sqrt(second[i]! / (1 - beta2 ** this.#step)) + epsilon)
    }
  }
}

type Drawn = Pick<GenerateEvent, 'tokens' | 'oldLogprobs' | 'samplingLogprobs' | 'plainLogprobs'>

/** Token by token, or as one. */
function partsOf(whole: Drawn, isStreamed: boolean): Drawn[] {
  if (!isStreamed) return [whole]
  return whole.tokens.map((token, i) => ({
    tokens: [token],
    oldLogprobs: whole.oldLogprobs.slice(i, i + 1),
    samplingLogprobs: whole.samplingLogprobs.slice(i, i + 1),
    plainLogprobs: whole.plainLogprobs.slice(i, i + 1),
  }))
}

type Move = readonly [previous: number, token: number]

function steps({ promptTokens, completionTokens }: PromptedSequence): Move[] {
  return completionTokens.map((token, i) => [i === 0 ? promptTokens.at(-1)! : completionTokens[i - 1]!, token])
}

function table(data: Float64Array): Table {
  return { data, first: new Float64Array(data.length), second: new Float64Array(data.length) }
}

function entropyOf(logRow: Float64Array): number {
  return -logRow.reduce((sum, logp) => sum + Math.exp(logp) * logp, 0)
}

function drawFrom(logRow: Float64Array, uniform: number): number {
  let sum = 0
  for (let token = 0; token < logRow.length; token++) {
    sum += Math.exp(logRow[token]!)
    if (sum > uniform) return token
  }
  return logRow.length - 1
}
