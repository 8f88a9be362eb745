/** The one warm service child: started with the first call, started again after it died, ended with the workbench. */
import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { Failure, FAILURES, type FailureCode } from '#contract/failure'
import type { ServiceAnswer, ServiceApi, ServiceCall, ServiceCancel, ServiceMethod, ServiceProgress } from '#contract/service'
import { trainerEnvironment, type TrainerLocation } from './trainer-process.ts'

interface Pending {
  progress(progress: unknown): void
  resolve(result: unknown): void
  reject(error: Error): void
}

/** What the service said last on stderr is part of the sentence about its end. */
const KEPT_LOG_CHARACTERS = 2_000

export class ServiceClient {
  readonly #location: TrainerLocation
  readonly #pending = new Map<number, Pending>()
  #child: ChildProcess | null = null
  #lastId = 0
  #log = ''

  constructor(location: TrainerLocation) {
    this.#location = location
  }

  /** Throws the Failure that the service met, Failure service.ended when it died meanwhile, Error for a bug of its own. */
  call<M extends ServiceMethod>(method: M, ...args: Parameters<ServiceApi[M]>): Promise<ReturnType<ServiceApi[M]>> {
    const id = this.#send(method, args)
    return this.#answered<M>(id, () => {})
  }

  /** The same for a method that says how far it is and that `stop` ends early. */
  watch<M extends keyof ServiceProgress>(
    method: M,
    args: Parameters<ServiceApi[M]>,
    { onProgress, stop }: { readonly onProgress: (progress: ServiceProgress[M]) => void; readonly stop: AbortSignal },
  ): Promise<ReturnType<ServiceApi[M]>> {
    const id = this.#send(method, args)
    const cancel = (): void => void this.#child?.stdin!.write(`${JSON.stringify({ cancel: id } satisfies ServiceCancel)}\n`)
    if (stop.aborted) cancel()
    stop.addEventListener('abort', cancel, { once: true })
    return this.#answered<M>(id, onProgress as (progress: unknown) => void).finally(() =>
      stop.removeEventListener('abort', cancel),
    )
  }

  #send(method: ServiceMethod, args: readonly unknown[]): number {
    const child = (this.#child ??= this.#start())
    const id = ++this.#lastId
    child.stdin!.write(`${JSON.stringify({ id, method, args } satisfies ServiceCall)}\n`)
    return id
  }

  #answered<M extends ServiceMethod>(id: number, progress: (progress: unknown) => void): Promise<ReturnType<ServiceApi[M]>> {
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { progress, resolve: resolve as (result: unknown) => void, reject })
    })
  }

  async close(): Promise<void> {
    const child = this.#child
    if (child === null) return
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    child.kill()
    await ended
  }

  #start(): ChildProcess {
    const { nodePath, trainerPath } = this.#location
    const child = spawn(nodePath, [trainerPath, 'service'], {
      env: trainerEnvironment(this.#location),
      windowsHide: true,
      // Of a group of its own: Ctrl-C in a terminal is for the terminal's command. It ends with its input, whatever happens to this process.
      detached: true,
    })
    child.stderr.on('data', (text) => (this.#log = `${this.#log}${String(text)}`.slice(-KEPT_LOG_CHARACTERS)))
    // A write to a service that just died; its exit says the same.
    child.stdin.on('error', () => {})
    child.once('error', (error) => this.#end(child, error.message))
    child.once('exit', (code, signal) => this.#end(child, this.#log.trim().split('\n').at(-1) || `exit ${signal ?? code}`))
    createInterface({ input: child.stdout }).on('line', (line) => this.#settle(JSON.parse(line) as ServiceAnswer))
    return child
  }

  #settle(answer: ServiceAnswer): void {
    const pending = this.#pending.get(answer.id)
    if ('progress' in answer) return pending?.progress(answer.progress)
    this.#pending.delete(answer.id)
    if ('result' in answer) pending?.resolve(answer.result)
    else pending?.reject(errorOf(answer.failure))
  }

  #end(child: ChildProcess, reason: string): void {
    if (this.#child !== child) return
    this.#child = null
    for (const { reject } of this.#pending.values()) reject(new Failure('service.ended', { reason }))
    this.#pending.clear()
    this.#log = ''
  }
}

function errorOf({ code, facts, message }: Extract<ServiceAnswer, { failure: unknown }>['failure']): Error {
  return code !== null && code in FAILURES ? new Failure(code as FailureCode, facts) : new Error(message)
}
