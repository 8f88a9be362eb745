/** The real workbench over a data folder of its own, with trainers from source. */
import { onTestFinished } from 'vitest'
import type { RunStatus } from '#contract/api'
import type { JournalEvent } from '#contract/journal'
import type { Workbench } from '#workbench/answer-call'
import { checkoutLocations } from '#workbench/locations'
import { createWorkbench } from '#workbench/workbench'
import { REPOSITORY } from '#test/support/run-builders'

/** A run of the fake engine: the way of a run without its weight. */
export const SMALL_RUN = {
  engine: 'fake',
  steps: 4,
  promptsPerStep: 2,
  groupSize: 4,
  checkpointEvery: 1,
  'evaluation.taskCount': 2,
  'evaluation.every': 0,
  'evaluation.samples': 1,
  'sampling.maxCompletionTokens': 12,
} as const

export interface OpenWorkbench {
  readonly workbench: Workbench
  readonly api: Workbench['api']
  /** Journal events as they were told, of all runs. */
  readonly told: JournalEvent[]
  /** Waits for an event that fits; events that were told already count. */
  until(fits: (event: JournalEvent) => boolean): Promise<JournalEvent>
  /** Waits for a run's status. */
  untilStatus(id: string, status: RunStatus): Promise<void>
}

const PATIENCE_MS = 45_000

export async function openWorkbench(home: string): Promise<OpenWorkbench> {
  const workbench = await createWorkbench({ home, ...checkoutLocations(REPOSITORY) })
  onTestFinished(() => workbench.close())
  const told: JournalEvent[] = []
  workbench.on('run.events', ({ events }) => told.push(...events))
  return {
    workbench,
    api: workbench.api,
    told,
    until: (fits) => patiently('an event', () => told.find(fits)),
    untilStatus: async (id, status) => {
      await patiently(
        `the status ${status}`,
        async () => (await workbench.api['runs.get'](id)).summary.status === status || undefined,
      )
    },
  }
}

async function patiently<T>(what: string, find: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const start = performance.now()
  for (;;) {
    const found = await find()
    if (found !== undefined) return found
    if (performance.now() - start > PATIENCE_MS) throw new Error(`${what} did not come within ${PATIENCE_MS / 1000} s`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
