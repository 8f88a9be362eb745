/**
 * The embedded engine in a worker thread: ONNX Runtime blocks the thread that calls it, and control, journal and heartbeat must not wait.
 * One call at a time; the worker's end rejects the call that was under way.
 */
import { Worker } from 'node:worker_threads'
import { Failure, type FailureCode } from '#contract/failure'
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

/** What the worker can be asked; arguments and results are structured clones. */
export interface EngineCalls {
  open(settings: EngineSettings): EngineInfo
  generate(requests: readonly GenerateRequest[], sampling: Sampling, policy: Policy): void
  logprobs(sequences: readonly PromptedSequence[], policy: Policy, temperature: number): Float32Array[]
  values(sequences: readonly PromptedSequence[]): Float32Array[]
  update(minibatch: Minibatch, objective: Objective): UpdateStats
  save(directory: string): void
  load(directory: string): void
  close(): void
}
type CallName = keyof EngineCalls

export type ToWorker = { readonly id: number; readonly name: CallName; readonly args: readonly unknown[] }
export type FromWorker =
  | { readonly id: number; readonly event: GenerateEvent }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: WireError }

export type WireError =
  | { readonly kind: 'failure'; readonly code: FailureCode; readonly facts: Readonly<Record<string, string | number>> }
  | { readonly kind: 'error'; readonly message: string; readonly stack: string }

interface Pending {
  resolve(result: never): void
  reject(error: unknown): void
  onEvent?(event: GenerateEvent): void
}

export async function createWorkerEngine(settings: EngineSettings): Promise<Engine> {
  const engine = new WorkerEngine()
  try {
    await engine.open(settings)
  } catch (error) {
    await engine.close()
    throw error
  }
  return engine
}

class WorkerEngine implements Engine {
  info!: EngineInfo
  /** Set to 1 to ask the worker to stop what it is doing: messages would wait behind the blocked thread. */
  readonly #stopFlag = new Int32Array(new SharedArrayBuffer(4))
  readonly #worker: Worker
  readonly #pending = new Map<number, Pending>()
  #count = 0
  #isClosed = false

  constructor() {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
    this.#worker = new Worker(new URL(`./engine-worker.${extension}`, import.meta.url), {
      workerData: { stopFlag: this.#stopFlag },
    })
    this.#worker.on('message', (message: FromWorker) => this.#receive(message))
    this.#worker.on('error', (error) => this.#end(error))
    this.#worker.on('exit', () => this.#end(new Error('the engine’s worker thread ended')))
  }

  async open(settings: EngineSettings): Promise<void> {
    this.info = await this.#call('open', [settings])
  }

  generate(
    requests: readonly GenerateRequest[],
    sampling: Sampling,
    policy: Policy,
    onEvent: (event: GenerateEvent) => void,
    stop: AbortSignal,
  ): Promise<void> {
    return this.#stoppable(stop, () => this.#call('generate', [requests, sampling, policy], onEvent))
  }

  logprobs(sequences: readonly PromptedSequence[], policy: Policy, temperature: number): Promise<Float32Array[]> {
    return this.#call('logprobs', [sequences.map(bare), policy, temperature])
  }

  values(sequences: readonly PromptedSequence[]): Promise<Float32Array[]> {
    return this.#call('values', [sequences.map(bare)])
  }

  update(minibatch: Minibatch, objective: Objective, stop: AbortSignal): Promise<UpdateStats> {
    return this.#stoppable(stop, () => this.#call('update', [minibatch, objective]))
  }

  save(directory: string): Promise<void> {
    return this.#call('save', [directory])
  }

  load(directory: string): Promise<void> {
    return this.#call('load', [directory])
  }

  async close(): Promise<void> {
    this.#isClosed = true
    await this.#worker.terminate()
  }

  async #stoppable<T>(stop: AbortSignal, run: () => Promise<T>): Promise<T> {
    const raise = (): void => {
      Atomics.store(this.#stopFlag, 0, 1)
    }
    Atomics.store(this.#stopFlag, 0, stop.aborted ? 1 : 0)
    stop.addEventListener('abort', raise)
    try {
      return await run()
    } finally {
      stop.removeEventListener('abort', raise)
    }
  }

  #call<Name extends CallName>(
    name: Name,
    args: Parameters<EngineCalls[Name]>,
    onEvent?: (event: GenerateEvent) => void,
  ): Promise<ReturnType<EngineCalls[Name]>> {
    const id = ++this.#count
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve: resolve as Pending['resolve'], reject, ...(onEvent && { onEvent }) })
      this.#worker.postMessage({ id, name, args } satisfies ToWorker)
    })
  }

  #receive(message: FromWorker): void {
    const pending = this.#pending.get(message.id)
    if (pending === undefined) return
    if ('event' in message) return pending.onEvent?.(message.event)
    this.#pending.delete(message.id)
    if ('result' in message) pending.resolve(message.result as never)
    else pending.reject(toError(message.error))
  }

  #end(error: Error): void {
    if (this.#isClosed) return
    for (const pending of this.#pending.values()) pending.reject(error)
    this.#pending.clear()
  }
}

/** Only what the call needs crosses the thread. */
function bare({ promptTokens, completionTokens }: PromptedSequence): PromptedSequence {
  return { promptTokens, completionTokens }
}

function toError(error: WireError): Error {
  if (error.kind === 'failure') return new Failure(error.code, error.facts)
  const copy = new Error(error.message)
  copy.stack = error.stack
  return copy
}
