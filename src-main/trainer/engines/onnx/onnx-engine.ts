/** The embedded engine: ONNX Runtime on the CPU. Blocks the thread it runs in; use worker-engine.ts where a thread must stay awake. */
import { Failure } from '#contract/failure'
import type { Minibatch, Objective, UpdateStats } from '../../flow.ts'
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
import { Decoder } from './decoder.ts'
import { mergeAdapter } from './model/merge.ts'
import { readModelConfig, type ModelConfig } from './model/config.ts'
import { initialAdapter, initialValueHead, weightShapes, type Tensors } from './model/weights.ts'
import { readModelTensors } from './safetensors.ts'
import { loadState, saveState } from './saved-state.ts'
import { TrainSessions } from './train-sessions.ts'

/** Loads a Hugging Face folder. Throws Failure model.missing-file, model.invalid, config.invalid. */
export function createOnnxEngine(settings: EngineSettings): OnnxEngine {
  const config = readModelConfig(settings.modelFolder)
  return new OnnxEngine(config, checkedWeights(config, readModelTensors(settings.modelFolder), settings.modelFolder), settings)
}

export class OnnxEngine implements Engine {
  readonly info: EngineInfo
  /** The base; trained in place when there is no adapter. */
  readonly weights: Tensors
  readonly #settings: EngineSettings
  readonly #trained: Tensors
  readonly #config: ModelConfig
  readonly #sessions: TrainSessions
  readonly #decoder: Decoder
  /** Merged weights for generation; made once after each change of the adapter. */
  #merged: Tensors | null = null

  constructor(config: ModelConfig, weights: Tensors, settings: EngineSettings) {
    if (settings.lora !== null && settings.lora.dropout > 0) {
      throw new Failure('config.invalid', {
        field: 'lora.dropout',
        problem: 'is above 0, which the embedded engine does not do.',
        remedy: 'Set lora.dropout to 0.',
      })
    }
    this.weights = weights
    this.#config = config
    this.#settings = settings
    const head = settings.hasValueHead ? initialValueHead(config) : new Map()
    const model = settings.lora === null ? weights : initialAdapter(config, settings.lora.rank, settings.seed)
    this.#trained = new Map([...model, ...head])
    this.#sessions = new TrainSessions({ config, weights, trained: this.#trained }, settings)
    this.#decoder = new Decoder(config, settings.threads)
    this.info = {
      name: 'onnx',
      device: 'cpu',
      dtype: 'float32',
      contextLength: config.maxPositions,
      vocabularySize: config.vocabularySize,
      parameterCount: count(weights),
      trainableCount: count(this.#trained),
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
    const tensors = policy === 'current' ? this.#currentWeights() : this.#sessions.referenceWeights
    await this.#decoder.generate(requests, sampling, (name) => tensors.get(name)!.data, onEvent, stop)
  }

  logprobs(sequences: readonly PromptedSequence[], policy: Policy, temperature: number): Promise<Float32Array[]> {
    return this.#sessions.logprobs(sequences, policy, temperature)
  }

  values(sequences: readonly PromptedSequence[]): Promise<Float32Array[]> {
    return this.#sessions.values(sequences)
  }

  async update(minibatch: Minibatch, objective: Objective, stop: AbortSignal): Promise<UpdateStats> {
    this.#merged = null
    return this.#sessions.update(minibatch, objective, stop)
  }

  async save(directory: string): Promise<void> {
    saveState(directory, this.#trained, this.#sessions.optimizer, this.#settings)
  }

  async load(directory: string): Promise<void> {
    this.#merged = null
    loadState(directory, this.#trained, this.#sessions.optimizer, this.#settings)
  }

  async close(): Promise<void> {
    await this.#decoder.release()
    await this.#sessions.release()
  }

  #currentWeights(): Tensors {
    if (this.#settings.lora === null) return this.weights
    this.#merged ??= mergeAdapter(this.#config, this.weights, this.#trained, this.#settings.lora)
    return this.#merged
  }
}

function checkedWeights(config: ModelConfig, tensors: Tensors, folder: string): Tensors {
  const weights: Tensors = new Map()
  for (const [name, shape] of weightShapes(config)) {
    const tensor = tensors.get(name)
    if (tensor === undefined || tensor.shape.join() !== shape.join()) {
      const problem =
        tensor === undefined ? `it has no tensor ${name}` : `${name} is [${tensor.shape.join()}], not [${shape.join()}]`
      throw new Failure('model.invalid', { folder, problem, remedy: 'The weights and config.json must be of one model.' })
    }
    weights.set(name, tensor)
  }
  return weights
}

function count(tensors: Tensors): number {
  return [...tensors.values()].reduce((sum, { data }) => sum + data.length, 0)
}
