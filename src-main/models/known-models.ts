/** The models that a workbench knows: the starter's, those that were downloaded or added, and those that its runs train. */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { Failure } from '#contract/failure'
import type { KnownModel, ModelOrigin } from '#contract/known-models'
import type { ModelInspection } from '#contract/model-inspection'
import { readAddedModels, setAdded } from './added-models.ts'

export interface KnownModelsOptions {
  /** Where downloads go. */
  readonly folder: string
  /** List of the folders that were added. */
  readonly addedFile: string
  readonly inspect: (path: string) => Promise<ModelInspection>
  /** `model` of each run. */
  readonly modelsOfRuns: () => Promise<readonly string[]>
  readonly now: () => Date
}

const STARTER = 'starter'
type Inspected = Pick<KnownModel, 'inspection' | 'problem'>

export class KnownModels {
  readonly #options: KnownModelsOptions
  /** By path, as long as nothing in the folder changes. */
  readonly #inspected = new Map<string, { readonly stamp: string; readonly inspected: Promise<Inspected> }>()

  constructor(options: KnownModelsOptions) {
    this.#options = options
  }

  async list(): Promise<KnownModel[]> {
    const { addedFile, modelsOfRuns } = this.#options
    const added = readAddedModels(addedFile).map(({ path }) => path)
    const runCounts = new Map<string, number>()
    for (const model of await modelsOfRuns()) runCounts.set(model, (runCounts.get(model) ?? 0) + 1)
    const origins = new Map<string, ModelOrigin>([[STARTER, 'starter']])
    const tell = (paths: Iterable<string>, origin: ModelOrigin): void => {
      for (const path of paths) if (!origins.has(path)) origins.set(path, origin)
    }
    tell(this.#downloaded(), 'downloaded')
    tell(added.toReversed(), 'added')
    tell([...runCounts.keys()].sort(), 'run')
    return Promise.all(
      [...origins].map(async ([path, origin]) => ({
        path,
        origin,
        runCount: runCounts.get(path) ?? 0,
        ...(await this.#inspect(path)),
      })),
    )
  }

  /** Throws Failure model.missing-file for what is no model folder, and config.unreadable. */
  async add(path: string): Promise<KnownModel> {
    await this.#options.inspect(path)
    const isKnown = (await this.list()).some((model) => model.path === path && model.origin !== 'run')
    if (!isKnown) setAdded(this.#options.addedFile, path, true, this.#options.now())
    return (await this.list()).find((model) => model.path === path)!
  }

  forget(path: string): void {
    setAdded(this.#options.addedFile, path, false, this.#options.now())
  }

  /** Whole ones: a download gets this name when it has ended. */
  #downloaded(): string[] {
    const { folder } = this.#options
    if (!existsSync(folder)) return []
    const folders = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory())
    return folders.flatMap(({ name }) => (name.endsWith('.download') ? [] : [join(folder, name)])).sort()
  }

  async #inspect(path: string): Promise<Inspected> {
    const stamp = stampOf(path)
    const known = this.#inspected.get(path)
    if (known?.stamp === stamp) return known.inspected
    const inspected = this.#options.inspect(path).then(
      (inspection): Inspected => ({ inspection, problem: null }),
      (error: unknown): Inspected => ({ inspection: null, problem: problemOf(error) }),
    )
    this.#inspected.set(path, { stamp, inspected })
    return inspected
  }
}

/** Of all files of the folder. The starter's does not change. */
function stampOf(path: string): string {
  if (path === STARTER) return ''
  try {
    const stats = readdirSync(path).map((name) => [name, statSync(join(path, name), { throwIfNoEntry: false })] as const)
    return stats.map(([name, stat]) => `${name} ${stat?.mtimeMs} ${stat?.size}`).join('\n')
  } catch {
    return 'unreadable'
  }
}

/** A folder that is broken in a way that nobody foresaw must not take the list with it. */
function problemOf(error: unknown): KnownModel['problem'] {
  const message = error instanceof Error ? error.message : String(error)
  return { message: message.replace(/[.]?$/, '.'), remedy: error instanceof Failure ? error.remedy : '' }
}
