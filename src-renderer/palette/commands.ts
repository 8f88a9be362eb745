/** Everything that the palette offers, as data. */
import type { RunSummary } from '#contract/api'
import type { ExperimentState } from '#contract/experiment'
import { SCREENS, type ScreenId } from '#contract/frame-commands'
import type { KnownDataset } from '#contract/known-datasets'
import { datasetName } from '../pages/datasets/dataset-words.ts'
import { STATUS_LOOKS } from '../pages/status.ts'
import { parseRoute, type Route } from '../state/route.ts'
import type { Searchable } from './match.ts'

export interface Command extends Searchable {
  readonly id: string
  /** What it is, in a word or two. */
  readonly kind: string
  /** Said beside the title. */
  readonly detail: string
  readonly keys: string | null
  run(): void
}

export type Go = (route: Route) => void

export function screenRoute(id: ScreenId): Route {
  switch (id) {
    case 'compare':
      return { page: id, runIds: [] }
    case 'experiments':
      return { page: id, experimentId: null }
    case 'reward':
      return { page: id, runId: null }
    case 'datasets':
      return { page: id, path: null }
    case 'models':
      return { page: id, key: null }
    case 'playground':
      return { page: id, tuned: null, base: null }
    default:
      return { page: id }
  }
}

export function screenCommands(go: Go, keysOf: (id: ScreenId) => string): Command[] {
  return SCREENS.map(({ id, title }) => ({
    ...aCommand(`screen ${id}`, 'Go to', title, () => go(screenRoute(id))),
    keys: keysOf(id),
  }))
}

export function runCommands(runs: readonly RunSummary[], go: Go): Command[] {
  return runs.map((run) => ({
    ...aCommand(`run ${run.id}`, 'Run', run.name, () => go({ page: 'run', runId: run.id, step: null })),
    detail: `${STATUS_LOOKS[run.status]?.word ?? run.status}, step ${run.step} of ${run.steps}`,
    words: ['run', run.id, run.status, run.algorithm, run.preset, ...run.tags].join(' '),
  }))
}

export function experimentCommands(experiments: readonly ExperimentState[], go: Go): Command[] {
  return experiments.map(({ id, plan, phase }) => ({
    ...aCommand(`experiment ${id}`, 'Experiment', plan.title, () => go({ page: 'experiments', experimentId: id })),
    detail: phase,
    words: `experiment ${id} ${plan.name}`,
  }))
}

export function datasetCommands(datasets: readonly KnownDataset[], go: Go): Command[] {
  return datasets.map(({ path }) => ({
    ...aCommand(`dataset ${path}`, 'Data set', datasetName(path), () => go({ page: 'datasets', path })),
    words: `data set ${path}`,
  }))
}

/** Where the link of a view leads that was pasted, whichever workbench it was copied from; none where no link was typed. */
export function linkCommands(typed: string, go: Go): Command[] {
  const [address] = /#\/\S+$/.exec(typed.trim()) ?? []
  if (address === undefined) return []
  // All that was typed is in its words, so that it is found.
  return [{ ...aCommand('link', 'Go to', 'The view of this link', () => go(parseRoute(address))), words: typed }]
}

/** What the screen that is shown offers on buttons of its heading, which a click plays. */
export function buttonCommands(main: ParentNode): Command[] {
  const buttons = [...main.querySelectorAll<HTMLButtonElement>('header button:enabled')]
  const screens: readonly string[] = SCREENS.map(({ title }) => title)
  return buttons
    .map((button) => ({ button, title: (button.ariaLabel ?? button.textContent).trim().replace(/\s+/g, ' ') }))
    .filter(({ title }) => title !== '' && !screens.includes(title))
    .map(({ button, title }, i) => aCommand(`button ${i}`, 'This screen', title, () => button.click()))
}

export function aCommand(id: string, kind: string, title: string, run: () => void): Command {
  return { id, kind, title, detail: '', words: kind, keys: null, run }
}
