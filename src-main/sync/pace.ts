/** How often a server is asked, in ms: as W&B's own clients do it. */
export interface Pace {
  /** Between two looks for new lines of a run that goes on. */
  readonly transmitMs: number
  /** A run that says nothing for longer counts as crashed. */
  readonly heartbeatMs: number
  /** A request without an answer for so long has failed. */
  readonly timeoutMs: number
  /** The wait before the first new try, before any, and before one that only a person can help. */
  readonly firstRetryMs: number
  readonly longestRetryMs: number
  readonly personRetryMs: number
  /** Lines appear in the server's count a while after they were acknowledged. */
  readonly countingMs: number
  /** Between two looks at what is wished. */
  readonly lookMs: number
  /** With nothing to do for so long the process ends. */
  readonly lingerMs: number
}

export const PACE: Pace = {
  transmitMs: 15_000,
  heartbeatMs: 30_000,
  timeoutMs: 60_000,
  firstRetryMs: 2_000,
  longestRetryMs: 60_000,
  personRetryMs: 300_000,
  countingMs: 60_000,
  lookMs: 1_000,
  lingerMs: 10_000,
}

/**
 * The wait before try number `attempt` (from 0): anything up to a bound that doubles, so that those who were refused together do not come back
 * together ("full jitter"), and never less than the server asked for.
 */
export function retryDelayMs(pace: Pace, attempt: number, retryAfterMs: number | null, random: () => number): number {
  const bound = Math.min(pace.longestRetryMs, pace.firstRetryMs * 2 ** Math.min(attempt, 30))
  const wait = random() * bound
  return retryAfterMs === null ? wait : retryAfterMs + random() * Math.min(bound, retryAfterMs)
}
