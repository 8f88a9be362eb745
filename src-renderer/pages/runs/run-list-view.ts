/** Which runs the list shows, and in which order: by what a person typed and clicked. */
import type { RunSummary } from '#contract/api'
import { RATE_KEY } from '#contract/metrics'
import type { RunSortKey } from '#contract/run-list-sort'
import type { RunListView } from '#contract/saved-view'
import type { SettingsOfRuns } from '../../state/run-settings.svelte.ts'
import { isFound, searchOf } from './run-search.ts'

/** A group's heading, or a run. */
export type ListRow =
  | {
      readonly kind: 'group'
      readonly title: string
      readonly count: number
      readonly validation: number | null
      readonly isOpen: boolean
    }
  | { readonly kind: 'run'; readonly run: RunSummary }

/** settings: those that were read of what the search asks for. */
export function shownRuns(runs: readonly RunSummary[], view: RunListView, settings: SettingsOfRuns = {}): RunSummary[] {
  const search = searchOf(view.wanted)
  const kept = runs.filter((run) => (view.isArchiveShown || !run.isArchived) && isFound(run, search, settings))
  const sign = view.isDescending ? -1 : 1
  return kept.toSorted((a, b) => compared(valueOf(a, view.sort), valueOf(b, view.sort), sign) || newestFirst(a, b))
}

/**
 * Runs under headings, groups in the order of their first run; a run with several tags stands under each. `titlesOf`: the groups of a run;
 * `closed`: titles of those that show their heading alone.
 */
export function groupedRows(
  runs: readonly RunSummary[],
  titlesOf: (run: RunSummary) => readonly string[],
  closed: readonly string[],
): ListRow[] {
  const groups = new Map<string, RunSummary[]>()
  for (const run of runs) for (const title of titlesOf(run)) groups.set(title, [...(groups.get(title) ?? []), run])
  return [...groups].flatMap(([title, members]): ListRow[] => {
    const isOpen = !closed.includes(title)
    const heading = { kind: 'group', title, count: members.length, validation: meanValidation(members), isOpen } as const
    return [heading, ...(isOpen ? members.map((run) => ({ kind: 'run', run }) as const) : [])]
  })
}

export function ungroupedRows(runs: readonly RunSummary[]): ListRow[] {
  return runs.map((run) => ({ kind: 'run', run }))
}

/** Mean of the newest evaluations; null where none was evaluated. */
function meanValidation(runs: readonly RunSummary[]): number | null {
  const values = runs.flatMap(({ evaluated }) => (evaluated === null ? [] : [evaluated.passAt1]))
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}

/** A second click on a column turns the order round; numbers and times begin with the largest, words with A. */
export function sortedBy(view: RunListView, sort: RunSortKey): RunListView {
  if (view.sort === sort) return { ...view, isDescending: !view.isDescending }
  return { ...view, sort, isDescending: !['name', 'status', 'algorithm', 'preset'].includes(sort) }
}

/** How drafts of notes are called (state/drafts.ts). */
export const NOTES_FORMS = 'notes/'

export function notesForm(runId: string): string {
  return `${NOTES_FORMS}${runId}`
}

/** What a person typed, as tags: separated by commas, each once. */
export function tagsIn(text: string): string[] {
  return [...new Set(text.split(',').map((tag) => tag.trim()))].filter(Boolean)
}

function valueOf(run: RunSummary, sort: RunSortKey): string | number | null {
  switch (sort) {
    case 'created':
      return run.createdAt
    case 'name':
    case 'status':
    case 'algorithm':
    case 'preset':
      return run[sort].toLowerCase()
    case 'step':
      return run.step
    case 'validation':
      return run.evaluated?.passAt1 ?? null
    case 'reward':
      return run.latest['train/reward'] ?? null
    default:
      return run.latest[`train/${RATE_KEY[sort]}`] ?? null
  }
}

/** What has no value stands last, whichever way the others run. */
function compared(a: string | number | null, b: string | number | null, sign: number): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  return a === b ? 0 : a < b ? -sign : sign
}

function newestFirst(a: RunSummary, b: RunSummary): number {
  return compared(a.createdAt, b.createdAt, -1) || compared(a.id, b.id, -1)
}
