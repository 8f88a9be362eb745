/** Which screen is shown: the hash of the address, so that back, forward, reload and a pasted link work. */
import type { CompareView, RunListView } from '#contract/saved-view'
import { compareAddress, compareViewFrom, decoded } from './compare-view.ts'
import { listQuery, listViewFrom } from './list-view.ts'

export type Route =
  /** How the list is looked at; left out: as at first. */
  | { readonly page: 'runs'; readonly view?: RunListView }
  /** The data set and the model to begin with; left out: the preset's. */
  | { readonly page: 'new'; readonly dataset?: string; readonly model?: string }
  /** A run that goes on from the last checkpoint of another up to a step; null: from its newest. */
  | { readonly page: 'clone'; readonly runId: string; readonly step: number | null }
  /** null: the list of all. */
  | { readonly page: 'experiments'; readonly experimentId: string | null }
  | ({ readonly page: 'compare' } & Readonly<CompareView>)
  /** The run whose completions are weighed again; null: none yet. */
  | { readonly page: 'reward'; readonly runId: string | null }
  /** One of the data sets; null: the list of them. */
  | { readonly page: 'datasets'; readonly path: string | null }
  /** Key of a model or of a checkpoint (model-key.ts); null: none is looked at. */
  | { readonly page: 'models'; readonly key: string | null }
  /** Keys of what is compared; null: what the page chooses. */
  | { readonly page: 'playground'; readonly tuned: string | null; readonly base: string | null }
  | { readonly page: 'settings' }
  | ({ readonly page: 'run'; readonly runId: string } & ShownCompletions)

/** Of which step the completions are shown; null: of the newest. */
export interface ShownCompletions {
  readonly step: number | null
  /** Of the evaluation at that step; left out: of training. */
  readonly source?: 'evaluation'
  /** Which one of them is shown first; left out: the best of the best group. */
  readonly rollout?: number
}

/** `#/runs/abc/step/12` -> run abc at step 12, `#/runs/abc/evaluation/10` -> its evaluation at step 10. Whatever is not known leads to the list of runs. */
export function parseRoute(hash: string): Route {
  const [path, query = ''] = hash.replace(/^#?\/?/, '').split('?')
  const [page, runId, word, step, ...rest] = path!.split('/')
  if (page === 'new') return { page, ...(runId && { dataset: decoded(runId) }), ...(word && { model: decoded(word) }) }
  if (page === 'models') return { page, key: runId ? decoded(runId) : null }
  if (page === 'playground') return { page, tuned: runId ? decoded(runId) : null, base: word ? decoded(word) : null }
  if (page === 'datasets') return { page: 'datasets', path: runId ? decoded(runId) : null }
  if (page === 'settings') return { page: 'settings' }
  if (page === 'compare') return { page, ...compareViewFrom(runId ?? '', word, query) }
  if (page === 'reward') return { page: 'reward', runId: runId ? decoded(runId) : null }
  if (page === 'experiments') return { page: 'experiments', experimentId: runId ? decoded(runId) : null }
  if (page === 'runs' && !runId && query !== '') return { page, view: listViewFrom(query) }
  if ((page !== 'runs' && page !== 'clone') || !runId) return { page: 'runs' }
  const run = decoded(runId)
  if (page === 'clone') return { page, runId: run, step: word === 'step' ? wholeNumber(step) : null }
  return { page: 'run', runId: run, ...shownFrom(word, step, rest) }
}

function shownFrom(word: string | undefined, at: string | undefined, [what, index]: readonly string[]): ShownCompletions {
  if (word !== 'step' && word !== 'evaluation') return { step: null }
  const step = wholeNumber(at)
  const rollout = step !== null && what === 'rollout' ? wholeNumber(index) : null
  return { step, ...(word === 'evaluation' && { source: word }), ...(rollout !== null && { rollout }) }
}

export function hrefOf(route: Route): string {
  if (route.page === 'runs') {
    const query = route.view === undefined ? '' : listQuery(route.view)
    return query === '' ? '#/runs' : `#/runs?${query}`
  }
  if (route.page === 'compare') return `#/compare${compareAddress(route)}`
  if (route.page === 'experiments')
    return route.experimentId === null ? '#/experiments' : `#/experiments/${encodeURIComponent(route.experimentId)}`
  if (route.page === 'reward') return route.runId === null ? '#/reward' : `#/reward/${encodeURIComponent(route.runId)}`
  if (route.page === 'datasets') return route.path === null ? '#/datasets' : `#/datasets/${encodeURIComponent(route.path)}`
  if (route.page === 'new') return `#/new${parts(route.dataset, route.model)}`
  if (route.page === 'models') return `#/models${parts(route.key)}`
  if (route.page === 'playground') return `#/playground${parts(route.tuned, route.base)}`
  if (route.page !== 'run' && route.page !== 'clone') return `#/${route.page}`
  const id = encodeURIComponent(route.runId)
  if (route.page === 'clone') return `#/clone/${id}${route.step === null ? '' : `/step/${route.step}`}`
  return `#/runs/${id}${completionsAddress(route)}`
}

/** `/step/12/rollout/3` · `/evaluation/10` · `/evaluation` · '' */
function completionsAddress({ step, source, rollout }: ShownCompletions): string {
  if (step === null) return source === undefined ? '' : `/${source}`
  return `/${source ?? 'step'}/${step}${rollout === undefined ? '' : `/rollout/${rollout}`}`
}

function wholeNumber(text: string | undefined): number | null {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : null
}

/** What comes last and is not there leaves no trace; a gap before something else stays a gap. */
function parts(...texts: readonly (string | null | undefined)[]): string {
  const encoded = texts.map((text) => encodeURIComponent(text ?? ''))
  return encoded
    .map((text) => `/${text}`)
    .join('')
    .replace(/\/+$/, '')
}
