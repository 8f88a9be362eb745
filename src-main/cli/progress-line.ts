/** The status line of a terminal that watches a run. */
import type { RunStatus } from '#contract/api'
import { decimals, duration, small, wholePercent } from './numbers.ts'
import type { Progress } from './progress.ts'

/** A shorter wait is not worth a number. */
const NOTICED_SECONDS = 2
const BAR = { least: 8, most: 30 }

/** Fits into `columns`: what matters least is left out first. `waitedSeconds`: since something was last heard of the run. */
export function progressLine(progress: Progress, status: RunStatus, waitedSeconds: number, columns: number): string {
  const parts = partsOf(progress, status, waitedSeconds)
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

const LEAST_FIRST = ['pace', 'kl', 'compile', 'reward', 'functional']

function partsOf(progress: Progress, status: RunStatus, waitedSeconds: number): Part[] {
  const counter = { name: 'step', text: `${progress.step}/${progress.steps}` }
  const doing = stageWords(progress, status)
  const waiting =
    doing === null
      ? []
      : [{ name: 'stage', text: waitedSeconds < NOTICED_SECONDS ? doing : `${doing} ${duration(waitedSeconds)}` }]
  if (progress.step === 0) return [counter, ...waiting]
  const perStep = progress.secondsPerStep
  const left = progress.secondsLeft
  return [
    counter,
    { name: 'compile', text: `compile ${wholePercent(progress.average('train/compile_rate'))}` },
    { name: 'functional', text: `functional ${wholePercent(progress.average('train/functional_rate'))}` },
    { name: 'reward', text: `reward ${decimals(progress.average('train/reward'))}` },
    { name: 'kl', text: `KL ${small(progress.average('train/kl'))}` },
    ...(perStep === undefined ? [] : [{ name: 'pace', text: `${duration(perStep)}/step` }]),
    ...(waiting.length > 0 || left === undefined ? waiting : [{ name: 'left', text: `${duration(left)} left` }]),
  ]
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
