/** The one API over store, runs and service: what windows, pages and terminals call. */
import { EventEmitter } from 'node:events'
import { join } from 'node:path'
import type { Api, ApiEvents, EventName } from '#contract/api'
import { Checks } from '#datasets/checks'
import { KeptChecks } from '#datasets/kept-checks'
import { KnownDatasets } from '#datasets/known-datasets'
import { Uploads } from '#datasets/uploads'
import { Experiments } from '#experiments/experiments'
import { doctorReport } from '#doctor/report'
import { ServiceClient } from '#launch/service-client'
import type { SyncLocation } from '#launch/sync-process'
import type { TrainerLocation } from '#launch/trainer-process'
import { Hosts } from '#remote/hosts'
import { RemoteRuns } from '#remote/remote-runs'
import { Runs } from '#runs/runs'
import { pictureWithChromium, printWithChromium } from '#report/print-with-chromium'
import type { PrintPdf } from '#report/write-report'
import { torchFolders } from '#python/torch-folder'
import { openStore, type Store } from '#store/store'
import type { KeyKeeper } from '#sync/known-keys'
import { readAllowedSources, setAllowed } from './allowed-sources.ts'
import { errorRecord, type Emit, type Workbench } from './answer-call.ts'
import { readPlans, wholePlan } from './experiment-plans.ts'
import { evaluationOrder } from './evaluations.ts'
import { modelHandlers, modelsOf, type ModelMethod, type ModelRooms } from './model-handlers.ts'
import { reportHandlers, type ReportRooms } from './reports.ts'
import { hostHandlers, type HostMethod } from './host-handlers.ts'
import { rewardHandlers, type RewardMethod } from './reward-handlers.ts'
import { runHandlers, storedHandlers, type RunMethod, type StoredMethod } from './run-handlers.ts'
import { viewHandlers, type ViewMethod } from './saved-views.ts'
import type { CarriedLocation } from './locations.ts'
import { absolutePath, configOf, readPresets } from './presets.ts'
import { storageReport } from './storage.ts'
import { torchHandlers, torchOf, type TorchMethod, type TorchRooms } from './torch-handlers.ts'
import { syncHandlers, syncOf, type SyncMethod, type SyncRooms } from './sync-handlers.ts'

export interface WorkbenchOptions extends TrainerLocation, SyncLocation, CarriedLocation {
  /** Folder of all that belongs to a person: runs and store. */
  readonly home: string
  /** See RunsOptions. */
  readonly isOpenedSoon?: boolean
  /** Left out: a browser of this machine prints. */
  readonly printPdf?: PrintPdf
  /** The system's keychain; left out: a key that a person types is forgotten with this process. */
  readonly keyKeeper?: KeyKeeper
}

export const VERSION = '0.1.0'
export type { KeyKeeper }

interface Rooms extends ModelRooms, SyncRooms, TorchRooms {
  readonly options: WorkbenchOptions & { readonly allowedSourcesFile: string; readonly torchFolder: string }
  readonly experiments: Experiments
  readonly checks: Checks
  readonly datasets: KnownDatasets
  readonly uploads: Uploads
  readonly hosts: Hosts
}

/** Opens the store, takes in what happened meanwhile, starts what is queued. Throws Failure store.newer-schema. */
export async function createWorkbench(given: WorkbenchOptions): Promise<Workbench> {
  const options = {
    ...given,
    allowedSourcesFile: join(given.home, 'allowed-sources.json'),
    torchFolder: torchFolders(given.home).whole,
  }
  const store = await openStore(join(options.home, 'store.sqlite'))
  const events = new EventEmitter()
  events.setMaxListeners(0)
  const remote = new RemoteRuns({ hashFile: join(options.home, 'hosts-hashes.json'), program: options, now: () => new Date() })
  const runs = new Runs({
    folder: join(options.home, 'runs'),
    store,
    trainer: options,
    remote,
    emit: (event, payload) => events.emit(event, payload),
    now: () => new Date(),
    isOpenedSoon: given.isOpenedSoon === true,
  })
  const service = new ServiceClient(options)
  const experiments = experimentsOf(options, store, runs, service)
  const emit: Emit = (event, payload) => void events.emit(event, payload)
  const rooms: Rooms = {
    options,
    store,
    runs,
    service,
    experiments,
    hosts: new Hosts(join(options.home, 'hosts.json'), () => new Date()),
    ...syncOf({ options, runs, experiments }),
    ...datasetsOf(options, store, service, emit),
    ...modelsOf({ options, store, runs, service }, emit),
    ...torchOf({ options, runs, service }, emit),
  }
  await runs.open()
  await sendRuns(events, rooms)
  await rooms.uploads.removeForgotten(await rooms.datasets.paths(), new Date())
  return {
    api: {
      ...runHandlers(rooms),
      ...storedHandlers(rooms),
      ...datasetHandlers(rooms),
      ...modelHandlers(rooms),
      ...rewardHandlers(rooms, emit),
      ...reportHandlers({ ...rooms, ...drawingOf(given), version: VERSION }, emit),
      ...viewHandlers(join(options.home, 'views')),
      ...syncHandlers(rooms),
      ...torchHandlers(rooms),
      ...hostHandlers(rooms),
      ...otherHandlers(rooms),
    },
    on: <E extends EventName>(event: E, listener: (payload: ApiEvents[E]) => void) => {
      events.on(event, listener)
      return () => events.off(event, listener)
    },
    close: async () => {
      rooms.sync.close()
      await experiments.close()
      await rooms.downloads.close()
      await rooms.torch.close()
      await rooms.checks.close()
      await runs.close()
      await remote.close()
      await service.close()
      await store.close()
    },
  }
}

/** A browser of this machine draws what nobody was handed in for. */
function drawingOf({ printPdf }: WorkbenchOptions): Pick<ReportRooms, 'printPdf' | 'takePicture'> {
  return { printPdf: printPdf ?? ((html) => printWithChromium(html)), takePicture: (sheet) => pictureWithChromium(sheet) }
}

/** Runs that wish it are sent while a workbench is open, and by their own process after that. */
async function sendRuns(events: EventEmitter, { sync, store }: Rooms): Promise<void> {
  const failed = (error: unknown): void => console.error('the sync could not be started:', error)
  events.on('runs.changed', ({ id, summary }: ApiEvents['runs.changed']) => {
    // One of another program is not ours to send.
    if (summary?.origin === null) void sync.heard(id, summary.createdAt).catch(failed)
  })
  await sync.open((await store.runs()).map(({ id }) => id)).catch(failed)
}

function experimentsOf(options: WorkbenchOptions, store: Store, runs: Runs, service: ServiceClient): Experiments {
  return new Experiments({
    folder: join(options.home, 'experiments'),
    now: () => new Date(),
    configOf: async ({ preset, overrides }) => {
      const config = configOf({ preset, overrides }, readPresets(options.resourcesPath), options)
      const { hash } = await service.call('dataset.read', config.dataset.id)
      return { ...config, dataset: { ...config.dataset, hash } }
    },
    runs: () => runs.list(),
    runDirectory: (run) => runs.directory(run),
    createRun: async (config, id) => void (await runs.create(config, { id })),
    resumeRun: (run) => runs.resume(run),
    resumeCount: async (run) => (await store.events(run, 0)).filter(({ type }) => type === 'run.resumed').length,
    metric: async (run, key) => (await store.metrics(run, [key], 1_000_000))[0] ?? { steps: [], values: [] },
    evaluate: (order) => service.call('evaluate', order),
    errorRecord,
  })
}

function datasetsOf(
  options: WorkbenchOptions,
  store: Store,
  service: ServiceClient,
  emit: Emit,
): Pick<Rooms, 'checks' | 'datasets' | 'uploads'> {
  const kept = new KeptChecks(join(options.home, 'datasets'))
  const datasetsOfRuns = async (): Promise<string[]> => (await store.runs()).map(({ config }) => config.dataset.id)
  const checks = new Checks({
    trainer: options,
    kept,
    tell: (progress) => emit('datasets.progress', progress),
    isUsed: async (file) => (await datasetsOfRuns()).includes(file),
    errorRecord,
    now: () => new Date(),
  })
  return {
    checks,
    datasets: new KnownDatasets({ kept, datasetsOfRuns, service }),
    uploads: new Uploads(join(options.home, 'uploads')),
  }
}

type DatasetMethod = Extract<keyof Api, `datasets.${string}`>

function datasetHandlers({ options, checks, datasets, uploads }: Rooms): Pick<Api, DatasetMethod> {
  return {
    'datasets.list': () => datasets.list(),
    'datasets.tasks': (path) => datasets.tasks(absolutePath(path)),
    'datasets.task': (path, id) => datasets.task(absolutePath(path), id),
    'datasets.problems': async (path) => [...(await datasets.problems(absolutePath(path)))],
    'datasets.checks': async () => checks.progress,
    'datasets.cancel': async (path) => {
      await checks.cancel(absolutePath(path))
      return null
    },
    'datasets.check': (path, out, mapping) => checks.run(absolutePath(path), out, mapping),
    'datasets.upload': (part) => uploads.write(part),
    'datasets.forget-upload': async (upload) => {
      await uploads.remove(upload)
      return null
    },
    'datasets.allowed': async () => readAllowedSources(options.allowedSourcesFile),
    'datasets.allow': async (dataset, isAllowed) => setAllowed(options.allowedSourcesFile, dataset, isAllowed, new Date()),
  }
}

function otherHandlers({
  options,
  runs,
  service,
  experiments,
}: Rooms): Omit<
  Api,
  | RunMethod
  | StoredMethod
  | DatasetMethod
  | ModelMethod
  | RewardMethod
  | ViewMethod
  | SyncMethod
  | TorchMethod
  | HostMethod
  | 'reports.make'
> {
  return {
    'workbench.info': async () => ({ version: VERSION, home: options.home, platform: `${process.platform}-${process.arch}` }),
    'workbench.storage': () => storageReport(options.home),
    'presets.list': async () => readPresets(options.resourcesPath),
    'tasks.list': (dataset, split) => service.call('tasks.list', dataset, split),
    'score.completion': (...args) => service.call('score.completion', ...args),
    'evaluations.run': async (request) => {
      const base = readPresets(options.resourcesPath)[0]!.config
      const order = await evaluationOrder(
        request,
        base,
        async (id) => (await runs.get(id)).config,
        (id) => runs.directory(id),
      )
      return service.call('evaluate', order)
    },
    'experiments.plans': async () => readPlans(options.resourcesPath),
    'experiments.start': async (plan, once) => ({ id: await experiments.start(wholePlan(plan, options.resourcesPath), once) }),
    'experiments.resume': async (id) => {
      await experiments.resume(id)
      return null
    },
    'experiments.list': () => experiments.list(),
    'experiments.get': (id) => experiments.get(id),
    'store.rebuild': () => runs.rebuild(),
    'doctor.report': () => doctorReport(options),
  }
}
