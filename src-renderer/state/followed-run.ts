/** What is followed of one run beside its journal. */
import type { RunActivity } from '#contract/run-activity'
import type { RunLog } from '#contract/run-log'
import { workbench } from '../workbench.ts'
import { Followed } from './followed.svelte.ts'

const LOG_LINES = 500

/** What its trainer does. */
export function followActivity(runId: string): Followed<RunActivity | null> {
  return new Followed(() => workbench.call('runs.activity', runId))
}

/** The end of its trainer's log. */
export function followLog(runId: string): Followed<RunLog> {
  return new Followed(() => workbench.call('runs.log', runId, LOG_LINES))
}
