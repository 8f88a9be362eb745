/** Runs mirrored to Weights & Biases, as the API has them. */
import type { Api } from '#contract/api'
import { askLogin, startSync, type SyncLocation } from '#launch/sync-process'
import type { Experiments } from '#experiments/experiments'
import type { Runs } from '#runs/runs'
import { forgetfulKeys, RunsToSync, type KeyKeeper } from '#sync/runs-to-sync'

interface Below {
  readonly options: SyncLocation & { readonly home: string; readonly keyKeeper?: KeyKeeper }
  readonly runs: Runs
  readonly experiments: Experiments
}

export function syncOf({ options, runs, experiments }: Below): RunsToSync {
  return new RunsToSync({
    home: options.home,
    keys: options.keyKeeper ?? forgetfulKeys(),
    environment: process.env,
    start: (logFile, start, onExit) => startSync(options, options.home, logFile, start, onExit),
    askLogin: (ask) => askLogin(options, ask),
    directory: (id) => runs.directory(id),
    groupOf: (id) => experiments.ofRun(id),
    now: () => new Date(),
  })
}

export type SyncMethod = Extract<keyof Api, `sync.${string}`>

export function syncHandlers({ runs, sync }: { readonly runs: Runs; readonly sync: RunsToSync }): Pick<Api, SyncMethod> {
  return {
    'sync.settings': async () => sync.settings(),
    'sync.change': async (change) => sync.change(change),
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
    'sync.login': (request) => sync.login(request),
  }
}
