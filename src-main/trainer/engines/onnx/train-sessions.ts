/** Forward passes and updates over compiled graphs, one per shape bucket, all reading the same weights in place. */
import { Failure } from '#contract/failure'
import type { Minibatch, Objective, TrainingSequence, UpdateStats } from '../../flow.ts'
import { evaluateObjective, flattenTokens, statsOf, tokenWeights, meanOf, type ObjectiveSums } from '../../math/objective.ts'
import type { EngineSettings, Policy, PromptedSequence } from '../engine.ts'
import { Microbatch, planMicrobatches } from './microbatch.ts'
import { ADAPTER_SCALE } from './model/llama.ts'
import type { ModelConfig } from './model/config.ts'
import { AdamW } from './model/optimizer.ts'
import { buildForwardGraph, buildTrainGraph, GRADIENT_PREFIX, type Extent } from './model/train-graph.ts'
import { copyTensors, VALUE_HEAD, type Tensors } from './model/weights.ts'
import { Session, type TensorData } from './session.ts'

export interface ModelState {
  readonly config: ModelConfig
  /** The base; trained in place when there is no adapter. */
  readonly weights: Tensors
  /** Adapter and value head; all weights and value head when there is no adapter. */
  readonly trained: Tensors
}

interface TokenOutputs {
  readonly logprobs: Float32Array
  readonly entropies: Float32Array
  readonly values: Float32Array | null
}

export class TrainSessions {
  readonly optimizer: AdamW
  readonly #state: ModelState
  readonly #settings: EngineSettings
  readonly #sessions = new Map<string, Promise<Session>>()
  /** Frozen copy of the base where the base itself is trained. */
  readonly #reference: Tensors | null
  readonly #adapterScale: number

  constructor(state: ModelState, settings: EngineSettings) {
    this.#state = state
    this.#settings = settings
    this.#reference = settings.lora === null ? copyTensors(state.weights) : null
    this.#adapterScale = settings.lora === null ? 0 : settings.lora.alpha / settings.lora.rank
    this.optimizer = new AdamW(state.trained, settings.optimizer)
  }

  /** The frozen base. */
  get referenceWeights(): Tensors {
    return this.#reference ?? this.#state.weights
  }

  /** [completion tokens] log-probs of each sequence at `temperature`. */
  async logprobs(sequences: readonly PromptedSequence[], policy: Policy, temperature: number): Promise<Float32Array[]> {
    return this.#forward(sequences, policy, temperature, (outputs) => outputs.logprobs)
  }

  /** [completion tokens] values of each sequence. */
  async values(sequences: readonly PromptedSequence[]): Promise<Float32Array[]> {
    if (!this.#settings.hasValueHead) throw new Error('values need an engine with a value head')
    return this.#forward(sequences, 'current', 1, (outputs) => outputs.values!)
  }

  /** One optimizer step on the gradients of all microbatches. A stop between microbatches leaves the weights as they were. */
  async update(minibatch: Minibatch, objective: Objective, stop: AbortSignal): Promise<UpdateStats> {
    const sums: ObjectiveSums[] = []
    const gradients = new Map<string, Float32Array>()
    const shares = tokenWeights(minibatch.sequences, meanOf(objective))
    let tokenCount = 0
    for (const plan of planMicrobatches(minibatch.sequences, this.#settings.microbatchSize)) {
      if (stop.aborted) break
      const sequences = plan.indices.map((i) => minibatch.sequences[i]!)
      const weights = plan.indices.map((i) => shares[i]!)
      sums.push(await this.#backward(sequences, weights, plan.extent, objective, gradients))
      tokenCount += sequences.reduce((sum, sequence) => sum + sequence.completionTokens.length * sequence.weight, 0)
    }
    if (stop.aborted) return statsOf(sums, 0, tokenCount)
    const isHead = (name: string): boolean => name === VALUE_HEAD.weight || name === VALUE_HEAD.bias
    const rateOf = (name: string): number => (isHead(name) ? objective.valueLearningRate : objective.learningRate)
    const gradNorm = this.optimizer.apply(this.#state.trained, gradients, rateOf)
    if (!Number.isFinite(gradNorm)) {
      throw new Failure('training.not-finite', { where: 'the gradient' })
    }
    return statsOf(sums, gradNorm, tokenCount)
  }

  async release(): Promise<void> {
    for (const session of this.#sessions.values()) await (await session).release()
    this.#sessions.clear()
  }

  async #backward(
    sequences: readonly TrainingSequence[],
    weights: readonly number[],
    extent: Extent,
    objective: Objective,
    gradients: Map<string, Float32Array>,
  ): Promise<ObjectiveSums> {
    const batch = new Microbatch(sequences, extent)
    const flat = flattenTokens({ sequences }, objective)
    flat.weights.set(batch.spread(weights))
    const hasEntropyBonus = objective.kind === 'policy' && objective.entropyCoef > 0
    const session = await this.#session(`train-${objective.kind}${hasEntropyBonus ? '-entropy' : ''}`, extent, () =>
      buildTrainGraph(this.#state.config, extent, this.#graphOptions, objective.kind, hasEntropyBonus),
    )
    const inputs = batch.inputs(flat, objective)
    const results = await session.run((name) => inputs.get(name) ?? this.#weight(name, 'current'))
    for (const [name, result] of Object.entries(results)) {
      if (name.startsWith(GRADIENT_PREFIX)) accumulate(gradients, name.slice(GRADIENT_PREFIX.length), result)
    }
    return evaluateObjective(objective, flat, trimmed(results, flat.weights.length)).sums
  }

  async #forward(
    sequences: readonly PromptedSequence[],
    policy: Policy,
    temperature: number,
    pick: (outputs: TokenOutputs) => Float32Array,
  ): Promise<Float32Array[]> {
    const results: Float32Array[] = sequences.map(() => new Float32Array(0))
    for (const plan of planMicrobatches(sequences, this.#settings.microbatchSize)) {
      const batch = new Microbatch(
        plan.indices.map((i) => sequences[i]!),
        plan.extent,
      )
      const session = await this.#session('forward', plan.extent, () =>
        buildForwardGraph(this.#state.config, plan.extent, this.#graphOptions),
      )
      const inputs = batch.tokenInputs(temperature)
      const outputs = await session.run((name) => inputs.get(name) ?? this.#weight(name, policy))
      const parts = batch.split(pick(trimmed(outputs, batch.tokenCount)))
      plan.indices.forEach((i, row) => (results[i] = parts[row]!))
    }
    return results
  }

  get #graphOptions(): { loraRank: number | null; hasValueHead: boolean } {
    return { loraRank: this.#settings.lora?.rank ?? null, hasValueHead: this.#settings.hasValueHead }
  }

  #weight(name: string, policy: Policy): TensorData {
    if (name === ADAPTER_SCALE) return Float32Array.of(policy === 'current' ? this.#adapterScale : 0)
    const base = policy === 'reference' ? this.referenceWeights : this.#state.weights
    const tensor = base.get(name) ?? this.#state.trained.get(name)
    if (tensor === undefined) throw new Error(`the graph asks for ${name}, which nothing feeds`)
    return tensor.data
  }

  #session(kind: string, extent: Extent, build: () => ReturnType<typeof buildForwardGraph>): Promise<Session> {
    const name = `${kind} [${extent.batch} x ${extent.length}, ${extent.picked} tokens]`
    const known = this.#sessions.get(name)
    if (known !== undefined) return known
    const session = Session.create(build(), { threads: this.#settings.threads, name })
    this.#sessions.set(name, session)
    return session
  }
}

function accumulate(gradients: Map<string, Float32Array>, name: string, part: Float32Array): void {
  const sum = gradients.get(name)
  if (sum === undefined) gradients.set(name, part)
  else for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + part[i]!
}

function trimmed(outputs: Record<string, Float32Array>, count: number): TokenOutputs {
  return {
    logprobs: outputs.logprobs!.subarray(0, count),
    entropies: outputs.entropies!.subarray(0, count),
    values: outputs.values?.subarray(0, count) ?? null,
  }
}
