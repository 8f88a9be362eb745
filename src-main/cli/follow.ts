/** A terminal that stays with a run until its end. The trainer is a process of its own: leaving ends the watching, never the run. */
import { join } from 'node:path'
import type { RunDetail, RunStatus } from '#contract/api'
import { Failure } from '#contract/failure'
import type { JournalEvent } from '#contract/journal'
import { EXIT_CODES } from '#contract/run-directory'
import type { Workbench } from '#workbench/answer-call'
import type { Context, EndingSignal } from './context.ts'
import { display, type Display } from './display.ts'

export const END_CODES: Partial<Record<RunStatus, number>> = {
  finished: EXIT_CODES.finished,
  stopped: EXIT_CODES.stopped,
  failed: EXIT_CODES.failed,
  'out-of-memory': EXIT_CODES.outOfMemory,
  crashed: EXIT_CODES.crashed,
}

/** As a shell counts: 128 + the signal's number. */
const LEFT_CODES = { SIGINT: EXIT_CODES.stopped, SIGTERM: 143, SIGHUP: 129, closed: 141 } as const

/** npm hands a Ctrl-C on that the terminal has already sent: two so close together are one. */
const SAME_KEY_MS = 400
/** News wake the loop at once; this is for what sends none, such as the time that goes by. */
const TICK_MS = 1_000

export interface Watch {
  readonly id: string
  /** Journal events that were told already: they count, but are not shown. */
  readonly known: readonly JournalEvent[]
  readonly isJson: boolean
}

/** Shows the run until it has ended or somebody leaves. Exit code of contract/run-directory.ts for its end. */
export async function follow(context: Context, workbench: Workbench, signals: SignalQueue, watch: Watch): Promise<number> {
  const { api } = workbench
  const { id } = watch
  const alarm = new Alarm(TICK_MS)
  const wakeFor = (about: { readonly id: string }): void => {
    if (about.id === id) alarm.ring()
  }
  const listening = [
    workbench.on('run.events', wakeFor),
    workbench.on('runs.changed', wakeFor),
    signals.onNew(() => alarm.ring()),
    context.terminal.onClosed(() => signals.put('closed')),
  ]
  let screen: Display | null = null
  let lastSeq = watch.known.at(-1)?.seq ?? 0
  try {
    for (;;) {
      // First the status, then the events: an end that is seen has all its events.
      const detail = await api['runs.get'](id)
      screen ??= display(context.terminal, detail, watch)
      for (const event of await api['runs.events'](id, lastSeq)) {
        screen.show(event)
        lastSeq = event.seq
      }
      const code = END_CODES[detail.summary.status]
      if (code !== undefined) {
        screen.end(detail, await folderOf(workbench, id))
        return code
      }
      screen.tick(detail.summary.status)
      const left = await obey(context, workbench, id, signals)
      if (left !== null) return LEFT_CODES[left]
      await alarm.wait()
    }
  } finally {
    for (const end of listening) end()
    context.terminal.status(null)
  }
}

export async function folderOf({ api }: Pick<Workbench, 'api'>, id: string): Promise<string> {
  const { home } = await api['workbench.info']()
  return join(home, 'runs', id)
}

/** The first Ctrl-C stops the run; a second one, and every other signal, leaves it alone. What made the terminal leave, or null. */
async function obey(
  context: Context,
  workbench: Workbench,
  id: string,
  signals: SignalQueue,
): Promise<keyof typeof LEFT_CODES | null> {
  const { terminal } = context
  for (const signal of signals.take()) {
    if (signal === 'closed') return signal
    if (signal === 'SIGINT' && !signals.isStopping) {
      signals.isStopping = true
      await stopRun(workbench, id)
      terminal.complain('Stopping: a checkpoint is being written. Ctrl-C again leaves the run to finish that by itself.')
    } else {
      const doing = signals.isStopping ? 'stops by itself' : 'goes on'
      terminal.complain(
        `The run ${doing} without this terminal: \`veritune show ${id}\` tells how it is, \`veritune stop ${id}\` ends it.`,
      )
      return signal
    }
  }
  return null
}

/** A run that has ended meanwhile is as good as stopped: the next look shows its end. */
async function stopRun({ api }: Workbench, id: string): Promise<void> {
  try {
    await api['runs.control'](id, { command: 'stop' })
  } catch (error) {
    if (!(error instanceof Failure)) throw error
  }
}

export function isOver({ summary }: RunDetail): boolean {
  return END_CODES[summary.status] !== undefined
}

/** Signals since somebody began to listen, so that a Ctrl-C while a run is still being made is not lost. */
export class SignalQueue {
  isStopping = false
  readonly #end: () => void
  readonly #waiting: (EndingSignal | 'closed')[] = []
  readonly #listeners = new Set<() => void>()
  #lastInterrupt = -Infinity

  constructor(context: Pick<Context, 'onSignal'>) {
    this.#end = context.onSignal((signal) => {
      const now = performance.now()
      const isSameKey = signal === 'SIGINT' && now - this.#lastInterrupt < SAME_KEY_MS
      if (signal === 'SIGINT') this.#lastInterrupt = now
      if (!isSameKey) this.put(signal)
    })
  }

  put(signal: EndingSignal | 'closed'): void {
    this.#waiting.push(signal)
    for (const listener of this.#listeners) listener()
  }

  take(): (EndingSignal | 'closed')[] {
    return this.#waiting.splice(0)
  }

  onNew(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  close(): void {
    this.#end()
  }
}

/** Wakes who waits: when it rings, or after a while. A ring that nobody waited for is kept. */
class Alarm {
  readonly #tickMs: number
  #isRinging = false
  #wake: (() => void) | null = null

  constructor(tickMs: number) {
    this.#tickMs = tickMs
  }

  ring(): void {
    this.#isRinging = true
    this.#wake?.()
  }

  async wait(): Promise<void> {
    if (!this.#isRinging) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, this.#tickMs)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
    this.#wake = null
    this.#isRinging = false
  }
}
