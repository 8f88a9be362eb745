/** What a person is told about a run's state, from what its journal says and whether its trainer is alive. */
import type { RunStatus } from '#contract/api'
import type { JournalState } from '#store/records'

export interface Signs {
  readonly state: JournalState
  readonly isQueued: boolean
  /** A trainer was started at least once. */
  readonly wasStarted: boolean
  readonly hasTrainer: boolean
  /** A trainer was started so recently that it may not have taken its lock yet. */
  readonly isJustStarted: boolean
  /** The computer that it was to train on did not take it. */
  readonly isRefused: boolean
}

export function statusOf({ state, isQueued, wasStarted, hasTrainer, isJustStarted, isRefused }: Signs): RunStatus {
  if (isQueued) return 'queued'
  if (isRefused) return 'failed'
  if (!hasTrainer) return isJustStarted ? 'starting' : statusAlone(state, wasStarted)
  switch (state) {
    case 'started':
      return 'running'
    case 'paused':
    case 'stopping':
      return state
    // A trainer is there and has not said yet that it began, or began again.
    default:
      return 'starting'
  }
}

function statusAlone(state: JournalState, wasStarted: boolean): RunStatus {
  switch (state) {
    case '':
      // Taken out of the queue before its turn came.
      return wasStarted ? 'crashed' : 'stopped'
    case 'started':
    case 'paused':
    case 'stopping':
      return 'crashed'
    default:
      return state
  }
}

/** Does a trainer work on a run of this status, or is about to? */
export function isActive(status: RunStatus): boolean {
  return status === 'starting' || status === 'running' || status === 'paused' || status === 'stopping'
}
