/** Forward passes and updates over compiled graphs, one per shape bucket, all reading the same weights in place. */
import { Failure } from '#contract/failure'
import type { Minibatch, Objective, UpdateStats } from '../../flow.ts'
import {
  evaluateObjective,
  flattenTokens,
  meanOf,
  statsOf,
  tokenWeights,
  type ObjectiveSums,
  type TokenBatch,
} from '../../math/objective.ts'
import type { EngineSettings, Policy, PromptedSequence } from '../engine.ts'
import { besideBase } from './beside-base.ts'
import { DropoutMasks, maskDropout } from './dropout-masks.ts'
import { CompiledGraphs, type GraphKey } from './lanes/compiled-graphs.ts'
import { inOrder } from './lanes/in-order.ts'
import { laneCount, Lanes } from './lanes/lanes.ts'
import { sharedFloats, shareTensors } from './lanes/shared-tensors.ts'
import { lengthOf, planMicrobatches, type MicrobatchPlan } from './microbatch-plan.ts'
import { Microbatch } from './microbatch.ts'
import { MergedWeights } from './merged-weights.ts'
import type { ModelConfig } from './model/config.ts'
import { hasDropout } from './model/linear.ts'
import { AdamW, globalNorm } from './model/optimizer.ts'
import { lossOptionsOf } from './model/loss.ts'
import { GRADIENT_PREFIX, type TrainGraphOptions } from './model/train-graph.ts'
import { MERGED, type BaseForm } from './model/llama.ts'
import { copyTensors, floatsOf, isValueHead, parameterCount, type BaseTensors, type Tensors } from './model/weights.ts'
import { objectiveInputs } from './objective-inputs.ts'
import type { TensorData } from './session.ts'
import { DeviceTraining } from './webgpu/device-training.ts'

export interface ModelState {
  readonly config: ModelConfig
  /** The base, stored as the settings say; trained in place when there is no adapter. */
  readonly weights: BaseTensors
  /** Adapter and value head; all weights and value head when there is no adapter. */
  readonly trained: Tensors
}

type Inputs = ReadonlyMap<string, TensorData>

/** What a microbatch gives: parts of the loss, and gradients unless they stay on a device. */
interface Backward {
  readonly sums: ObjectiveSums
  readonly gradients: ReadonlyMap<string, Float32Array>
}

export class TrainSessions {
  readonly optimizer: AdamW
  readonly #state: ModelState
  readonly #settings: EngineSettings
  readonly #lanes: Lanes
  /** Frozen copy of the base where the base itself is trained. */
  readonly #reference: Tensors | null
  /** null: no adapter, or one that stands beside the base. */
  readonly #merged: MergedWeights | null
  /** null: the base is float32. */
  readonly #beside: Readonly<Record<Policy, BaseTensors>> | null
  /** null: training runs on the CPU, over the arrays of the state. */
  readonly #device: { readonly graphs: CompiledGraphs; readonly training: DeviceTraining } | null

  constructor(state: ModelState, settings: EngineSettings) {
    const { lora, threads, baseStorage = 'float32' } = settings
    this.#state = state
    this.#settings = settings
    this.#lanes = new Lanes(
      state.config,
      threads,
      settings.device === 'webgpu' ? 1 : laneCount(parameterCount(state.config), threads),
      formOf(settings),
    )
    const isShared = this.#lanes.count > 1
    if (isShared) shareTensors(state.weights, state.trained)
    this.#reference = lora === null ? copyTensors(floatsOf(state.weights)) : null
    if (isShared && this.#reference !== null) shareTensors(this.#reference)
    const allocate = isShared ? sharedFloats : (size: number): Float32Array => new Float32Array(size)
    this.#beside = baseStorage === 'float32' ? null : besideBase(state.config, state.weights, state.trained, allocate)
    this.#merged =
      lora === null || this.#beside !== null
        ? null
        : new MergedWeights(state.config, floatsOf(state.weights), state.trained, { lora, threads, allocate })
    this.optimizer = new AdamW(state.trained, settings.optimizer)
    this.#device = settings.device === 'webgpu' ? deviceFor(state, settings, this.optimizer) : null
  }

  /** Weights of a policy: the frozen base, or what is trained with the adapter merged in; in the form of formOf(). */
  async weightsOf(policy: Policy): Promise<BaseTensors> {
    if (this.#beside !== null) return this.#beside[policy]
    if (policy === 'reference') return this.#reference ?? this.#state.weights
    await this.#device?.training.fetchWeights()
    return this.#merged === null ? this.#state.weights : this.#merged.current()
  }

  /** Brings the arrays of what is trained, and of the optimizer, up to date. */
  async fetchTrained(): Promise<void> {
    await this.#device?.training.fetchWeights()
    await this.#device?.training.fetchMoments()
  }

  /** To be told where trained tensors were changed from outside. */
  trainedChanged(): void {
    this.#device?.training.invalidate()
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
    this.#assertFit(minibatch.sequences)
    // What an update that failed has left behind.
    this.#device?.training.drop()
    const masks = this.#masks()
    // With dropout the adapter stands beside the base instead of in it, as it always does where the base is not float32.
    const policy = masks === null || this.#beside !== null ? 'current' : 'reference'
    await this.#share(policy)
    const shares = tokenWeights(minibatch.sequences, meanOf(objective))
    const sums: ObjectiveSums[] = []
    const gradients = new Map<string, Float32Array>()
    let tokenCount = 0
    const backward = (plan: MicrobatchPlan): Promise<Backward> => {
      const sequences = plan.indices.map((i) => minibatch.sequences[i]!)
      const weights = plan.indices.map((i) => shares[i]!)
      const batch = new Microbatch(sequences, plan.extent)
      const flat = { ...flattenTokens({ sequences }, objective), weights: batch.spread(weights) }
      const inputs = new Map([...batch.inputs(), ...objectiveInputs(flat, objective, plan.extent.picked)])
      masks?.add(inputs, plan.extent)
      return this.#backward(
        { kind: 'train', extent: plan.extent, options: this.#graphOptions(objective) },
        inputs,
        policy,
        flat,
        objective,
      )
    }
    const add = (part: Backward, { indices }: MicrobatchPlan): void => {
      sums.push(part.sums)
      for (const [name, gradient] of part.gradients) accumulate(gradients, name, gradient)
      for (const i of indices) tokenCount += minibatch.sequences[i]!.completionTokens.length * minibatch.sequences[i]!.weight
    }
    await inOrder(this.#plan(minibatch.sequences), this.#width, backward, add, () => stop.aborted)
    if (stop.aborted) {
      this.#device?.training.drop()
      return statsOf(sums, 0, tokenCount)
    }
    const gradNorm = this.#device === null ? this.#step(gradients, objective) : await this.#device.training.step(objective)
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
    await this.#lanes.release()
    await this.#merged?.release()
    await this.#device?.graphs.release()
    await this.#device?.training.release()
  }

  /** One microbatch. Gradients stay on a device, if there is one. */
  async #backward(key: GraphKey, inputs: Inputs, policy: Policy, flat: TokenBatch, objective: Objective): Promise<Backward> {
    const results = await this.#run(key, inputs, policy)
    const [count, { logprobs, entropies, values }] = [flat.weights.length, results]
    const { sums } = evaluateObjective(objective, flat, {
      logprobs: logprobs!.subarray(0, count),
      entropies: entropies!.subarray(0, count),
      values: values?.subarray(0, count) ?? null,
    })
    const gradients = Object.entries(results).flatMap(([name, result]) =>
      name.startsWith(GRADIENT_PREFIX) ? [[name.slice(GRADIENT_PREFIX.length), result] as const] : [],
    )
    return { sums, gradients: new Map(gradients) }
  }

  async #forward(
    sequences: readonly PromptedSequence[],
    policy: Policy,
    temperature: number,
    output: 'logprobs' | 'values',
  ): Promise<Float32Array[]> {
    this.#assertFit(sequences)
    await this.#share(policy)
    const results: Float32Array[] = sequences.map(() => new Float32Array(0))
    const say = async ({ indices, extent }: MicrobatchPlan): Promise<Float32Array[]> => {
      const batch = new Microbatch(
        indices.map((i) => sequences[i]!),
        extent,
      )
      const inputs = batch.inputs().set('inverse_temperature', Float32Array.of(1 / temperature))
      return batch.split((await this.#run({ kind: output, extent }, inputs, policy))[output]!)
    }
    await inOrder(this.#plan(sequences), this.#width, say, (parts, { indices }) => {
      indices.forEach((i, row) => (results[i] = parts[row]!))
    })
    return results
  }

  /** Runs a graph over the policy's weights, which are shared before. */
  async #run(key: GraphKey, inputs: Inputs, policy: Policy): Promise<Record<string, Float32Array>> {
    if (this.#device === null) return this.#lanes.run({ key, inputs, weights: policy })
    const { graphs, training } = this.#device
    const weights = await training.weightsOf(policy, this.#reference ?? floatsOf(this.#state.weights))
    const { arrays, kept } = await graphs.run(key, (name) => inputs.get(name) ?? weights(name))
    await training.add(kept)
    return arrays
  }

  async #share(policy: Policy): Promise<void> {
    if (this.#device !== null) return
    this.#lanes.share(policy, await this.weightsOf(policy))
    this.#lanes.share('trained', this.#state.trained)
  }

  /** One microbatch waits, so that no lane does. On a device each follows the one before. */
  get #width(): number {
    return this.#device === null ? this.#lanes.count + 1 : 1
  }

  #plan(sequences: readonly PromptedSequence[]): MicrobatchPlan[] {
    return planMicrobatches(sequences, this.#settings.microbatchSize, this.#settings.device)
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
    const { lora, hasValueHead, isCheckpointed = false, baseStorage = 'float32' } = this.#settings
    return {
      storage: baseStorage,
      adapter: lora === null ? null : { rank: lora.rank, scale: lora.alpha / lora.rank, dropout: maskDropout(lora.dropout) },
      hasValueHead,
      isCheckpointed,
      objective: objective.kind,
      hasEntropyBonus: hasEntropyBonus(objective),
      loss: lossOptionsOf(objective),
    }
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

/** In what form log-probs, values and rollouts are given a policy with these settings. */
export function formOf({ lora, baseStorage = 'float32' }: EngineSettings): BaseForm {
  if (baseStorage === 'float32' || lora === null) return MERGED
  return { storage: baseStorage, beside: { rank: lora.rank, scale: lora.alpha / lora.rank } }
}

function deviceFor(state: ModelState, settings: EngineSettings, optimizer: AdamW) {
  return {
    graphs: new CompiledGraphs(state.config, { threads: settings.threads, device: 'webgpu' }),
    training: new DeviceTraining(state, settings, optimizer),
  }
}
