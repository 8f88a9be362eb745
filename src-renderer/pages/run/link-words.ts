/** What is said of the link to the computer that a run trains on. */
import type { RemoteState } from '#contract/remote-run'
import { formatAgo, formatClock } from '../../format/duration.ts'

/** null where there is nothing to say: it is reached, and its trainer works. */
export function linkWords(remote: RemoteState | null, nowMs: number): { title: string; text: string } | null {
  if (remote === null) return null
  const { host, reachedAt, problem, doing } = remote
  if (problem !== null) {
    const since = reachedAt === null ? '' : ` since ${formatClock(reachedAt)} (${formatAgo(reachedAt, nowMs)})`
    return { title: `${host} is not reached${since}: ${problem.message}`, text: problem.remedy }
  }
  if (doing === null) return null
  return { title: `${host}: ${doing} …`, text: 'The first run there takes longest: what was copied once stays.' }
}
