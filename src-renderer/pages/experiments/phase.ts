/** Where an experiment stands, in words. */
import type { ExperimentState } from '#contract/experiment'
import { counted } from '../../format/number.ts'

/** Key of STATUS_LOOKS. left: unfinished, and nobody in this workbench works on it. */
export type Standing = 'training' | 'testing' | 'finished' | 'interrupted' | 'left'

export function standingOf({ phase, isDriven }: Pick<ExperimentState, 'phase' | 'isDriven'>): Standing {
  return isDriven || phase === 'finished' || phase === 'interrupted' ? phase : 'left'
}

export function finishedRuns({ runs }: Pick<ExperimentState, 'runs'>): number {
  return runs.filter(({ status }) => status === 'finished').length
}

/** `2 of 7 runs finished`, or how far the reading of the test tasks is. */
export function progressWords(state: ExperimentState): string {
  const { phase, runs, tested } = state
  const isTraining = finishedRuns(state) < runs.length
  if (phase === 'finished' || isTraining) return `${finishedRuns(state)} of ${counted(runs.length, 'run')} finished`
  return `${tested.done} of ${counted(tested.total, 'evaluation')} of the test tasks`
}

/** The same as a part of a whole: steps of all runs that are known, each run as one; then evaluations. */
export function doneOf(state: ExperimentState): { readonly value: number; readonly max: number } {
  if (finishedRuns(state) === state.runs.length) return { value: state.tested.done, max: state.tested.total }
  const parts = state.runs.map(({ status, step, steps }) => (status === 'finished' ? 1 : steps === 0 ? 0 : step / steps))
  return { value: parts.reduce((sum, part) => sum + part, 0), max: state.runs.length }
}
