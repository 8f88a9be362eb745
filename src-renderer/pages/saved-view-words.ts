/** Saved views in words, and where they lead. */
import type { SavedView } from '#contract/saved-view'
import { counted } from '../format/number.ts'
import type { Route } from '../state/route.ts'
import { labelOf } from './setting-labels.ts'

export type ShownView = SavedView['view']

export function routeOfView(view: ShownView): Route {
  if (view.page === 'compare') return view
  const { page, ...list } = view
  return { page, view: list }
}

/** `Compare: 3 runs, a line for each group, the prompt of mux-012` · `Runs: “#paper”, by validation ↓, grouped by rank, with archived ones` */
export function viewWords(view: ShownView): string {
  if (view.page === 'compare') {
    const { runIds, overlay, samePrompt } = view
    const parts = [
      counted(runIds.length, 'run'),
      overlay === undefined ? [] : `a line for each ${overlay}`,
      samePrompt?.taskId === undefined ? [] : `the prompt of ${samePrompt.taskId}`,
    ]
    return `Compare: ${parts.flat().join(', ')}`
  }
  const { wanted, sort, isDescending, groupBy, isArchiveShown } = view
  const parts = [
    wanted.trim() === '' ? [] : `“${wanted.trim()}”`,
    `by ${sort === 'created' ? 'time' : sort} ${isDescending ? '↓' : '↑'}`,
    groupBy === null ? [] : `grouped by ${labelOf(groupBy).toLowerCase()}`,
    isArchiveShown ? 'with archived ones' : [],
  ]
  return `Runs: ${parts.flat().join(', ')}`
}

/** Runs of a comparison that are not there any more; known: ids of all that are. */
export function missingRuns(view: ShownView, known: ReadonlySet<string>): readonly string[] {
  return view.page === 'compare' ? view.runIds.filter((id) => !known.has(id)) : []
}

/** '' where none is missing. */
export function missingWords(view: ShownView, known: ReadonlySet<string>): string {
  const missing = missingRuns(view, known)
  if (missing.length === 0) return ''
  const all = view.page === 'compare' ? view.runIds.length : 0
  if (missing.length === all) return 'All its runs were removed.'
  return `${missing.length} of its ${all} runs ${missing.length === 1 ? 'was' : 'were'} removed.`
}
