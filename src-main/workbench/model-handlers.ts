/** Models, downloads, and what models are asked, as the API has them. */
import { join } from 'node:path'
import type { Api } from '#contract/api'
import type { CheckpointedRun } from '#contract/known-models'
import type { ServiceClient } from '#launch/service-client'
import { Downloads } from '#models/downloads'
import { KnownModels } from '#models/known-models'
import { readNotes } from '#runs/run-notes'
import type { Runs } from '#runs/runs'
import type { Store } from '#store/store'
import { errorRecord, type Emit } from './answer-call.ts'
import { Playground } from './playground.ts'
import { MODELS } from './locations.ts'
import { absolutePath, inspectedConfig, readPresets } from './presets.ts'
import { AskedLogprobs } from './token-logprobs.ts'

interface Below {
  readonly options: { readonly home: string; readonly resourcesPath: string }
  readonly store: Store
  readonly runs: Runs
  readonly service: ServiceClient
}

export interface ModelRooms extends Below {
  readonly downloads: Downloads
  readonly models: KnownModels
  readonly playground: Playground
  readonly logprobs: AskedLogprobs
}

export function modelsOf(
  { options, store, runs, service }: Below,
  emit: Emit,
): Pick<ModelRooms, 'downloads' | 'models' | 'playground' | 'logprobs'> {
  const folder = join(options.home, MODELS)
  const ofRuns = {
    configOfRun: async (id: string) => (await runs.get(id)).config,
    directoryOfRun: (id: string) => runs.directory(id),
  }
  return {
    downloads: new Downloads({
      modelsFolder: folder,
      environment: process.env,
      tell: (progress) => emit('models.progress', progress),
      errorRecord,
    }),
    models: new KnownModels({
      folder,
      addedFile: join(options.home, 'models.json'),
      inspect: (path) => service.call('model.inspect', inspectedConfig(path, null, readPresets(options.resourcesPath), options)),
      modelsOfRuns: async () => (await store.runs()).map(({ config }) => config.model),
      now: () => new Date(),
    }),
    playground: new Playground({
      service,
      tell: (progress) => emit('playground.progress', progress),
      baseConfig: () => readPresets(options.resourcesPath)[0]!.config,
      ...ofRuns,
    }),
    logprobs: new AskedLogprobs({
      service,
      tell: (progress) => emit('logprobs.progress', progress),
      rollout: (run, step, index, source) => runs.completions.one(run, step, index, source),
      ...ofRuns,
    }),
  }
}

export type ModelMethod = Extract<keyof Api, `models.${string}` | `playground.${string}` | `logprobs.${string}`>

export function modelHandlers({
  options,
  store,
  runs,
  service,
  downloads,
  models,
  playground,
  logprobs,
}: ModelRooms): Pick<Api, ModelMethod> {
  return {
    'models.list': async () => ({ models: await models.list(), runs: await checkpointedRuns(store, runs, service) }),
    'models.add': (path) => models.add(absolutePath(path)),
    'models.forget': async (path) => {
      models.forget(absolutePath(path))
      return null
    },
    'models.inspect': async (folder, request) =>
      service.call('model.inspect', inspectedConfig(folder, request, readPresets(options.resourcesPath), options)),
    'models.download': async (request) => downloads.run(request),
    'models.downloads': async () => downloads.progress,
    'models.cancel': async (folder) => {
      await downloads.cancel(folder)
      return null
    },
    'playground.complete': (request) => playground.complete(request),
    'playground.stop': async (id) => {
      playground.stop(id)
      return null
    },
    'logprobs.of-rollout': (request) => logprobs.ask(request),
    'logprobs.stop': async (id) => {
      logprobs.stop(id)
      return null
    },
  }
}

/** Newest first; without those that have no checkpoint. */
async function checkpointedRuns(store: Store, runs: Runs, service: ServiceClient): Promise<CheckpointedRun[]> {
  const all = await store.runs()
  const lists = await service.call(
    'checkpoints.list',
    all.map(({ id }) => runs.directory(id)),
  )
  const listed = all.map(({ id, config }, i) => ({
    run: id,
    name: readNotes(runs.directory(id), config.name).name,
    model: config.model,
    hasAdapter: config.lora !== null,
    checkpoints: lists[i]!,
  }))
  return listed.filter(({ checkpoints }) => checkpoints.length > 0)
}
