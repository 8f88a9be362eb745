/** Completions for one task side by side: of which runs, for which task, which one of each. */
import type { RolloutRecord } from '#contract/journal'
import type { SamePromptView } from '#contract/saved-view'
import { MOST_BESIDE, type RunCompletions, type SharedTask } from '#contract/shared-tasks'
import { formatPercent } from '../../format/number.ts'

/** Those that were chosen and are still compared; where fewer than two are, the first run of each group and then the others, as many as fit. */
export function runsBeside(
  runIds: readonly string[],
  groups: readonly { readonly runs: readonly string[] }[],
  chosen: readonly string[] = [],
): readonly string[] {
  const there = runIds.filter((id) => chosen.includes(id))
  if (there.length >= 2) return there.slice(0, MOST_BESIDE)
  const first = groups.map(({ runs }) => runs[0]!).filter((id) => runIds.includes(id))
  const most = [...new Set([...first, ...runIds])].slice(0, MOST_BESIDE)
  return runIds.filter((id) => most.includes(id))
}

/** Place of the task in the list; of one that is not there, or of none, the first. */
export function placeOf(tasks: readonly SharedTask[], taskId: string | undefined): number {
  return Math.max(
    0,
    tasks.findIndex(({ id }) => id === taskId),
  )
}

/**
 * Which completion of each run is shown, from 1: the chosen one, as far as the choice is of as many runs and there are so many.
 * null: not read yet.
 */
export function shownPlaces(ofRuns: readonly (RunCompletions | null)[], chosen: readonly number[] = []): number[] {
  return ofRuns.map((written, i) => {
    const place = chosen.length === ofRuns.length ? chosen[i]! : 1
    return written === null || place <= written.rollouts.length ? place : 1
  })
}

/** Another completion of the run in a column; those of the others stay. */
export function withCompletion(
  view: SamePromptView,
  columns: readonly { readonly run: string; readonly place: number }[],
  column: number,
  place: number,
): SamePromptView {
  return {
    ...view,
    runIds: columns.map(({ run }) => run),
    completions: columns.map((own, i) => (i === column ? place : own.place)),
  }
}

/** What was chosen of a task's completions says nothing of another's. */
export function withTask({ completions: _completions, ...view }: SamePromptView, taskId: string): SamePromptView {
  return { ...view, taskId }
}

export function withRuns({ completions: _completions, ...view }: SamePromptView, runIds: readonly string[]): SamePromptView {
  return { ...view, runIds }
}

/** `mux-0012 · mux · passes 75 %, 0 %` */
export function taskWords({ id, family, passed }: SharedTask): string {
  const shares = passed.every((share) => share === null) ? '' : ` · passes ${passed.map(formatPercent).join(', ')}`
  return `${id} · ${family}${shares}`
}

/** Where a key leads in the list of tasks: 1 to the next, -1 to the one before, 0 nowhere. Keys that a field takes are its own. */
export function stepOfKey({ key, target, ctrlKey, metaKey, altKey }: KeyboardEvent): -1 | 0 | 1 {
  const isTaken = target instanceof HTMLElement && target.matches('select, textarea, input:not([type=checkbox])')
  if (isTaken || ctrlKey || metaKey || altKey) return 0
  return key === 'j' ? 1 : key === 'k' ? -1 : 0
}

/** What of a completion is held against that of another run; of a run that was imported nothing was taken apart. */
export function comparedText(rollouts: readonly RolloutRecord[], { code, completion }: RolloutRecord): string {
  return rollouts.every((rollout) => rollout.code !== '') ? code : completion
}
