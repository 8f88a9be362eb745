/** The embedded engine: ONNX Runtime on the CPU, or training on a graphics device. Blocks the thread it runs in; process-engine.ts keeps it apart. */
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
import { readModelConfig, type ModelConfig } from './model/config.ts'
import {
  elementCount,
  floatsOf,
  initialAdapter,
  initialValueHead,
  parameterCount,
  type BaseTensors,
  type Tensors,
} from './model/weights.ts'
import { loadState, saveState } from './saved-state.ts'
import { assertStorage, readBase } from './stored-base.ts'
import { formOf, TrainSessions } from './train-sessions.ts'

/** Loads a Hugging Face folder. Throws Failure model.missing-file, model.invalid, config.invalid. */
export function createOnnxEngine(settings: EngineSettings): OnnxEngine {
  const config = readModelConfig(settings.modelFolder)
  assertStorage(config, settings)
  return new OnnxEngine(config, readBase(settings.modelFolder, config, settings.baseStorage ?? 'float32'), settings)
}

export class OnnxEngine implements Engine {
  readonly info: EngineInfo
  /** The base, stored as the settings say; trained in place when there is no adapter. */
  readonly weights: BaseTensors
  readonly #settings: EngineSettings
  readonly #trained: Tensors
  readonly #config: ModelConfig
  readonly #sessions: TrainSessions
  readonly #decoder: Decoder

  constructor(config: ModelConfig, weights: BaseTensors, settings: EngineSettings) {
    this.weights = weights
    this.#config = config
    this.#settings = settings
    const head = settings.hasValueHead ? initialValueHead(config) : new Map()
    const model = settings.lora === null ? floatsOf(weights) : initialAdapter(config, settings.lora.rank, settings.seed)
    this.#trained = new Map([...model, ...head])
    this.#sessions = new TrainSessions({ config, weights, trained: this.#trained }, settings)
    this.#decoder = new Decoder(config, settings.threads, formOf(settings))
    this.info = {
      name: 'onnx',
      device: settings.device ?? 'cpu',
      dtype: settings.baseStorage ?? 'float32',
      contextLength: config.maxPositions,
      vocabularySize: config.vocabularySize,
      parameterCount: parameterCount(config),
      trainableCount: elementCount(this.#trained),
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
    const tensors = await this.#sessions.weightsOf(policy)
    await this.#decoder.generate(requests, sampling, (name) => tensors.get(name)!.data, onEvent, stop)
  }

  logprobs(sequences: readonly PromptedSequence[], policy: Policy, temperature: number): Promise<Float32Array[]> {
    return this.#sessions.logprobs(sequences, policy, temperature)
  }

  values(sequences: readonly PromptedSequence[]): Promise<Float32Array[]> {
    return this.#sessions.values(sequences)
  }

  async update(minibatch: Minibatch, objective: Objective, stop: AbortSignal): Promise<UpdateStats> {
    return this.#sessions.update(minibatch, objective, stop)
  }

  async save(directory: string): Promise<void> {
    await this.#sessions.fetchTrained()
    saveState(directory, this.#trained, this.#sessions.optimizer, this.#settings)
  }

  async load(directory: string): Promise<void> {
    loadState(directory, this.#trained, this.#sessions.optimizer, this.#settings, this.#config)
    this.#sessions.trainedChanged()
  }

  async close(): Promise<void> {
    await this.#decoder.release()
    await this.#sessions.release()
  }
}
