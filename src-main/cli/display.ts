/** How a run that goes on is shown: lines with a status line below, plain lines, or the journal itself. */
import type { RunDetail, RunStatus } from '#contract/api'
import type { RunActivity } from '#contract/run-activity'
import type { JournalEvent } from '#contract/journal'
import { gainLines } from './evaluation-text.ts'
import { eventLine, stepLine } from './event-text.ts'
import type { Watch } from './follow.ts'
import { counted, duration } from './numbers.ts'
import { tellProblem } from './run-end.ts'
import { progressLine } from './progress-line.ts'
import { Progress } from './progress.ts'
import type { Terminal } from './terminal.ts'

export interface Display {
  show(event: JournalEvent): void
  /** Nothing new, but time went by. activity: what the trainer does now; null where nobody asked, or it is not known. */
  tick(status: RunStatus, activity: RunActivity | null): void
  end(detail: RunDetail, folder: string): void
}

export function display(terminal: Terminal, { config }: RunDetail, { known, isJson }: Watch): Display {
  if (isJson) return journalDisplay(terminal)
  const progress = new Progress(config)
  for (const event of known) progress.take(event)
  return new LineDisplay(terminal, progress)
}

function journalDisplay(terminal: Terminal): Display {
  return {
    show: (event) => terminal.print(JSON.stringify(event)),
    tick: () => {},
    end: (detail) => tellProblem(terminal, detail),
  }
}

class LineDisplay implements Display {
  readonly #terminal: Terminal
  readonly #progress: Progress
  readonly #startedMs = performance.now()
  #heardMs = performance.now()
  #status: RunStatus = 'starting'
  #activity: RunActivity | null = null

  constructor(terminal: Terminal, progress: Progress) {
    this.#terminal = terminal
    this.#progress = progress
  }

  show(event: JournalEvent): void {
    this.#heardMs = performance.now()
    this.#progress.take(event)
    if (event.type === 'step.finished') this.#showStep(event)
    const line = eventLine(event)
    if (line !== null) this.#terminal.print(event.type === 'health.warned' ? this.#terminal.paint('yellow', line) : line)
  }

  tick(status: RunStatus, activity: RunActivity | null): void {
    if (status === 'queued' && this.#status !== status) this.#terminal.print('Waiting: another run is training.')
    this.#status = status
    this.#activity = activity
    this.#draw()
  }

  end(detail: RunDetail, folder: string): void {
    const { summary } = detail
    this.#terminal.status(null)
    const evaluations = this.#progress.evaluations
    const [first, last] = [evaluations[0], evaluations.at(-1)]
    const isWhole = first !== undefined && last !== undefined && 'eval/pass@1_gain' in last.metrics
    if (isWhole) this.#terminal.print(['', ...gainLines(first, last), ''].join('\n'))
    const seconds = (performance.now() - this.#startedMs) / 1000
    if (summary.status === 'finished') {
      this.#terminal.print(`Finished ${counted(this.#progress.step, 'step')} in ${duration(seconds)}.`)
    } else if (summary.status === 'stopped') this.#terminal.print(stoppedText(this.#progress, summary.id))
    tellProblem(this.#terminal, detail)
    this.#terminal.print(`Run ${summary.id} in ${folder}`)
  }

  /** Where somebody watches, the status line says it. */
  #showStep(event: Extract<JournalEvent, { type: 'step.finished' }>): void {
    if (this.#terminal.isInteractive) this.#draw()
    else this.#terminal.print(stepLine(event, this.#progress.steps))
  }

  #draw(): void {
    const waitedSeconds = (performance.now() - this.#heardMs) / 1000
    const moment = { status: this.#status, activity: this.#activity, waitedSeconds }
    this.#terminal.status(progressLine(this.#progress, moment, this.#terminal.columns))
  }
}

function stoppedText({ step, checkpointStep }: Progress, id: string): string {
  const saved = checkpointStep === null ? 'There is no checkpoint' : `The checkpoint of step ${checkpointStep} is written`
  return `Stopped after step ${step}. ${saved}; \`veritune resume ${id}\` goes on from there.`
}
