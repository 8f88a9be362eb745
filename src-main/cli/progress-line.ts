/** The status line of a terminal that watches a run. */
import type { RunStatus } from '#contract/api'
import { LONG_SILENCE, LONG_STAGE, STAGE_WORDS, type RunActivity } from '#contract/run-activity'
import { decimals, duration, small, wholePercent } from './numbers.ts'
import type { Progress } from './progress.ts'

/** A shorter wait is not worth a number. */
const NOTICED_SECONDS = 2
const BAR = { least: 8, most: 30 }

export interface Moment {
  readonly status: RunStatus
  /** What the trainer does now; null where that is not known. */
  readonly activity: RunActivity | null
  /** Since the journal last said something. */
  readonly waitedSeconds: number
}

/** Fits into `columns`: what matters least is left out first. */
export function progressLine(progress: Progress, moment: Moment, columns: number): string {
  const parts = partsOf(progress, moment)
  const room = columns - 1 - BAR.least - 2
  const shown = [...parts]
  for (const least of LEAST_FIRST) {
    if (lengthOf(shown) <= room) break
    const place = shown.findIndex(({ name }) => name === least)
    if (place >= 0) shown.splice(place, 1)
  }
  const text = shown.map((part) => part.text).join('  ')
  const width = Math.max(BAR.least, Math.min(BAR.most, columns - 1 - text.length - 2))
  return `${bar(progress.step, progress.steps, width)}  ${text}`.slice(0, Math.max(0, columns - 1))
}

interface Part {
  readonly name: string
  readonly text: string
}

const LEAST_FIRST = ['pace', 'kl', 'compile', 'reward', 'functional', 'stage']

function partsOf(progress: Progress, moment: Moment): Part[] {
  const counter = { name: 'step', text: `${progress.step}/${progress.steps}` }
  const told = activityWords(moment)
  const waited = waitingWords(progress, moment)
  const stage = (text: string | null): Part[] => (text === null ? [] : [{ name: 'stage', text }])
  if (progress.step === 0) return [counter, ...stage(told ?? waited)]
  const perStep = progress.secondsPerStep
  const left = progress.secondsLeft
  return [
    counter,
    { name: 'compile', text: `compile ${wholePercent(progress.average('train/compile_rate'))}` },
    { name: 'functional', text: `functional ${wholePercent(progress.average('train/functional_rate'))}` },
    { name: 'reward', text: `reward ${decimals(progress.average('train/reward'))}` },
    { name: 'kl', text: `KL ${small(progress.average('train/kl'))}` },
    ...(perStep === undefined ? [] : [{ name: 'pace', text: `${duration(perStep)}/step` }]),
    ...((told === null && waited !== null) || left === undefined ? [] : [{ name: 'left', text: `${duration(left)} left` }]),
    ...stage(told ?? waited),
  ]
}

/** What the trainer says that it does, where it has been at it for long: `generating 43/128 72 s`. */
function activityWords({ status, activity }: Moment): string | null {
  if (status !== 'running' || activity === null) return null
  const { stage, seconds, done, of, silence } = activity
  if (silence > LONG_SILENCE || seconds < LONG_STAGE) return null
  const count = of === null ? '' : ` ${Math.min(done, of)}/${of}`
  return `${STAGE_WORDS[stage] ?? stage}${count} ${duration(seconds)}`
}

function waitingWords(progress: Progress, { status, waitedSeconds }: Moment): string | null {
  const doing = stageWords(progress, status)
  return doing === null || waitedSeconds < NOTICED_SECONDS ? doing : `${doing} ${duration(waitedSeconds)}`
}

/** What goes on when it is not the training of a step; null = that. */
function stageWords(progress: Progress, status: RunStatus): string | null {
  if (status === 'queued') return 'waiting for its turn'
  if (status === 'starting') return 'starting'
  if (status === 'paused') return 'paused'
  if (status === 'stopping') return 'stopping'
  if (progress.step === 0) return progress.evaluations.length === 0 ? 'evaluating the model as it is' : 'first step'
  return progress.step === progress.steps ? 'last evaluation' : null
}

function bar(step: number, steps: number, width: number): string {
  const filled = steps === 0 ? width : Math.round((step / steps) * width)
  return '█'.repeat(filled) + '░'.repeat(width - filled)
}

function lengthOf(parts: readonly Part[]): number {
  return parts.reduce((sum, { text }) => sum + text.length + 2, 0)
}
