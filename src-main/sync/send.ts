/** What the program that sends runs is made of: runs and journals of a data folder, its store, keys, waits. */
import { join } from 'node:path'
import type { LoginAnswer, LoginAsk, SyncStart } from '#contract/sync-start'
import { evaluationRollouts } from '#runs/evaluation-rollouts'
import { readJournalPart } from '#runs/read-journal'
import { appendControl, hasTrainer, listRunIds, readEnvironment, readRun } from '#runs/run-folder'
import { readNotes } from '#runs/run-notes'
import { openStore, type Store } from '#store/store'
import { Lease } from './lease.ts'
import { PACE } from './pace.ts'
import type { RunSource } from './run-sync.ts'
import { ServerKeys } from './server-keys.ts'
import { SyncProcess } from './sync-process.ts'

export interface Surroundings {
  readonly environment: NodeJS.ProcessEnv
  readonly askLogin: (ask: LoginAsk) => Promise<LoginAnswer>
  readonly stop: AbortSignal
}

/** Sends until nothing is left to do, or `stop`. One process a data folder: another one that is there already looks after everything. */
export async function send(
  home: string,
  { given, pace: changed }: SyncStart,
  { environment, askLogin, stop }: Surroundings,
): Promise<void> {
  const pace = { ...PACE, ...changed }
  const runs = join(home, 'runs')
  const store = await openStore(join(home, 'store.sqlite'))
  const keys = new ServerKeys({ given, environment, askLogin, timeoutMs: pace.timeoutMs })
  const sync = new SyncProcess({
    source: sourceOf(runs, store),
    pace,
    runIds: () => listRunIds(runs),
    server: (baseUrl) => keys.server(baseUrl),
    random: Math.random,
  })
  try {
    // Who finds a process that is about to end starts none: it looks once more when it is known to be gone.
    let isOurs = true
    do {
      const lease = Lease.take(join(home, 'sync', 'process.json'))
      if (!(lease instanceof Lease)) return
      await sync.run(stop, () => (isOurs = lease.isHeld())).finally(() => lease.release())
      // Whoever took it away looks after everything, with another key.
    } while (isOurs && !stop.aborted && sync.isNeeded())
  } finally {
    await store.close()
  }
}

function sourceOf(runs: string, store: Store): RunSource {
  const directory = (id: string): string => join(runs, id)
  return {
    store,
    directory,
    isAlive: (id) => hasTrainer(directory(id)),
    refresh: (id) => takeIn(runs, id, store),
    remarks: (id, name) => readNotes(directory(id), name),
    environment: (id) => readEnvironment(directory(id)),
    evaluated: (id, step) => evaluationRollouts(directory(id), step),
    stop: (id) => appendControl(directory(id), { command: 'stop' }, new Date()),
  }
}

/** As a workbench does it: whichever is faster, the journal is in the store once. */
async function takeIn(runs: string, id: string, store: Store): Promise<void> {
  const run = readRun(runs, id)
  if (run === null) return
  await store.addRun(run)
  for (;;) {
    const part = await readJournalPart(join(runs, id), (await store.run(id))?.journalBytes ?? 0)
    if (part === null) return
    await store.ingest(id, part)
  }
}
