/** The PyTorch engine: the Engine interface over calls to a Python process. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '#contract/failure'
import type { Minibatch, Objective, UpdateStats } from '../../flow.ts'
import type {
  Engine,
  EngineInfo,
  EngineSettings,
  EngineUsage,
  GenerateEvent,
  GenerateRequest,
  LargestLoad,
  Policy,
  ProbeResult,
  PromptedSequence,
  Sampling,
  TorchSettings,
} from '../engine.ts'
import { readLoraSettings, refuseAdapter } from '../onnx/peft-settings.ts'
import { cardEnvironment, onNamedCard } from './card.ts'
import { EngineProcess } from './engine-process.ts'
import * as messages from './messages.ts'

const NEVER = new AbortController().signal
const DEFAULTS: TorchSettings = { device: 'auto', precision: 'float32' }

/**
 * Throws Failure python.missing, python.too-old, python.packages-missing, torch.device-refused, those of a model folder, engine.crashed or
 * memory.exhausted, config.invalid, and the reason of `stop` when it is aborted while the model loads.
 */
export async function createTorchEngine(settings: EngineSettings, stop: AbortSignal = NEVER): Promise<Engine> {
  stop.throwIfAborted()
  assertPrecision(settings)
  assertBase(settings)
  assertFloatBase(settings)
  const python = new EngineProcess(settings.torch?.processes)
  const giveUp = (): void => void python.close()
  stop.addEventListener('abort', giveUp)
  try {
    await python.start(cardEnvironment(settings.torch))
    const engine = await openTorchEngine(python, settings)
    stop.throwIfAborted()
    return engine
  } catch (error) {
    await python.close()
    throw stop.aborted ? stop.reason : error
  } finally {
    stop.removeEventListener('abort', giveUp)
  }
}

/** The engine of a process that has started; whatever was open in it before is gone. Throws as `createTorchEngine` does. */
export async function openTorchEngine(python: EngineProcess, settings: EngineSettings): Promise<Engine> {
  return new TorchEngine(python, settings, await openIn(python, settings))
}

async function openIn(python: EngineProcess, settings: EngineSettings): Promise<EngineInfo> {
  const { result } = await python.call(messages.openCall(settings, onNamedCard(settings.torch ?? DEFAULTS)))
  return messages.readInfo(result)
}

/** Steps of a trained bfloat16 weight would mostly round to nothing. */
function assertPrecision({ lora, torch }: EngineSettings): void {
  if (lora !== null || torch?.precision !== 'bfloat16') return
  const problem = 'is bfloat16, in which all weights cannot be trained'
  throw new Failure('config.invalid', {
    field: 'torch.precision',
    problem,
    remedy: 'Set it to float32, or train an adapter (lora).',
  })
}

/** What is shared or in 4 bits is frozen. */
function assertBase({ lora, torch }: EngineSettings): void {
  const refuse = (field: string, problem: string, remedy: string): never => {
    throw new Failure('config.invalid', { field, problem, remedy })
  }
  const isCut = torch?.sharding === 'full'
  const isSmall = torch?.quantization === 'nf4'
  const remedy = 'Set it to none, or train an adapter (lora).'
  if (lora === null && isCut) refuse('torch.sharding', 'is full, and all weights are trained', remedy)
  if (lora === null && isSmall) refuse('torch.quantization', 'is nf4, and all weights are trained', remedy)
  const cards = torch?.gpu?.split(',').length ?? Infinity
  if (cards < (torch?.processes ?? 1))
    refuse('torch.gpu', 'names fewer cards than there are processes', 'Name one for each, or set torch.processes.')
  if (isCut && isSmall)
    refuse('torch.sharding', 'is full, which a base in 4 bits does not know', 'Set it to none, or torch.quantization.')
}

function assertFloatBase({ baseStorage = 'float32' }: EngineSettings): void {
  if (baseStorage === 'float32') return
  throw new Failure('config.invalid', {
    field: 'baseStorage',
    problem: `is ${baseStorage}, which the PyTorch engine does not know`,
    remedy: 'Set it to float32 (torch.precision bfloat16 halves the base there), or engine to onnx.',
  })
}

class TorchEngine implements Engine {
  readonly info: EngineInfo
  readonly #python: EngineProcess
  readonly #settings: EngineSettings

  constructor(python: EngineProcess, settings: EngineSettings, info: EngineInfo) {
    this.#python = python
    this.#settings = settings
    this.info = info
  }

  get process(): EngineUsage {
    return this.#python.usage
  }

  async generate(
    requests: readonly GenerateRequest[],
    sampling: Sampling,
    policy: Policy,
    onEvent: (event: GenerateEvent) => void,
    stop: AbortSignal,
  ): Promise<void> {
    await this.#python.call(messages.generateCall(requests, sampling, policy), stop, onEvent)
  }

  async logprobs(sequences: readonly PromptedSequence[], policy: Policy, temperature: number): Promise<Float32Array[]> {
    const { arrays } = await this.#python.call(messages.logprobsCall(sequences, policy, temperature))
    return messages.splitByCompletion(sequences, arrays)
  }

  async values(sequences: readonly PromptedSequence[]): Promise<Float32Array[]> {
    const { arrays } = await this.#python.call(messages.valuesCall(sequences))
    return messages.splitByCompletion(sequences, arrays)
  }

  async update(minibatch: Minibatch, objective: Objective, stop: AbortSignal): Promise<UpdateStats> {
    const { result } = await this.#python.call(messages.updateCall(minibatch, objective), stop)
    return messages.readStats(result)
  }

  async probe(load: LargestLoad): Promise<ProbeResult> {
    const { result } = await this.#python.call(messages.probeCall(load))
    return messages.readProbe(result)
  }

  async save(directory: string): Promise<void> {
    await this.#python.call(messages.saveCall(directory))
  }

  async load(directory: string): Promise<void> {
    const { lora } = this.#settings
    await this.#python.call(messages.loadCall(directory, lora === null ? null : alphaOf(directory, lora.rank)))
  }

  /** Waits for the processes that torchrun has begun anew. */
  async recover(stop: AbortSignal): Promise<void> {
    const giveUp = (): void => void this.#python.close()
    stop.addEventListener('abort', giveUp)
    try {
      stop.throwIfAborted()
      await this.#openAnew()
    } catch (error) {
      throw stop.aborted ? stop.reason : error
    } finally {
      stop.removeEventListener('abort', giveUp)
    }
  }

  /** As often as it takes: torchrun says when it is too often. */
  async #openAnew(): Promise<void> {
    for (;;) {
      try {
        return void (await openIn(this.#python, this.#settings))
      } catch (error) {
        if (!(error instanceof Failure && error.code === 'engine.restarted')) throw error
      }
    }
  }

  async close(): Promise<void> {
    await this.#python.close()
  }
}

/** Throws Failure adapter.invalid for settings that the engine does not follow, and for another rank than the run's. */
function alphaOf(folder: string, rank: number): number {
  const saved = readLoraSettings(settingsText(folder), folder)
  if (saved.rank !== rank)
    refuseAdapter(folder, `its rank is ${saved.rank}, and this run's is ${rank}`, `Set lora.rank to ${saved.rank}.`)
  return saved.alpha
}

function settingsText(folder: string): string {
  try {
    return readFileSync(join(folder, 'adapter_config.json'), 'utf8')
  } catch {
    return refuseAdapter(
      folder,
      'it has no adapter_config.json',
      'Name a folder that PEFT’s `save_pretrained` wrote, or a checkpoint of a run.',
    )
  }
}
