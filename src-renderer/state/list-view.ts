/** How the list of runs is looked at, as the query of an address: what is as it is at first is left out. */
import { RUN_SORT_KEYS, type RunSortKey } from '#contract/run-list-sort'
import type { RunListView } from '#contract/saved-view'

/** Newest first. */
export const FIRST_VIEW: RunListView = { wanted: '', isArchiveShown: false, sort: 'created', isDescending: true, groupBy: null }

/** '' for the first view. */
export function listQuery(view: RunListView): string {
  const query = new URLSearchParams()
  if (view.wanted !== '') query.set('find', view.wanted)
  if (view.isArchiveShown) query.set('archived', '1')
  if (view.sort !== FIRST_VIEW.sort) query.set('sort', view.sort)
  if (!view.isDescending) query.set('order', 'up')
  if (view.groupBy !== null) query.set('group', view.groupBy)
  return query.toString()
}

/** What it does not say, or says in words that are not known, is as in the first view. */
export function listViewFrom(text: string): RunListView {
  const query = new URLSearchParams(text)
  const sort = query.get('sort')
  return {
    wanted: query.get('find') ?? '',
    isArchiveShown: query.get('archived') === '1',
    sort: isSortKey(sort) ? sort : FIRST_VIEW.sort,
    isDescending: query.get('order') !== 'up',
    groupBy: query.get('group') || null,
  }
}

function isSortKey(text: string | null): text is RunSortKey {
  return (RUN_SORT_KEYS as readonly (string | null)[]).includes(text)
}
