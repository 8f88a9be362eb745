/** A run as a person is told of it: what the store holds, and what lies in its folder. */
import { isSupervisedOnly } from '#contract/algorithm-names'
import type { RunDetail, RunEnd, RunStatus, RunSummary } from '#contract/api'
import { readLink, remoteState } from '#remote/link-file'
import type { RunFigures, StoredRun } from '#store/records'
import { readOrigin } from './imported-run.ts'
import { readEnvironment, readLogTail, readParent } from './run-folder.ts'
import { readNotes } from './run-notes.ts'
import { isActive } from './status.ts'

/** Of the trainer’s log, with the end of a run. */
const END_LOG_LINES = 20

export function summaryOf(run: StoredRun, directory: string, status: RunStatus, figures: RunFigures): RunSummary {
  const { config } = run
  const origin = readOrigin(directory)
  return {
    id: run.id,
    ...readNotes(directory, config.name),
    parent: readParent(directory),
    origin: origin === null ? null : { tool: origin.tool, trainer: origin.trainer },
    remote: remoteState(directory),
    status,
    algorithm: config.algorithm.name,
    isSupervised: isSupervisedOnly(config),
    preset: config.preset,
    step: run.step,
    steps: config.steps,
    createdAt: run.createdAt,
    updatedAt: run.updatedAt,
    startedAt: run.startedAt,
    endedAt: run.endedAt,
    ...figures,
  }
}

export function detailOf(run: StoredRun, summary: RunSummary, directory: string): Omit<RunDetail, 'experiment'> {
  const isEnded = !isActive(summary.status) && summary.status !== 'queued'
  return {
    summary,
    config: run.config,
    reward: run.reward,
    environment: readEnvironment(directory),
    parent: readParent(directory),
    origin: readOrigin(directory),
    end: isEnded ? endOf(run, summary, directory) : null,
  }
}

function endOf(run: StoredRun, { status }: RunSummary, directory: string): RunEnd {
  const isCrash = status === 'crashed'
  const link = readLink(directory)
  const refusal = link?.phase === 'refused' ? link.problem : null
  return {
    outcome: status,
    reason: isCrash ? 'The trainer ended without a last word; the system may have killed it.' : (refusal?.message ?? run.reason),
    remedy: isCrash ? 'Resume the run: it goes on after its newest checkpoint.' : (refusal?.remedy ?? run.remedy),
    stderr: readLogTail(directory, END_LOG_LINES).lines,
  }
}
