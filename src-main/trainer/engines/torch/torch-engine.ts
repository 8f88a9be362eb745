/**
 * The PyTorch engine: a Python process that calls back on a socket. One call at a time; the end of the process rejects the call that is
 * under way, and every later one, with the reason.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'
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
  TorchSettings,
} from '../engine.ts'
import { readLoraSettings, refuseAdapter } from '../onnx/peft-settings.ts'
import { failureOfEnd } from '../onnx/process-end.ts'
import { frameBytes, type Frame, type WireArray } from './frames.ts'
import * as messages from './messages.ts'
import { EngineListener, failureOfStart, startPython } from './python-process.ts'

/** What the process said last on stderr tells why it ended. */
const KEPT_LOG_CHARACTERS = 4_000
const NEVER = new AbortController().signal
const DEFAULTS: TorchSettings = { device: 'auto', precision: 'float32' }

interface Result {
  readonly result: unknown
  readonly arrays: readonly WireArray[]
}

interface Pending {
  resolve(result: Result): void
  reject(error: unknown): void
  onEvent?(event: GenerateEvent): void
}

/**
 * Throws Failure python.missing, python.too-old, python.packages-missing, torch.device-refused, those of a model folder, engine.crashed or
 * memory.exhausted, config.invalid, and the reason of `stop` when it is aborted while the model loads.
 */
export async function createTorchEngine(settings: EngineSettings, stop: AbortSignal = NEVER): Promise<Engine> {
  stop.throwIfAborted()
  assertPrecision(settings)
  const engine = new TorchEngine(settings)
  const giveUp = (): void => void engine.close()
  stop.addEventListener('abort', giveUp)
  try {
    await engine.open()
    stop.throwIfAborted()
  } catch (error) {
    await engine.close()
    throw stop.aborted ? stop.reason : error
  } finally {
    stop.removeEventListener('abort', giveUp)
  }
  return engine
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

class TorchEngine implements Engine {
  info!: EngineInfo
  readonly #settings: EngineSettings
  readonly #listener: EngineListener
  readonly #pending = new Map<number, Pending>()
  #child: ChildProcess | null = null
  #ended: Promise<void> = Promise.resolve()
  #link: Socket | null = null
  /** What was to be said before the engine called. */
  #waiting: Uint8Array[] = []
  #residentBytes = 0
  #lastWords = ''
  #place = 'starting Python'
  #count = 0
  /** Why there is no process any more. */
  #end: Error | null = null

  constructor(settings: EngineSettings) {
    this.#settings = settings
    this.#listener = new EngineListener(
      (link) => this.#accept(link),
      (frame) => this.#receive(frame),
    )
  }

  get process(): { readonly id: number; readonly residentBytes: number } {
    return { id: this.#child?.pid ?? 0, residentBytes: this.#residentBytes }
  }

  async open(): Promise<void> {
    await this.#listener.open()
    if (this.#end !== null) throw this.#end
    this.#start()
    const { result } = await this.#call(messages.openCall(this.#settings, this.#settings.torch ?? DEFAULTS))
    this.info = messages.readInfo(result)
  }

  async generate(
    requests: readonly GenerateRequest[],
    sampling: Sampling,
    policy: Policy,
    onEvent: (event: GenerateEvent) => void,
    stop: AbortSignal,
  ): Promise<void> {
    await this.#call(messages.generateCall(requests, sampling, policy), stop, onEvent)
  }

  async logprobs(sequences: readonly PromptedSequence[], policy: Policy, temperature: number): Promise<Float32Array[]> {
    const { arrays } = await this.#call(messages.logprobsCall(sequences, policy, temperature))
    return messages.splitByCompletion(sequences, arrays)
  }

  async values(sequences: readonly PromptedSequence[]): Promise<Float32Array[]> {
    const { arrays } = await this.#call(messages.valuesCall(sequences))
    return messages.splitByCompletion(sequences, arrays)
  }

  async update(minibatch: Minibatch, objective: Objective, stop: AbortSignal): Promise<UpdateStats> {
    const { result } = await this.#call(messages.updateCall(minibatch, objective), stop)
    return messages.readStats(result)
  }

  async save(directory: string): Promise<void> {
    await this.#call(messages.saveCall(directory))
  }

  async load(directory: string): Promise<void> {
    const { lora } = this.#settings
    await this.#call(messages.loadCall(directory, lora === null ? null : alphaOf(directory, lora.rank)))
  }

  /** Nothing in the process outlives its calls, and it may be deep in a kernel: it is killed, and the card's memory with it comes free. */
  async close(): Promise<void> {
    this.#finish(new Error('the engine is closed'))
    this.#hold(true)
    this.#child?.kill('SIGKILL')
    await this.#ended
    this.#link?.destroy()
    this.#listener.close()
  }

  #start(): void {
    const child = startPython(this.#listener.environment)
    this.#child = child
    this.#ended = new Promise((resolve) => child.once('close', () => resolve()).once('error', () => resolve()))
    child.on('error', (error) => this.#finish(failureOfStart(error)))
    // Not `exit`: by then the last words may still be in their pipe.
    child.on('close', (code, signal) => this.#finishWhenHeard(code, signal))
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => this.#hear(String(text)))
    this.#hold(false)
  }

  /** The last place may still be in the socket. */
  #finishWhenHeard(code: number | null, signal: string | null): void {
    const finish = (): void => this.#finish(failureOfEnd({ code, signal, lastWords: this.#lastWords, place: this.#place }))
    if (this.#link === null || this.#link.closed) finish()
    else this.#link.once('close', finish)
  }

  #accept(link: Socket): void {
    this.#link = link
    // Nobody else is to call, and nothing is to be left behind by a process that is killed. Under torchrun, which starts ranks again, it would stay.
    this.#listener.close()
    for (const bytes of this.#waiting.splice(0)) link.write(bytes)
    this.#hold(this.#pending.size > 0)
  }

  async #call(call: messages.Call, stop: AbortSignal = NEVER, onEvent?: (event: GenerateEvent) => void): Promise<Result> {
    if (this.#end !== null) throw this.#end
    const id = ++this.#count
    // The engine looks between two tokens and between two microbatches.
    const raise = (): void => this.#send(frameBytes({ stop: id }))
    const answer = new Promise<Result>((resolve, reject) => {
      this.#pending.set(id, { resolve, reject, ...(onEvent && { onEvent }) })
    })
    this.#hold(true)
    this.#send(frameBytes({ ...call.header, id, is_stopped: stop.aborted }, call.arrays))
    stop.addEventListener('abort', raise)
    try {
      return await answer
    } finally {
      stop.removeEventListener('abort', raise)
      if (this.#pending.size === 0 && this.#end === null) this.#hold(false)
    }
  }

  #send(pieces: readonly Uint8Array[]): void {
    if (this.#link === null) this.#waiting.push(...pieces)
    else for (const bytes of pieces) this.#link.write(bytes)
  }

  #receive({ header, arrays }: Frame): void {
    const answer = messages.readAnswer(header)
    if ('place' in answer) {
      this.#place = answer.place
      return
    }
    const pending = this.#pending.get(answer.id)
    if ('event' in answer) return pending?.onEvent?.(messages.readEvent(answer.event, arrays))
    this.#residentBytes = answer.resident_bytes
    this.#pending.delete(answer.id)
    if ('error' in answer) pending?.reject(messages.errorOf(answer.error))
    else pending?.resolve({ result: answer.result, arrays })
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
    const streams = [this.#link, this.#child?.stdout, this.#child?.stderr] as (Socket | null | undefined)[]
    // A pipe that Python has closed would wait for a connection.
    for (const handle of [this.#child, ...streams.filter((stream) => stream?.destroyed === false)]) {
      if (isBusy) handle?.ref?.()
      else handle?.unref?.()
    }
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
