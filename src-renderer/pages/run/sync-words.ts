/** What is said of a run's copy at W&B. */
import type { RunSyncStatus, SyncPlace } from '#contract/sync'
import { formatDuration } from '../../format/duration.ts'
import { counted, grouped } from '../../format/number.ts'

export interface SyncLook {
  readonly sign: string
  readonly tone: 'good' | 'soft' | 'bad'
  readonly sentence: string
}

export function syncLook(status: Pick<RunSyncStatus, 'state' | 'confirmed' | 'lines'>): SyncLook {
  switch (status.state) {
    case 'off':
      return { sign: '○', tone: 'soft', sentence: offWords(status) }
    case 'queued':
      return { sign: '○', tone: 'soft', sentence: 'Queued: the program that sends looks at it within seconds.' }
    case 'sending':
      return { sign: '↑', tone: 'soft', sentence: status.lines === 0 ? 'Being sent.' : `Being sent: ${share(status)} confirmed.` }
    case 'live':
      return { sign: '✔', tone: 'good', sentence: liveWords(status) }
    case 'waits':
      return { sign: '▲', tone: 'bad', sentence: waitingWords(status) }
    case 'confirmed':
      return { sign: '✔', tone: 'good', sentence: `All ${counted(status.lines, 'line')} confirmed: the server has counted them.` }
  }
}

type Counts = Pick<RunSyncStatus, 'confirmed' | 'lines'>

function offWords({ confirmed, lines }: Counts): string {
  return confirmed === 0 ? 'This run is not sent.' : `This run is no longer sent; ${share({ confirmed, lines })} are there.`
}

function liveWords({ confirmed, lines }: Counts): string {
  if (confirmed >= lines) return `All ${counted(lines, 'line')} so far confirmed; the run goes on.`
  return `Up to date: ${share({ confirmed, lines })} confirmed; the newest line goes with the next step.`
}

function waitingWords({ confirmed, lines }: Counts): string {
  if (lines === 0) return 'All lines wait.'
  const waiting = lines - confirmed
  if (waiting <= 0) return `All ${counted(lines, 'line')} were taken; the end of the run is not confirmed yet.`
  return waiting === 1 ? `1 of ${counted(lines, 'line')} waits.` : `${grouped(waiting)} of ${counted(lines, 'line')} wait.`
}

function share({ confirmed, lines }: Counts): string {
  return `${grouped(confirmed)} of ${counted(lines, 'line')}`
}

/** `ada/verilog on api.wandb.ai` */
export function placeWords({ entity, project, host }: SyncPlace): string {
  return entity === null ? `${project} of the API key’s account on ${host}` : `${entity}/${project} on ${host}`
}

export function nextTryWords(nextTryAt: string, nowMs: number): string {
  const seconds = (Date.parse(nextTryAt) - nowMs) / 1000
  return seconds < 1 ? 'It is tried again now.' : `It is tried again in ${formatDuration(seconds)}.`
}

/** Where W&B's own tool finds folders if nothing else is said. */
export function suggestedOfflineFolder(home: string): string {
  const separator = home.includes('\\') ? '\\' : '/'
  return home === '' ? '' : [home, 'wandb'].join(separator)
}

/** For a shell: a path with anything unusual is quoted. */
export function syncCommand(folder: string): string {
  return `wandb sync ${/^[\w./\\:-]+$/.test(folder) ? folder : `"${folder}"`}`
}
