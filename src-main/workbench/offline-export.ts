/** A run of the store -> a folder that W&B's own tool sends. */
import { join } from 'node:path'
import type { RunDetail, RunStatus } from '#contract/api'
import type { JournalEvent } from '#contract/journal'
import { EXIT_CODES } from '#contract/run-directory'
import type { AliasSet } from '#contract/sync'
import type { OfflineReport, OfflineRequest } from '#contract/wandb-offline'
import { serverConfig } from '#sync/config'
import { linesOf } from '#sync/lines'
import { offlineFolderName, writeOfflineFolder } from '#sync/offline/offline-folder'
import { offlineRecords } from '#sync/offline/offline-run'
import type { OfflineEnd, OfflineRun } from '#sync/offline/records'

/** As a sync sends them. */
const EXIT_CODE_OF: Partial<Record<RunStatus, number>> = {
  finished: EXIT_CODES.finished,
  stopped: EXIT_CODES.stopped,
  failed: EXIT_CODES.failed,
  'out-of-memory': EXIT_CODES.outOfMemory,
}

/** `aliases`: those that a sync sends. Throws Failure export.occupied, disk.full. */
export async function exportOffline(
  detail: RunDetail,
  events: readonly JournalEvent[],
  { out, project, entity }: OfflineRequest,
  aliases: readonly AliasSet[],
): Promise<OfflineReport> {
  const { summary } = detail
  const startedAt = new Date(summary.startedAt ?? summary.createdAt)
  const lines = linesOf(events, { startMs: startedAt.getTime(), aliases, media: new Map() })
  const end = endOf(detail, startedAt)
  const run = offlineRun(detail, startedAt, { project, entity })
  const folder = join(out, offlineFolderName(run.id, startedAt))
  const bytes = await writeOfflineFolder(folder, run.id, offlineRecords(run, lines, end))
  return { folder, bytes, lineCount: lines.length, step: lines.at(-1)?.number ?? 0, isUnfinished: end === null }
}

function offlineRun(
  { summary, config, environment, experiment }: RunDetail,
  startedAt: Date,
  place: Pick<OfflineRun, 'project' | 'entity'>,
): OfflineRun {
  const settings = serverConfig({ runId: summary.id, config, environment })
  return {
    ...place,
    id: summary.id,
    name: summary.name,
    group: experiment ?? '',
    jobType: summary.algorithm,
    notes: summary.text,
    tags: summary.tags,
    // W&B's tool wraps each value again.
    config: Object.fromEntries(Object.entries(settings).map(([key, { value }]) => [key, value])),
    startedAt,
  }
}

/** null while the run goes on, and where it crashed: it said no last word, and may be resumed. */
function endOf({ summary, end }: RunDetail, startedAt: Date): OfflineEnd | null {
  const exitCode = EXIT_CODE_OF[summary.status]
  if (end === null || exitCode === undefined) return null
  return { exitCode, seconds: (Date.parse(summary.updatedAt) - startedAt.getTime()) / 1000 }
}
