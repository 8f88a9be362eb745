/** What the trainer of a run does now, as its heartbeat tells it. */
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { heartbeatSchema } from '#contract/heartbeat'
import type { RunActivity } from '#contract/run-activity'
import { RUN_FILES } from '#contract/run-directory'

/** null where there is none that can be read. The file's time is of this computer, also where it was brought from a host. */
export function readActivity(directory: string, nowMs = Date.now()): RunActivity | null {
  const file = join(directory, RUN_FILES.heartbeat)
  try {
    const { pid: _pid, time: _time, ...activity } = heartbeatSchema.parse(JSON.parse(readFileSync(file, 'utf8')))
    return { ...activity, silence: Math.max(0, (nowMs - statSync(file).mtimeMs) / 1000) }
  } catch {
    return null
  }
}
