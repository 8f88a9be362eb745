/** Runs, and what the store knows of them, as the API has them. */
import type { Api } from '#contract/api'
import type { Experiments } from '#experiments/experiments'
import type { ServiceClient } from '#launch/service-client'
import type { Hosts } from '#remote/hosts'
import { entryOf } from '#runs/rollout-entry'
import { readActivity } from '#runs/run-activity'
import type { Runs } from '#runs/runs'
import type { Store } from '#store/store'
import { compareRuns, settingsAt } from './compare-runs.ts'
import { evaluatedRun } from './evaluated-run.ts'
import { placeOn } from './host-handlers.ts'
import { importRun } from './import-run.ts'
import { exportOffline } from './offline-export.ts'
import { absolutePath, changedConfig, configOf, readPresets, type Places } from './presets.ts'
import { completionsOfTask, sharedTasks } from './shared-tasks.ts'
import { stepTimeOf } from './step-time.ts'
import type { SyncRooms } from './sync-handlers.ts'

interface Stored {
  readonly store: Store
  readonly runs: Runs
  readonly service: ServiceClient
}

interface Below extends Stored, Pick<SyncRooms, 'sync'> {
  readonly options: Places & { readonly resourcesPath: string }
  readonly experiments: Experiments
  readonly hosts: Hosts
}

export type RunMethod = Extract<keyof Api, `runs.${string}`>

export function runHandlers({ options, store, runs, service, experiments, sync, hosts }: Below): Pick<Api, RunMethod> {
  return {
    'runs.list': () => runs.list(),
    'runs.get': async (id) => ({ ...(await runs.get(id)), experiment: experiments.ofRun(id) }),
    'runs.events': async (id, afterSeq) => {
      await runs.assertThere(id)
      return store.events(id, afterSeq)
    },
    'runs.activity': async (id) => {
      await runs.assertThere(id)
      return readActivity(runs.directory(id))
    },
    'runs.create': async (request, once, host) => {
      const place = placeOn(hosts, host)
      const config = configOf(request, readPresets(options.resourcesPath), options)
      const { hash } = await service.call('dataset.read', config.dataset.id)
      return { id: await runs.create({ ...config, dataset: { ...config.dataset, hash } }, { once, place }) }
    },
    'runs.import': async (request, once) => {
      const { config } = readPresets(options.resourcesPath)[0]!
      return importRun(runs, { ...request, folder: absolutePath(request.folder) }, config, once)
    },
    'runs.origin': async (id, step) => {
      const { folder: _folder, ...origin } = await runs.origin(id, step)
      return origin
    },
    'runs.clone': async ({ run, step, overrides }, once, host) => {
      const place = placeOn(hosts, host)
      const origin = await runs.origin(run, step)
      const named = { name: `${origin.config.name.slice(0, 90)} from step ${origin.step}`, ...overrides }
      const config = changedConfig(origin.config, named, options)
      const { hash } = await service.call('dataset.read', config.dataset.id)
      return { id: await runs.clone({ ...config, dataset: { ...config.dataset, hash } }, origin, once, place) }
    },
    'runs.compare': async (ids) => {
      const compared = ids.map(async (id) => {
        const detail = await runs.get(id)
        return evaluatedRun({ runs, service }, detail, detail.summary.evaluated?.step)
      })
      return compareRuns(await Promise.all(compared))
    },
    'runs.note': (id, change) => runs.note(id, change),
    'runs.remove': async (id) => {
      await runs.remove(id)
      return null
    },
    'runs.restore': (id) => runs.restore(id),
    'runs.step-time': async (request) =>
      stepTimeOf(configOf(request, readPresets(options.resourcesPath), options), { store, runs }),
    'runs.queue': async () => runs.queue(),
    'runs.reorder': async (ids) => runs.reorder(ids),
    'runs.settings': async (path) =>
      settingsAt(
        (await store.runs()).filter(({ id }) => !runs.isImported(id)),
        path,
      ),
    'runs.control': async (id, request, once) => {
      await runs.control(id, request, once)
      return null
    },
    'runs.resume': async (id, options) => {
      await runs.resume(id, options?.acceptJudge === true ? ['--accept-judge'] : [], options?.once)
      return null
    },
    'runs.export': async (id, request) => {
      const { config } = await runs.get(id)
      return service.call('model.export', { config, runDirectory: runs.directory(id), request })
    },
    'runs.export-offline': async (id, request) => {
      runs.refuseImported(id)
      const detail = { ...(await runs.get(id)), experiment: experiments.ofRun(id) }
      const folder = { ...request, out: absolutePath(request.out) }
      return exportOffline(detail, await store.events(id, 0), folder, sync.settings().aliases)
    },
    'runs.log': (id, lineCount) => runs.log(id, lineCount),
    'runs.rollouts': (id, step, source) => runs.completions.ofStep(id, step, source),
    'runs.history': async (id, keys, maxPoints) => {
      await runs.assertThere(id)
      return store.history(id, keys, maxPoints)
    },
  }
}

export type StoredMethod = Extract<keyof Api, `metrics.${string}` | `rollouts.${string}`>

/** What the store knows of runs that are there. */
export function storedHandlers({ store, runs, service }: Stored): Pick<Api, StoredMethod> {
  return {
    'metrics.together': async (ids, keys, maxPoints) => {
      for (const id of ids) await runs.assertThere(id)
      return store.together(ids, keys, maxPoints)
    },
    'metrics.stretch-together': async (ids, keys, first, last, maxPoints) => {
      for (const id of ids) await runs.assertThere(id)
      return store.stretchTogether(ids, keys, first, last, maxPoints)
    },
    'metrics.read': async (id, keys, maxPoints) => {
      await runs.assertThere(id)
      return store.metrics(id, keys, maxPoints)
    },
    'metrics.stretch': async (id, keys, first, last, maxPoints) => {
      await runs.assertThere(id)
      return store.stretch(id, keys, first, last, maxPoints)
    },
    'rollouts.list': async (id, step, source) => {
      if (source === 'evaluation') return (await runs.completions.ofStep(id, step, source)).records.map(entryOf)
      await runs.assertThere(id)
      return (await store.rolloutsOf(id, step)).map(({ file: _file, offset: _offset, length: _length, ...entry }) => entry)
    },
    'rollouts.find': async (id, kind, before) => {
      await runs.assertThere(id)
      return store.findRollouts(id, kind, before)
    },
    'rollouts.of-task': async (id, taskId, source) => {
      if (source === 'evaluation') return runs.completions.evaluationsOfTask(id, taskId)
      await runs.assertThere(id)
      return store.rolloutsOfTask(id, taskId)
    },
    'rollouts.shared-tasks': (ids) => sharedTasks({ store, runs, service }, ids),
    'rollouts.of-shared-task': (ids, source, taskId) => completionsOfTask({ store, runs, service }, ids, source, taskId),
    'rollouts.read': (id, step, index, source) => runs.completions.one(id, step, index, source),
  }
}
