/**
 * The embedded engine in a process of its own: ONNX Runtime blocks the thread that calls it, and can crash the process that it runs in.
 * One call at a time; the end of the process rejects the call that is under way, and every later one, with the reason.
 */
import { fork, type ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Minibatch, Objective, UpdateStats } from '../../flow.ts'
import type {
  Engine,
  EngineInfo,
  EngineSettings,
  EngineUsage,
  GenerateEvent,
  GenerateRequest,
  Policy,
  PromptedSequence,
  Sampling,
} from '../engine.ts'
import { ALLOCATOR_ENVIRONMENT } from './allocator.ts'
import {
  fromWire,
  LOADING,
  PLACE_DESCRIPTOR,
  type CallName,
  type EngineCall,
  type EngineCalls,
  type FromEngine,
} from './engine-protocol.ts'
import { failureOfEnd } from './process-end.ts'

/** What the process said last on stderr tells why it ended. */
const KEPT_LOG_CHARACTERS = 4_000
const NEVER = new AbortController().signal

interface Pending {
  resolve(result: never): void
  reject(error: unknown): void
  onEvent?(event: GenerateEvent): void
}

/** Throws as createOnnxEngine does, Failure engine.crashed or memory.exhausted, and the reason of `stop` when it is aborted while the model loads. */
export async function createProcessEngine(settings: EngineSettings, stop: AbortSignal = NEVER): Promise<Engine> {
  stop.throwIfAborted()
  const engine = new ProcessEngine()
  const giveUp = (): void => void engine.close()
  stop.addEventListener('abort', giveUp)
  try {
    await engine.open(settings)
    stop.throwIfAborted()
  } catch (error) {
    await engine.close()
    throw stop.aborted ? stop.reason : error
  } finally {
    stop.removeEventListener('abort', giveUp)
  }
  return engine
}

class ProcessEngine implements Engine {
  info!: EngineInfo
  readonly #child: ChildProcess
  readonly #ended: Promise<void>
  readonly #pending = new Map<number, Pending>()
  #residentBytes = 0
  #lastWords = ''
  #place = LOADING
  #count = 0
  /** Why there is no process any more. */
  #end: Error | null = null

  constructor() {
    this.#child = start()
    this.#ended = new Promise((resolve) => this.#child.once('close', () => resolve()).once('error', () => resolve()))
    this.#child.on('message', (message: FromEngine) => this.#receive(message))
    this.#child.on('error', (error) => this.#finish(error))
    // Not `exit`: by then the last place and the last words may still be in their pipes.
    this.#child.on('close', (code, signal) =>
      this.#finish(failureOfEnd({ code, signal, lastWords: this.#lastWords, place: this.#place })),
    )
    for (const stream of [this.#child.stdout, this.#child.stderr]) stream?.on('data', (text) => this.#hear(String(text)))
    lines(this.#child.stdio[PLACE_DESCRIPTOR] as Readable | undefined, (place) => (this.#place = place))
    this.#hold(false)
  }

  get process(): EngineUsage {
    return { id: this.#child.pid ?? 0, residentBytes: this.#residentBytes }
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
    return this.#call('generate', [requests, sampling, policy], stop, onEvent)
  }

  logprobs(sequences: readonly PromptedSequence[], policy: Policy, temperature: number): Promise<Float32Array[]> {
    return this.#call('logprobs', [sequences.map(bare), policy, temperature])
  }

  values(sequences: readonly PromptedSequence[]): Promise<Float32Array[]> {
    return this.#call('values', [sequences.map(bare)])
  }

  update(minibatch: Minibatch, objective: Objective, stop: AbortSignal): Promise<UpdateStats> {
    return this.#call('update', [minibatch, objective], stop)
  }

  save(directory: string): Promise<void> {
    return this.#call('save', [directory])
  }

  load(directory: string): Promise<void> {
    return this.#call('load', [directory])
  }

  /** Nothing in the process outlives its calls, and it may be deep in a graph: it is killed. */
  async close(): Promise<void> {
    this.#finish(new Error('the engine is closed'))
    this.#hold(true)
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  async #call<Name extends CallName>(
    name: Name,
    args: Parameters<EngineCalls[Name]>,
    stop: AbortSignal = NEVER,
    onEvent?: (event: GenerateEvent) => void,
  ): Promise<ReturnType<EngineCalls[Name]>> {
    if (this.#end !== null) throw this.#end
    const id = ++this.#count
    // The engine reads it when it comes out of the graph that it is in.
    const raise = (): void => this.#send({ stop: id })
    const answer = new Promise<ReturnType<EngineCalls[Name]>>((resolve, reject) => {
      this.#pending.set(id, { resolve: resolve as Pending['resolve'], reject, ...(onEvent && { onEvent }) })
    })
    this.#hold(true)
    this.#send({ id, name, args, isStopped: stop.aborted } satisfies EngineCall)
    stop.addEventListener('abort', raise)
    try {
      return await answer
    } finally {
      stop.removeEventListener('abort', raise)
      if (this.#pending.size === 0 && this.#end === null) this.#hold(false)
    }
  }

  /** A message to a process that is gone is lost; its end rejects the call. */
  #send(message: EngineCall | { stop: number }): void {
    if (this.#child.connected) this.#child.send(message, () => {})
  }

  #receive(message: FromEngine): void {
    const pending = this.#pending.get(message.id)
    if ('event' in message) return pending?.onEvent?.(message.event)
    this.#residentBytes = message.residentBytes
    this.#pending.delete(message.id)
    if ('result' in message) pending?.resolve(message.result as never)
    else pending?.reject(fromWire(message.error))
  }

  #hear(text: string): void {
    process.stderr.write(text)
    this.#lastWords = `${this.#lastWords}${text}`.slice(-KEPT_LOG_CHARACTERS)
  }

  /** Rejects what is under way; the first reason stays. */
  #finish(reason: Error): void {
    this.#end ??= reason
    this.#residentBytes = 0
    for (const pending of this.#pending.values()) pending.reject(this.#end)
    this.#pending.clear()
  }

  /** An engine keeps its caller's process alive only while a call is under way: with all that may tell how it ends. */
  #hold(isBusy: boolean): void {
    const { channel, stdio } = this.#child
    for (const handle of [this.#child, channel, ...(stdio as (Socket | null)[])]) {
      if (isBusy) handle?.ref?.()
      else handle?.unref?.()
    }
  }
}

/** stdout belongs to the caller's own answers: what native code prints there goes to stderr. */
function start(): ChildProcess {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
  return fork(fileURLToPath(new URL(`./engine-worker.${extension}`, import.meta.url)), [], {
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc', 'pipe'],
    execArgv: [],
    env: { ...ALLOCATOR_ENVIRONMENT, ...process.env },
  })
}

/** Only what the call needs crosses the joint. */
function bare({ promptTokens, completionTokens }: PromptedSequence): PromptedSequence {
  return { promptTokens, completionTokens }
}

function lines(stream: Readable | undefined, onLine: (line: string) => void): void {
  let rest = ''
  stream?.on('data', (text) => {
    const whole = `${rest}${String(text)}`.split('\n')
    rest = whole.pop()!
    for (const line of whole) onLine(line)
  })
}
