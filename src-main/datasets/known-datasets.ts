/** What a workbench knows of data sets, from its runs and from what was checked. */
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { Failure } from '#contract/failure'
import type { BrowsedTask, CheckRecord, KnownDataset, TaskRow } from '#contract/known-datasets'
import type { ImportProblem } from '#contract/dataset-check'
import type { Task } from '#contract/task'
import type { ServiceClient } from '#launch/service-client'
import type { KeptChecks } from './kept-checks.ts'

export interface KnownDatasetsOptions {
  readonly kept: KeptChecks
  /** `dataset.id` of each run. */
  readonly datasetsOfRuns: () => Promise<readonly string[]>
  readonly service: Pick<ServiceClient, 'call'>
}

const STARTER = 'starter'

type Counted = Pick<KnownDataset, 'counts' | 'problem'>

export class KnownDatasets {
  readonly #options: KnownDatasetsOptions
  /** By file, as long as that does not change. */
  readonly #counted = new Map<string, { readonly stamp: string; readonly counted: Promise<Counted> }>()

  constructor(options: KnownDatasetsOptions) {
    this.#options = options
  }

  /** Of all that runs train on or that was checked. */
  async paths(): Promise<string[]> {
    const [records, used] = await Promise.all([this.#options.kept.records(), this.#options.datasetsOfRuns()])
    return [...used, ...records.map(({ path }) => path)]
  }

  async list(): Promise<KnownDataset[]> {
    const [records, used] = await Promise.all([this.#options.kept.records(), this.#options.datasetsOfRuns()])
    const checked = new Map(records.map((record) => [record.path, record]))
    // A run that trains on the healthy tasks of a check, be it an earlier one, trains on the data set that was checked.
    const ofFile = new Map(records.map(({ tasks, path }) => [tasks, path]))
    const ofFolder = new Map(records.map(({ path }) => [this.#options.kept.folderOf(path), path]))
    const runs = Map.groupBy(used, (dataset) => ofFile.get(dataset) ?? ofFolder.get(dirname(dataset)) ?? dataset)
    const paths = new Set([STARTER, ...checked.keys(), ...[...runs.keys()].sort()])
    return Promise.all([...paths].map((path) => this.#known(path, checked.get(path) ?? null, runs.get(path)?.length ?? 0)))
  }

  /** Throws Failure dataset.missing and dataset.invalid-line. */
  async tasks(path: string): Promise<BrowsedTask[]> {
    const record = await this.#options.kept.record(path)
    const files = filesOf(path, record)
    const rows = (await Promise.all(files.map((file) => this.#options.service.call('tasks.browse', file)))).flat()
    const check = record === null ? null : await this.#options.kept.check(path)
    const byId = new Map(check?.tasks.map((task) => [task.id, task]))
    const leaks = new Set(check?.problems.flatMap(({ isLeak, file, line }) => (isLeak ? [`${line} ${file}`] : [])))
    return rows.map((row) => {
      const { badge = null, reason = '' } = byId.get(row.id) ?? {}
      return { ...row, badge, reason, isLeak: isAt(row, leaks) }
    })
  }

  /** Throws Failure task.unknown. */
  async task(path: string, id: string): Promise<Task> {
    const files = filesOf(path, await this.#options.kept.record(path))
    for (const file of files.slice(0, -1)) {
      try {
        return await this.#options.service.call('task.get', file, id)
      } catch (error) {
        if (!(error instanceof Failure && error.code === 'task.unknown')) throw error
      }
    }
    return this.#options.service.call('task.get', files.at(-1)!, id)
  }

  /** Throws Failure dataset.unknown. */
  async problems(path: string): Promise<readonly ImportProblem[]> {
    const check = await this.#options.kept.check(path)
    if (check === null) throw new Failure('dataset.unknown', { dataset: path })
    return check.problems
  }

  async #known(path: string, check: CheckRecord | null, runCount: number): Promise<KnownDataset> {
    const tasks = check === null || path === STARTER ? path : check.tasks
    const counted = tasks === null ? { counts: { train: 0, validation: 0, test: 0 }, problem: null } : await this.#count(tasks)
    return { path, tasks, ...counted, check, runCount }
  }

  async #count(dataset: string): Promise<Counted> {
    const found = await stat(dataset).catch(() => null)
    const stamp = `${found?.mtimeMs} ${found?.size}`
    const known = this.#counted.get(dataset)
    if (known?.stamp === stamp) return known.counted
    const counted = this.#options.service.call('dataset.read', dataset).then(
      ({ counts }): Counted => ({ counts, problem: null }),
      (error: unknown): Counted => ({ counts: null, problem: sentenceOf(error) }),
    )
    this.#counted.set(dataset, { stamp, counted })
    return counted
  }
}

/** Task files in which its tasks lie. */
function filesOf(path: string, record: CheckRecord | null): string[] {
  if (record === null || path === STARTER) return [path]
  const files = [record.tasks, record.unfit].filter((file) => file !== null)
  return files.length === 0 ? [path] : files
}

function isAt({ origin }: TaskRow, places: ReadonlySet<string>): boolean {
  return origin !== null && places.has(`${origin.row} ${origin.file}`)
}

function sentenceOf(error: unknown): string {
  return error instanceof Failure ? `${error.message} ${error.remedy}` : String(error)
}
