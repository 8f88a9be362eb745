/** How a run ended: exit codes, and the words for a person. */
import { join } from 'node:path'
import type { RunDetail, RunStatus } from '#contract/api'
import { EXIT_CODES } from '#contract/run-directory'
import type { Workbench } from '#workbench/answer-call'
import type { Terminal } from './terminal.ts'

const END_CODES: Partial<Record<RunStatus, number>> = {
  finished: EXIT_CODES.finished,
  stopped: EXIT_CODES.stopped,
  failed: EXIT_CODES.failed,
  'out-of-memory': EXIT_CODES.outOfMemory,
  crashed: EXIT_CODES.crashed,
}

/** Exit code of a run that is over; null while it goes on or waits. */
export function endCode(status: RunStatus): number | null {
  return END_CODES[status] ?? null
}

/** A crash is believed after this time: the last word of a trainer may be read a moment after its process has gone. */
const CRASH_MS = 2_500

/** Exit code of a run that is watched, once its end is sure. */
export class EndWatch {
  #crashedSinceMs: number | null = null

  codeOf(status: RunStatus): number | null {
    if (status !== 'crashed') {
      this.#crashedSinceMs = null
      return endCode(status)
    }
    this.#crashedSinceMs ??= performance.now()
    return performance.now() - this.#crashedSinceMs > CRASH_MS ? endCode(status) : null
  }
}

export async function folderOf({ api }: Pick<Workbench, 'api'>, id: string): Promise<string> {
  const { home } = await api['workbench.info']()
  return join(home, 'runs', id)
}

/** Reason, remedy and the trainer's last words of an end that nobody asked for; on stderr. */
export function tellProblem(terminal: Terminal, { summary, end }: RunDetail): void {
  if (summary.status === 'finished' || summary.status === 'stopped') return
  const reason = end?.reason ?? `The run ended: ${summary.status}.`
  terminal.complain([reason.replace(/[.]?$/, '.'), end?.remedy ?? ''].join(' ').trim())
  // The frames of a stack are for the log.
  const words = (end?.stderr ?? []).filter((line) => !/^\s+at /.test(line))
  if (words.length > 0) terminal.complain(['Last lines of its log:', ...words.map((line) => `  ${line}`)].join('\n'))
}

/** A trainer that refused to go on says so in its log alone: its journal stays as it was. A host that did not take the run has a reason. */
export function tellRefusal(terminal: Terminal, { summary, end }: RunDetail): void {
  const problem = summary.remote?.problem ?? null
  if (problem !== null) return terminal.complain(`${problem.message} ${problem.remedy}`)
  terminal.complain(end?.stderr.at(-1) ?? 'The run did not go on; its trainer.log may say why.')
}
