/** An engine that can be opened again in the place of one that ran out of memory, while whoever speaks to it keeps speaking to it. */
import type { Minibatch, Objective, UpdateStats } from '../flow.ts'
import type {
  Engine,
  EngineInfo,
  GenerateEvent,
  GenerateRequest,
  LargestLoad,
  Policy,
  ProbeResult,
  PromptedSequence,
  Sampling,
} from '../engines/engine.ts'

/** Opens an engine that computes so many sequences at once. */
export type OpenEngine = (microbatchSize: number) => Promise<Engine>

export class ReopenableEngine implements Engine {
  readonly #open: OpenEngine
  #engine: Engine

  private constructor(open: OpenEngine, engine: Engine) {
    this.#open = open
    this.#engine = engine
  }

  static async open(open: OpenEngine, microbatchSize: number): Promise<ReopenableEngine> {
    return new ReopenableEngine(open, await open(microbatchSize))
  }

  /** In the state of a fresh engine. The old one is closed first: there may not be room for both. */
  async reopen(microbatchSize: number): Promise<void> {
    await this.#engine.close()
    this.#engine = await this.#open(microbatchSize)
  }

  get info(): EngineInfo {
    return this.#engine.info
  }

  /** Of its own process; 0 where it lives in the caller's. */
  get residentBytes(): number {
    return this.#engine.process?.residentBytes ?? 0
  }

  /** The most that it has held on a graphics card so far; null without one. */
  get deviceBytes(): number | null {
    return this.#engine.process?.deviceBytes ?? null
  }

  generate(
    requests: readonly GenerateRequest[],
    sampling: Sampling,
    policy: Policy,
    onEvent: (event: GenerateEvent) => void,
    stop: AbortSignal,
  ): Promise<void> {
    return this.#engine.generate(requests, sampling, policy, onEvent, stop)
  }

  logprobs(sequences: readonly PromptedSequence[], policy: Policy, temperature: number): Promise<Float32Array[]> {
    return this.#engine.logprobs(sequences, policy, temperature)
  }

  values(sequences: readonly PromptedSequence[]): Promise<Float32Array[]> {
    return this.#engine.values(sequences)
  }

  update(minibatch: Minibatch, objective: Objective, stop: AbortSignal): Promise<UpdateStats> {
    return this.#engine.update(minibatch, objective, stop)
  }

  save(directory: string): Promise<void> {
    return this.#engine.save(directory)
  }

  load(directory: string): Promise<void> {
    return this.#engine.load(directory)
  }

  /** null for an engine that has none. */
  async probeLargest(load: LargestLoad): Promise<ProbeResult | null> {
    return (await this.#engine.probe?.(load)) ?? null
  }

  recover(stop: AbortSignal): Promise<void> {
    if (this.#engine.recover === undefined) throw new Error('this engine is not begun again')
    return this.#engine.recover(stop)
  }

  close(): Promise<void> {
    return this.#engine.close()
  }
}
