/** Data sets, checks and problems in words. */
import type { CheckProgress } from '#contract/known-datasets'
import { BADGES } from '#contract/badges'
import type { ImportProblem } from '#contract/dataset-check'
import { formatDuration } from '../../format/duration.ts'
import { counted, grouped } from '../../format/number.ts'
import { lastPart } from '../../format/path.ts'

const STARTER = 'starter'

/** The last part of its path. */
export function datasetName(path: string): string {
  return path === STARTER ? 'Starter tasks' : lastPart(path)
}

export function datasetPlace(path: string): string {
  return path === STARTER ? 'comes with VeriTune' : path
}

export function triedCount({ badges }: Pick<CheckProgress, 'badges'>): number {
  return BADGES.reduce((sum, badge) => sum + badges[badge], 0)
}

export function stageWords(check: CheckProgress): string {
  if (check.stage === 'reading') return `Reading the files: ${counted(check.taskCount, 'task')} so far`
  const left = check.secondsLeft === null ? '' : `, ${formatDuration(check.secondsLeft)} left`
  return `Trying each task on its own reference: ${grouped(triedCount(check))} of ${grouped(check.taskCount)}${left}`
}

/** `3 tasks are not healthy`; of many only the first are at hand. */
export function unhealthyWords(check: Pick<CheckProgress, 'badges' | 'unhealthy'>): string {
  const count = triedCount(check) - check.badges.healthy
  const shown = check.unhealthy.length
  const words = count === 1 ? '1 task is not healthy' : `${grouped(count)} tasks are not healthy`
  return shown < count ? `${words}, the first ${shown}` : words
}

/** `data/human.jsonl, line 12, field prompt` */
export function problemPlace({ file, line, field }: ImportProblem): string {
  return [file, line > 0 ? `line ${grouped(line)}` : '', field === null ? '' : `field ${field}`]
    .filter((part) => part !== '')
    .join(', ')
}
