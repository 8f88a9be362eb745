/** A terminal that stays with a run until its end. The trainer is a process of its own: leaving ends the watching, never the run. */
import type { RunDetail, RunStatus } from '#contract/api'
import { Failure } from '#contract/failure'
import type { JournalEvent } from '#contract/journal'
import { EXIT_CODES } from '#contract/run-directory'
import type { Workbench } from '#workbench/answer-call'
import { Alarm } from './alarm.ts'
import type { Context } from './context.ts'
import { display, type Display } from './display.ts'
import { EndWatch, folderOf, tellRefusal } from './run-end.ts'
import type { Parting, SignalQueue } from './signal-queue.ts'

/** As a shell counts: 128 + the signal's number. */
const PARTING_CODES: Readonly<Record<Parting, number>> = { SIGINT: EXIT_CODES.stopped, SIGTERM: 143, SIGHUP: 129, closed: 141 }

/** News wake the loop at once; this is for what sends none, such as the time that goes by. */
const TICK_MS = 1_000
/** An end of which the journal says nothing is believed after this time: until its trainer is up, a run may look as it did before. */
const SILENCE_MS = 3_000

export interface Watch {
  readonly id: string
  /** Journal events that were told already: they count, but are not shown. */
  readonly known: readonly JournalEvent[]
  readonly isJson: boolean
}

/** Shows the run until it has ended or somebody leaves. Exit code of contract/run-directory.ts for its end. */
export async function follow(context: Context, workbench: Workbench, signals: SignalQueue, watch: Watch): Promise<number> {
  const alarm = new Alarm(TICK_MS)
  const wakeFor = (about: { readonly id: string }): void => {
    if (about.id === watch.id) alarm.ring()
  }
  const listening = [
    workbench.on('run.events', wakeFor),
    workbench.on('runs.changed', wakeFor),
    signals.onNew(() => alarm.ring()),
  ]
  const follower = new Follower(context, workbench, signals, watch)
  try {
    for (;;) {
      const code = (await follower.look()) ?? (await follower.obey())
      if (code !== null) return code
      await alarm.wait()
    }
  } finally {
    for (const end of listening) end()
    context.terminal.status(null)
  }
}

class Follower {
  readonly #context: Context
  readonly #workbench: Workbench
  readonly #signals: SignalQueue
  readonly #watch: Watch
  readonly #sinceMs = performance.now()
  readonly #end = new EndWatch()
  #display: Display | null = null
  #status: RunStatus = 'starting'
  #lastSeq: number
  #linkWords = ''

  constructor(context: Context, workbench: Workbench, signals: SignalQueue, watch: Watch) {
    this.#context = context
    this.#workbench = workbench
    this.#signals = signals
    this.#watch = watch
    this.#lastSeq = this.#firstSeq
  }

  /** Shows what is new. Exit code when the run is over, else null. */
  async look(): Promise<number | null> {
    const { id } = this.#watch
    const { api } = this.#workbench
    // First the status, then the events: an end that is seen has all its events.
    const detail = await api['runs.get'](id)
    this.#status = detail.summary.status
    this.#tellLink(detail)
    this.#display ??= display(this.#context.terminal, detail, this.#watch)
    for (const event of await api['runs.events'](id, this.#lastSeq)) {
      this.#display.show(event)
      this.#lastSeq = event.seq
    }
    const code = this.#end.codeOf(this.#status)
    if (code === null || !this.#isEndSure()) {
      // Only a terminal that somebody watches has a line for it.
      this.#display.tick(this.#status, this.#context.terminal.isInteractive ? await api['runs.activity'](id) : null)
      return null
    }
    if (this.#isSilent && this.#firstSeq > 0) {
      tellRefusal(this.#context.terminal, detail)
      return EXIT_CODES.failed
    }
    this.#display.end(detail, await folderOf(this.#workbench, id))
    return code
  }

  /** What is done on another computer before its first event, and a link that is down, once each. */
  #tellLink({ summary: { remote } }: RunDetail): void {
    if (remote === null || this.#watch.isJson) return
    const { host, problem, doing } = remote
    const words = problem?.message ?? (doing === null ? `${host} is reached.` : `${host}: ${doing}`)
    if (words === this.#linkWords) return
    this.#linkWords = words
    this.#context.terminal.print(problem === null ? words : `${problem.message} ${problem.remedy}`)
  }

  /** The first Ctrl-C stops the run; a second one, and every other signal, leaves it alone. Exit code when the terminal leaves, else null. */
  async obey(): Promise<number | null> {
    for (const parting of this.#signals.take()) {
      const isStop = parting === 'SIGINT' && !this.#signals.isStopping
      if (isStop) await this.#stop()
      else {
        this.#context.terminal.complain(`${this.#partingWords()} \`veritune show ${this.#watch.id}\` tells how it is.`)
        return PARTING_CODES[parting]
      }
    }
    return null
  }

  async #stop(): Promise<void> {
    this.#signals.isStopping = true
    this.#context.terminal.complain('Stopping: a checkpoint is being written. Ctrl-C again leaves the run to do that by itself.')
    try {
      await this.#workbench.api['runs.control'](this.#watch.id, { command: 'stop' })
    } catch (error) {
      // A run that has ended meanwhile is as good as stopped: the next look shows its end.
      if (!(error instanceof Failure)) throw error
    }
  }

  #partingWords(): string {
    if (this.#signals.isStopping) return 'The run stops by itself.'
    if (this.#status === 'queued')
      return 'The run stays in the queue; it starts when VeriTune is open and no other run is training.'
    return 'The run goes on without this terminal.'
  }

  get #firstSeq(): number {
    return this.#watch.known.at(-1)?.seq ?? 0
  }

  /** Nothing new stands in the journal, and nobody asked for an end. */
  get #isSilent(): boolean {
    return this.#lastSeq === this.#firstSeq && !this.#signals.isStopping
  }

  #isEndSure(): boolean {
    return !this.#isSilent || performance.now() - this.#sinceMs > SILENCE_MS
  }
}
