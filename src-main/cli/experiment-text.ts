/** Where an experiment stands, as lines for a person. */
import type { ExperimentRun, ExperimentState } from '#contract/experiment'
import { counted, duration, percent, points } from './numbers.ts'
import { tableLines } from './table.ts'

/** `training, 2 of 7 runs finished`, `finished`. */
export function phaseText({ phase, runs, tested, problem }: ExperimentState): string {
  switch (phase) {
    case 'training': {
      const finished = runs.filter(({ status }) => status === 'finished').length
      return `training, ${finished} of ${counted(runs.length, 'run')} finished`
    }
    case 'testing':
      return `reading the test tasks, ${tested.done} of ${tested.total} evaluations`
    case 'interrupted':
      return `waits: ${problem?.message ?? ''}`
    case 'finished':
      return 'finished'
  }
}

/** For a status line: the run that trains, and how far it is. */
export function progressText(state: ExperimentState): string {
  const current = state.runs.find(({ status, step }) => status === 'running' || (status !== 'finished' && step > 0))
  const now = current === undefined ? '' : `  ·  ${current.run} step ${current.step}/${current.steps}`
  return phaseText(state) + now
}

export function endedLine({ run, status, step, seconds }: ExperimentRun): string {
  return `${run}: ${status} at step ${step}, ${duration(seconds)} of training`
}

/** The main table and the verdicts; the rest stands in report.md. */
export function reportLines({ report, folder }: ExperimentState): string[] {
  if (report === null) return []
  const head = ['', 'checkpoint', 'pass@1', 'gain', '95 %', 'T 0.2', 'gain', '95 %', 'compile']
  const rows = report.rows.map(({ title, checkpoint, parts }) => {
    const of = (measure: string): string[] => {
      const { value, gain } = parts.all?.[measure] ?? { value: undefined, gain: null }
      return gain === null
        ? [percent(value?.mean), '', '']
        : [percent(value?.mean), points(gain.mean), `[${points(gain.low)}, ${points(gain.high)}]`]
    }
    const name = checkpoint === null ? '' : checkpoint === 'newest' ? 'last' : 'best'
    return [title, name, ...of('pass@1'), ...of('near_greedy/pass@1'), percent(parts.all?.compile_rate?.value.mean)]
  })
  return [
    `${counted(report.taskCount, 'test task')}; gains over the base model, paired, over seeds and tasks`,
    ...tableLines([head, ...rows], [2, 3, 5, 6, 8]),
    '',
    ...report.verdicts,
    '',
    `Report and curves: ${folder}`,
  ]
}
