/** A lane in a thread of its own. It keeps the process alive only while a job is under way. */
import { Worker } from 'node:worker_threads'
import { Failure } from '#contract/failure'
import { fromWire } from '../engine-protocol.ts'
import type { BaseTensors } from '../model/weights.ts'
import type { Lane, LaneJob, TensorSet } from './lane.ts'
import type { FromLane, LaneSettings, ToLane } from './lane-protocol.ts'

interface Pending {
  resolve(result: Record<string, Float32Array>): void
  reject(error: unknown): void
}

export class ThreadLane implements Lane {
  readonly #worker: Worker
  #pending: Pending | null = null
  /** Why there is no thread any more. */
  #end: Error | null = null

  constructor(settings: LaneSettings) {
    const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
    this.#worker = new Worker(new URL(`./lane-worker.${extension}`, import.meta.url), { workerData: settings })
    this.#worker.on('message', (message: FromLane) => this.#receive(message))
    this.#worker.on('error', (error) => this.#finish(endOf(error)))
    this.#worker.on('exit', (code) => this.#finish(new Error(`a thread of the engine ended with code ${code}`)))
    this.#worker.unref()
  }

  share(set: TensorSet, tensors: BaseTensors): void {
    this.#worker.postMessage({ set, tensors } satisfies ToLane)
  }

  run(job: LaneJob): Promise<Record<string, Float32Array>> {
    if (this.#end !== null) return Promise.reject(this.#end)
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject }
      this.#worker.ref()
      this.#worker.postMessage({ job } satisfies ToLane)
    })
  }

  async release(): Promise<void> {
    this.#end ??= new Error('the engine is closed')
    await this.#worker.terminate()
  }

  #receive(message: FromLane): void {
    const pending = this.#take()
    if ('result' in message) pending?.resolve(message.result)
    else pending?.reject(fromWire(message.error))
  }

  #finish(reason: Error): void {
    this.#end ??= reason
    this.#take()?.reject(this.#end)
  }

  #take(): Pending | null {
    const pending = this.#pending
    this.#pending = null
    this.#worker.unref()
    return pending
  }
}

function endOf(error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'ERR_WORKER_OUT_OF_MEMORY')
    return new Failure('memory.exhausted', { where: 'a thread of the engine' }, { cause: error })
  return error instanceof Error ? error : new Error(message)
}
