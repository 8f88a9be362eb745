/** Runs mirrored to Weights & Biases, as the API has them. */
import type { Api } from '#contract/api'
import { Failure } from '#contract/failure'
import { syncChangeSchema, type SyncChange } from '#contract/sync'
import type { LoginAsk } from '#contract/sync-start'
import { askLogin, publishReport, startSync, type SyncLocation } from '#launch/sync-process'
import type { Experiments } from '#experiments/experiments'
import type { Runs } from '#runs/runs'
import { forgetfulKeys, type KeyKeeper } from '#sync/known-keys'
import { ReportPublisher } from '#sync/report-publisher'
import { RunsToSync } from '#sync/runs-to-sync'

interface Below {
  readonly options: SyncLocation & { readonly home: string; readonly keyKeeper?: KeyKeeper }
  readonly runs: Runs
  readonly experiments: Experiments
}

export interface SyncRooms {
  readonly sync: RunsToSync
  readonly publisher: ReportPublisher
}

export function syncOf({ options, runs, experiments }: Below): SyncRooms {
  const common = {
    home: options.home,
    keys: options.keyKeeper ?? forgetfulKeys(),
    environment: process.env,
    askLogin: (ask: LoginAsk) => askLogin(options, ask),
    directory: (id: string) => runs.directory(id),
  }
  const sync = new RunsToSync({
    ...common,
    start: async (logFile, start, onExit) => {
      const child = await startSync(options, options.home, logFile, start, onExit)
      // A signal ends it like a power cut, which costs nothing.
      return { end: () => void child.kill() }
    },
    groupOf: (id) => experiments.ofRun(id),
    now: () => new Date(),
  })
  const publisher = new ReportPublisher({
    ...common,
    settings: () => sync.settings(),
    publish: (ask) => publishReport(options, ask),
  })
  return { sync, publisher }
}

export type SyncMethod = Extract<keyof Api, `sync.${string}`>

export function syncHandlers({ runs, sync }: { readonly runs: Runs; readonly sync: RunsToSync }): Pick<Api, SyncMethod> {
  return {
    'sync.settings': async () => sync.settings(),
    'sync.change': async (change) => sync.change(checked(change)),
    'sync.status': async (id) => {
      await runs.assertThere(id)
      return sync.status(id)
    },
    'sync.wish': async (id, change) => {
      await runs.assertThere(id)
      runs.refuseImported(id)
      return sync.wish(id, change)
    },
    'sync.retry': async (id) => {
      await runs.assertThere(id)
      runs.refuseImported(id)
      return sync.retry(id)
    },
    'sync.resendAll': async (id) => {
      await runs.assertThere(id)
      runs.refuseImported(id)
      return sync.resendAll(id)
    },
    'sync.key': () => sync.key(),
    'sync.login': (request) => sync.login(request),
    'sync.forget-key': () => sync.forgetKey(),
  }
}

/** Throws Failure config.invalid. */
function checked(change: SyncChange): SyncChange {
  const parsed = syncChangeSchema.safeParse(change)
  if (parsed.success) return parsed.data
  const { path, message: problem } = parsed.error.issues[0]!
  const field = String(path[0] ?? '')
  const remedy =
    field === 'baseUrl' ? 'Write it as https://host; leave it out for api.wandb.ai.' : 'Write it as in the address at W&B.'
  throw new Failure('config.invalid', { field, problem, remedy })
}
