/** Runs that wish to be sent, and the program that sends them. */
import { spawn, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import type { JournalEvent } from '#contract/journal'
import type { SyncWish } from '#contract/sync'
import type { SyncStart } from '#contract/sync-start'
import type { Pace } from '#sync/pace'
import { readStatus, writeWish, type StoredStatus } from '#sync/run-files'
import { send, type Surroundings } from '#sync/send'
import { REPOSITORY, writeRun } from '#test/support/run-builders'
import { commandOf, filesIn } from '#test/support/traces'
import { KEY, type WandbServer } from '#test/support/wandb-server'

/** As fast as a machine can. */
export const QUICK: Pace = {
  transmitMs: 30,
  heartbeatMs: 100,
  timeoutMs: 10_000,
  firstRetryMs: 5,
  longestRetryMs: 40,
  personRetryMs: 60_000,
  countingMs: 100,
  lookMs: 30,
  lingerMs: 150,
}

export function aWish(server: WandbServer, changes: Partial<SyncWish> = {}): SyncWish {
  return {
    isOn: true,
    entity: 'ada',
    project: 'verilog',
    baseUrl: server.baseUrl,
    aliases: [],
    obeysStop: false,
    group: null,
    as: null,
    retries: 0,
    resends: 0,
    ...changes,
  }
}

/** The folder of the run. */
export function writeWishedRun(
  home: string,
  id: string,
  events: readonly JournalEvent[],
  server: WandbServer,
  changes: Partial<SyncWish> = {},
): string {
  const directory = writeRun(join(home, 'runs'), id, events)
  writeWish(directory, aWish(server, changes))
  return directory
}

/** The real program, as a process. */
export function startSyncProcess(home: string, pace: Pace = QUICK): ChildProcess {
  const child = spawn(process.execPath, [join(REPOSITORY, 'src-main/sync/main.ts'), 'send', home], {
    stdio: ['pipe', 'inherit', 'inherit'],
    env: { ...process.env, WANDB_API_KEY: KEY },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  child.stdin.on('error', () => {})
  child.stdin.end(JSON.stringify({ given: null, pace: { ...pace } } satisfies SyncStart))
  return child
}

/** The same within this process. Returns what ends it. */
export function startSync(
  home: string,
  pace: Pace = QUICK,
  environment: NodeJS.ProcessEnv = { WANDB_API_KEY: KEY },
): () => Promise<void> {
  const stop = new AbortController()
  const ended = send(home, { given: null, pace: { ...pace } }, { environment, askLogin: noLogin, stop: stop.signal })
  const end = async (): Promise<void> => {
    stop.abort()
    await ended
  }
  onTestFinished(end)
  return end
}

/** Until it has nothing more to do. */
export function syncAll(home: string, pace: Pace = QUICK): Promise<void> {
  const stop = new AbortController()
  return send(
    home,
    { given: null, pace: { ...pace } },
    { environment: { WANDB_API_KEY: KEY }, askLogin: noLogin, stop: stop.signal },
  )
}

/** Nobody has logged in on this machine. */
const noLogin: Surroundings['askLogin'] = ({ baseUrl }) =>
  Promise.resolve({ failure: { code: 'sync.no-key', facts: { host: new URL(baseUrl).host } } })

/** Waits for a run's state. */
export async function untilState(directory: string, fits: (status: StoredStatus) => boolean): Promise<StoredStatus> {
  const start = performance.now()
  for (;;) {
    const status = readStatus(directory)
    if (status !== null && fits(status)) return status
    if (performance.now() - start > 90_000) throw new Error(`the state did not come: ${JSON.stringify(status)}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** The process that sends lives on for a while; of this data folder it is the only one. */
export function endSender(home: string): void {
  for (const path of filesIn('/proc')) {
    const pid = Number(path.split('/').at(-1))
    if (Number.isInteger(pid) && commandOf(pid).includes(`send\0${home}`)) process.kill(pid, 'SIGKILL')
  }
}
