/** Forward passes and updates over compiled graphs, one per shape bucket, all reading the same weights in place. */
import { Failure } from '#contract/failure'
import type { Minibatch, Objective, TrainingSequence, UpdateStats } from '../../flow.ts'
import { evaluateObjective, flattenTokens, statsOf, tokenWeights, meanOf, type ObjectiveSums } from '../../math/objective.ts'
import type { EngineSettings, Policy, PromptedSequence } from '../engine.ts'
import { DropoutMasks, maskDropout } from './dropout-masks.ts'
import { lengthOf, Microbatch, planMicrobatches } from './microbatch.ts'
import { MergedWeights } from './merged-weights.ts'
import type { ModelConfig } from './model/config.ts'
import { hasDropout } from './model/linear.ts'
import { AdamW, globalNorm } from './model/optimizer.ts'
import { buildForwardGraph, buildTrainGraph, GRADIENT_PREFIX, type Extent, type TrainGraphOptions } from './model/train-graph.ts'
import { copyTensors, isValueHead, type Tensors } from './model/weights.ts'
import { objectiveInputs } from './objective-inputs.ts'
import { Session, type Feed, type TensorData } from './session.ts'
import { DeviceTraining } from './webgpu/device-training.ts'

export interface ModelState {
  readonly config: ModelConfig
  /** The base; trained in place when there is no adapter. */
  readonly weights: Tensors
  /** Adapter and value head; all weights and value head when there is no adapter. */
  readonly trained: Tensors
}

interface WeightedMicrobatch {
  readonly sequences: readonly TrainingSequence[]
  /** Share of each completion token of a sequence in the loss. */
  readonly weights: readonly number[]
  readonly extent: Extent
}

export class TrainSessions {
  readonly optimizer: AdamW
  readonly #state: ModelState
  readonly #settings: EngineSettings
  readonly #sessions = new Map<string, Promise<Session>>()
  /** Frozen copy of the base where the base itself is trained. */
  readonly #reference: Tensors | null
  readonly #merged: MergedWeights | null
  /** null: training runs on the CPU, over the arrays of the state. */
  readonly #device: DeviceTraining | null

  constructor(state: ModelState, settings: EngineSettings) {
    this.#state = state
    this.#settings = settings
    this.#reference = settings.lora === null ? copyTensors(state.weights) : null
    this.#merged =
      settings.lora === null
        ? null
        : new MergedWeights(state.config, state.weights, state.trained, { lora: settings.lora, threads: settings.threads })
    this.optimizer = new AdamW(state.trained, settings.optimizer)
    this.#device = settings.device === 'webgpu' ? new DeviceTraining(state, settings, this.optimizer) : null
  }

  /** Weights of a policy: the frozen base, or what is trained with the adapter merged in. */
  async weightsOf(policy: Policy): Promise<Tensors> {
    if (policy === 'reference') return this.#reference ?? this.#state.weights
    await this.#device?.fetchWeights()
    return this.#merged === null ? this.#state.weights : this.#merged.current()
  }

  /** Brings the arrays of what is trained, and of the optimizer, up to date. */
  async fetchTrained(): Promise<void> {
    await this.#device?.fetchWeights()
    await this.#device?.fetchMoments()
  }

  /** To be told where trained tensors were changed from outside. */
  trainedChanged(): void {
    this.#device?.invalidate()
    this.#merged?.invalidate()
  }

  /** [completion tokens] log-probs of each sequence at `temperature`. */
  async logprobs(sequences: readonly PromptedSequence[], policy: Policy, temperature: number): Promise<Float32Array[]> {
    return this.#forward(sequences, policy, temperature, 'logprobs')
  }

  /** [completion tokens] values of each sequence. */
  async values(sequences: readonly PromptedSequence[]): Promise<Float32Array[]> {
    if (!this.#settings.hasValueHead) throw new Error('values need an engine with a value head')
    return this.#forward(sequences, 'current', 1, 'values')
  }

  /** One optimizer step on the gradients of all microbatches. A stop between microbatches leaves the weights as they were. */
  async update(minibatch: Minibatch, objective: Objective, stop: AbortSignal): Promise<UpdateStats> {
    const sums: ObjectiveSums[] = []
    const gradients = new Map<string, Float32Array>()
    // What an update that failed has left behind.
    this.#device?.drop()
    const shares = tokenWeights(minibatch.sequences, meanOf(objective))
    let tokenCount = 0
    this.#assertFit(minibatch.sequences)
    const masks = this.#masks()
    for (const plan of planMicrobatches(minibatch.sequences, this.#settings.microbatchSize)) {
      if (stop.aborted) break
      const sequences = plan.indices.map((i) => minibatch.sequences[i]!)
      const weights = plan.indices.map((i) => shares[i]!)
      sums.push(await this.#backward({ sequences, weights, extent: plan.extent }, objective, masks, gradients))
      tokenCount += sequences.reduce((sum, sequence) => sum + sequence.completionTokens.length * sequence.weight, 0)
    }
    if (stop.aborted) {
      this.#device?.drop()
      return statsOf(sums, 0, tokenCount)
    }
    const gradNorm = this.#device === null ? this.#step(gradients, objective) : await this.#device.step(objective)
    this.#merged?.invalidate()
    return statsOf(sums, gradNorm, tokenCount)
  }

  /** Returns the norm of the gradients before clipping. */
  #step(gradients: ReadonlyMap<string, Float32Array>, objective: Objective): number {
    const rateOf = (name: string): number => (isValueHead(name) ? objective.valueLearningRate : objective.learningRate)
    const gradNorm = globalNorm(gradients)
    if (!Number.isFinite(gradNorm)) throw new Failure('training.not-finite', { where: 'the gradient' })
    this.optimizer.apply(this.#state.trained, gradients, gradNorm, rateOf)
    return gradNorm
  }

  async release(): Promise<void> {
    for (const session of this.#sessions.values()) await (await session).release()
    this.#sessions.clear()
    await this.#merged?.release()
    await this.#device?.release()
  }

  async #backward(
    { sequences, weights, extent }: WeightedMicrobatch,
    objective: Objective,
    masks: DropoutMasks | null,
    gradients: Map<string, Float32Array>,
  ): Promise<ObjectiveSums> {
    const batch = new Microbatch(sequences, extent)
    const flat = flattenTokens({ sequences }, objective)
    flat.weights.set(batch.spread(weights))
    const session = await this.#session(graphName(objective), extent, () =>
      buildTrainGraph(this.#state.config, extent, this.#graphOptions(objective)),
    )
    const inputs = new Map([...batch.inputs(), ...objectiveInputs(flat, objective, extent.picked)])
    masks?.add(inputs, extent)
    // With dropout the adapter stands beside the base instead of in it.
    const { arrays: results, kept } = await session.runKept(await this.#feeds(inputs, masks === null ? 'current' : 'reference'))
    await this.#device?.add(kept)
    for (const [name, result] of Object.entries(results)) {
      if (name.startsWith(GRADIENT_PREFIX)) accumulate(gradients, name.slice(GRADIENT_PREFIX.length), result)
    }
    const [count, { logprobs, entropies, values }] = [flat.weights.length, results]
    return evaluateObjective(objective, flat, {
      logprobs: logprobs!.subarray(0, count),
      entropies: entropies!.subarray(0, count),
      values: values?.subarray(0, count) ?? null,
    }).sums
  }

  async #forward(
    sequences: readonly PromptedSequence[],
    policy: Policy,
    temperature: number,
    output: 'logprobs' | 'values',
  ): Promise<Float32Array[]> {
    this.#assertFit(sequences)
    const results: Float32Array[] = sequences.map(() => new Float32Array(0))
    for (const plan of planMicrobatches(sequences, this.#settings.microbatchSize)) {
      const batch = new Microbatch(
        plan.indices.map((i) => sequences[i]!),
        plan.extent,
      )
      const session = await this.#session(output, plan.extent, () => buildForwardGraph(this.#state.config, plan.extent, output))
      const inputs = batch.inputs().set('inverse_temperature', Float32Array.of(1 / temperature))
      const outputs = await session.run(await this.#feeds(inputs, policy))
      const parts = batch.split(outputs[output]!)
      plan.indices.forEach((i, row) => (results[i] = parts[row]!))
    }
    return results
  }

  /** Masks of the coming optimizer step; null without dropout. */
  #masks(): DropoutMasks | null {
    const { lora, seed } = this.#settings
    if (lora === null || !hasDropout({ dropout: maskDropout(lora.dropout) })) return null
    return new DropoutMasks(this.#state.config, lora.dropout, [seed, 'dropout', this.optimizer.step + 1])
  }

  /** The rollouts of a run always fit; positions beyond the context have no meaning that the model learnt. */
  #assertFit(sequences: readonly PromptedSequence[]): void {
    const { maxPositions } = this.#state.config
    const longest = sequences.reduce((most, sequence) => Math.max(most, lengthOf(sequence)), 0)
    if (longest > maxPositions) {
      throw new RangeError(`A sequence of ${longest} tokens is longer than the model's context of ${maxPositions} tokens.`)
    }
  }

  #graphOptions(objective: Objective): TrainGraphOptions {
    const { lora, hasValueHead, isCheckpointed = false } = this.#settings
    return {
      adapter: lora === null ? null : { rank: lora.rank, scale: lora.alpha / lora.rank, dropout: maskDropout(lora.dropout) },
      hasValueHead,
      isCheckpointed,
      objective: objective.kind,
      hasEntropyBonus: hasEntropyBonus(objective),
    }
  }

  async #feeds(inputs: ReadonlyMap<string, TensorData>, policy: Policy): Promise<(name: string) => Feed> {
    const weight = await this.#weightFeeds(policy)
    return (name) => {
      const data = inputs.get(name) ?? weight(name)
      if (data === undefined) throw new Error(`the graph asks for ${name}, which nothing feeds`)
      return data
    }
  }

  async #weightFeeds(policy: Policy): Promise<(name: string) => Feed | undefined> {
    if (this.#device !== null) return this.#device.weightsOf(policy, this.#reference ?? this.#state.weights)
    const weights = await this.weightsOf(policy)
    return (name) => (weights.get(name) ?? this.#state.trained.get(name))?.data
  }

  #session(kind: string, extent: Extent, build: () => ReturnType<typeof buildForwardGraph>): Promise<Session> {
    const name = `${kind} [${extent.batch} x ${extent.length}, ${extent.picked} tokens]`
    const known = this.#sessions.get(name)
    if (known !== undefined) return known
    const { threads, device } = this.#settings
    const keeps = (output: string): boolean => output.startsWith(GRADIENT_PREFIX)
    const session = Session.create(build(), { threads, name, keeps, ...(device && { device }) })
    this.#sessions.set(name, session)
    return session
  }
}

function accumulate(gradients: Map<string, Float32Array>, name: string, part: Float32Array): void {
  const sum = gradients.get(name)
  if (sum === undefined) gradients.set(name, part)
  else for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + part[i]!
}

function hasEntropyBonus(objective: Objective): boolean {
  return objective.kind === 'policy' && objective.entropyCoef > 0
}

function graphName(objective: Objective): string {
  return `train-${objective.kind}${hasEntropyBonus(objective) ? '-entropy' : ''}`
}
