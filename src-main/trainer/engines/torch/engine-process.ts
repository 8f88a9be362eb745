/**
 * A Python process that calls back on a socket and answers one call at a time; its end rejects the call that is under way, and every later
 * one, with the reason. Several processes are under torchrun: when one is lost the call under way is rejected with engine.restarted, and the next
 * one waits for those that torchrun begins anew, which know nothing.
 */
import type { ChildProcess } from 'node:child_process'
import type { Socket } from 'node:net'
import { Failure } from '#contract/failure'
import type { EngineUsage, GenerateEvent } from '../engine.ts'
import { failureOfEnd } from '../onnx/process-end.ts'
import { frameBytes, type Frame, type WireArray } from './frames.ts'
import * as messages from './messages.ts'
import { EngineListener, failureOfStart, startPython } from './python-process.ts'
import { isElastic } from './torchrun.ts'

/** What the process said last on stderr tells why it ended. */
const KEPT_LOG_CHARACTERS = 4_000
/** Processes that hear that nobody listens any more end, those of other hosts too; torchrun is asked to end them after so long, and ended after longer. */
const TORCHRUN_ENDS_MS = [5_000, 20_000] as const
const NEVER = new AbortController().signal

interface Result {
  readonly result: unknown
  readonly arrays: readonly WireArray[]
}

interface Pending {
  resolve(result: Result): void
  reject(error: unknown): void
  onEvent?(event: GenerateEvent): void
}

export class EngineProcess {
  readonly #listener: EngineListener
  readonly #processes: number
  readonly #isElastic: boolean
  readonly #pending = new Map<number, Pending>()
  #child: ChildProcess | null = null
  #ended: Promise<void> = Promise.resolve()
  #link: Socket | null = null
  /** What was to be said before the engine called. */
  #waiting: Uint8Array[] = []
  #residentBytes = 0
  #deviceBytes: number | null = null
  #lastWords = ''
  #place = 'starting Python'
  #count = 0
  /** Why there is no process any more. */
  #end: Error | null = null

  /** processes: of PyTorch on this host. */
  constructor(processes = 1) {
    this.#processes = processes
    this.#isElastic = isElastic(processes)
    this.#listener = new EngineListener(
      (link) => this.#accept(link),
      (frame) => this.#receive(frame),
      // It stays open for those that are begun again, and would stay behind.
      this.#isElastic || process.platform === 'win32',
    )
  }

  get usage(): EngineUsage {
    return { id: this.#child?.pid ?? 0, residentBytes: this.#residentBytes, deviceBytes: this.#deviceBytes }
  }

  /** Python comes up while it is already told what to do. environment: beside the caller's own. */
  async start(environment: Readonly<Record<string, string>> = {}): Promise<void> {
    await this.#listener.open()
    if (this.#end !== null) throw this.#end
    const child = startPython({ ...environment, ...this.#listener.environment }, this.#processes)
    this.#child = child
    this.#ended = new Promise((resolve) => child.once('close', () => resolve()).once('error', () => resolve()))
    child.on('error', (error) => this.#finish(failureOfStart(error)))
    // Not `exit`: by then the last words may still be in their pipe.
    child.on('close', (code, signal) => this.#finishWhenHeard(code, signal))
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => this.#hear(String(text)))
    this.#hold(false)
  }

  async call(call: messages.Call, stop: AbortSignal = NEVER, onEvent?: (event: GenerateEvent) => void): Promise<Result> {
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

  /** Nothing in the process outlives its calls, and it may be deep in a kernel: it is killed, and the card's memory with it comes free. */
  async close(): Promise<void> {
    this.#finish(new Error('the engine is closed'))
    this.#hold(true)
    if (this.#isElastic) await this.#endTorchrun()
    else this.#child?.kill('SIGKILL')
    await this.#ended
    this.#link?.destroy()
    this.#listener.close()
  }

  /** Its processes hold its pipes, so that its end is theirs. */
  async #endTorchrun(): Promise<void> {
    // Before the engine has called there is nobody to hear it.
    if (this.#link === null) this.#child?.kill('SIGTERM')
    else this.#link.destroy()
    const [asked, ended] = TORCHRUN_ENDS_MS
    const late = [setTimeout(() => this.#child?.kill('SIGTERM'), asked), setTimeout(() => this.#child?.kill('SIGKILL'), ended)]
    await this.#ended
    for (const timer of late) clearTimeout(timer)
  }

  /** The last place may still be in the socket. */
  #finishWhenHeard(code: number | null, signal: string | null): void {
    const finish = (): void => this.#finish(failureOfEnd({ code, signal, lastWords: this.#lastWords, place: this.#place }))
    if (this.#link === null || this.#link.closed) finish()
    else this.#link.once('close', finish)
  }

  #accept(link: Socket): void {
    this.#link = link
    if (this.#isElastic) link.once('close', () => this.#lose(link))
    // Nobody else is to call, and nothing is to be left behind by a process that is killed.
    else this.#listener.close()
    for (const bytes of this.#waiting.splice(0)) link.write(bytes)
    this.#hold(this.#pending.size > 0)
  }

  /** torchrun is there, and brings others. */
  #lose(link: Socket): void {
    if (this.#link !== link || this.#end !== null) return
    this.#link = null
    this.#rejectAll(new Failure('engine.restarted', { graph: this.#place }))
    this.#place = 'starting Python'
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
    this.#deviceBytes = answer.device_bytes
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
    this.#deviceBytes = null
    this.#rejectAll(this.#end)
  }

  #rejectAll(reason: Error): void {
    for (const pending of this.#pending.values()) pending.reject(reason)
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
