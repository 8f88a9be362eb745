/** Journal events as lines for a person. */
import type { JournalEvent } from '#contract/journal'
import { evaluationLine } from './evaluation-text.ts'
import { decimals, duration, fileSize, percent, small } from './numbers.ts'

/** null: nothing that a person must be told. Steps are told by `stepLine`, the end by the end's own text. */
export function eventLine(event: JournalEvent): string | null {
  switch (event.type) {
    case 'microbatch.halved':
      return `out of memory at step ${event.step}: ${event.evidence}`
    case 'memory.probed':
      return `memory before the first step: ${probedText(event)}`
    case 'engine.restarted':
      return `at step ${event.step}: ${event.evidence}`
    case 'run.resumed':
      return event.fromStep === 0 ? 'going on from the beginning' : `going on after step ${event.fromStep}`
    case 'eval.finished':
      return `evaluation at step ${event.step}: ${evaluationLine(event.metrics)}`
    case 'checkpoint.saved':
      return `checkpoint of step ${event.step}`
    case 'reward.changed':
      return `reward weights changed: ${Object.entries(event.profile.weights)
        .map(([component, weight]) => `${component} ${weight}`)
        .join(', ')}`
    case 'health.warned':
      return `${event.isSevere ? 'alert' : 'warning'} at step ${event.step}: ${event.evidence}`
    case 'judge.disagreed':
      return `step ${event.step}: the judges disagree about ${event.count} rollouts (${event.taskIds.join(', ')}); they earn nothing`
    case 'budget.used-up':
      return `step ${event.step} is the last: the budget of ${budgetText(event)} is used up`
    case 'judge.changed':
      return `scored by other tools from here on: ${event.now} (before: ${event.before})`
    case 'rewound':
      return `steps after ${event.toStep} are made again: they are not in the checkpoint`
    case 'run.paused':
      return event.alerts === undefined ? `paused at step ${event.step}` : pausedFor(event.step, event.alerts)
    case 'run.continued':
      return `continued at step ${event.step}`
    case 'run.started':
    case 'step.finished':
    case 'control.applied':
    case 'run.ended':
      return null
  }
}

function probedText(event: Extract<JournalEvent, { type: 'memory.probed' }>): string {
  const { peakBytes, estimatedBytes, microbatchSeconds } = event
  const estimated = estimatedBytes === null ? '' : `, estimated ${fileSize(estimatedBytes)}`
  return `${fileSize(peakBytes)} at the most${estimated}; a microbatch of the longest sequences takes ${duration(microbatchSeconds)}`
}

const BUDGET_UNITS: Readonly<Record<Extract<JournalEvent, { type: 'budget.used-up' }>['kind'], string>> = {
  rollouts: 'completions',
  tokens: 'tokens',
  seconds: 'seconds of training',
}

function budgetText({ kind, limit }: Extract<JournalEvent, { type: 'budget.used-up' }>): string {
  return `${limit.toLocaleString('en-US')} ${BUDGET_UNITS[kind]}`
}

function pausedFor(step: number, alerts: readonly string[]): string {
  return `paused at step ${step} because of ${alerts.join(', ')} (onAlert=pause); \`veritune resume\` goes on`
}

/** `step 12/60  compile 71.0 %  functional 43.0 %  reward 0.523  KL 0.0012  4.1 s`. */
export function stepLine({ step, metrics }: Extract<JournalEvent, { type: 'step.finished' }>, steps: number): string {
  const seconds = metrics['timing_s/step']
  return [
    `step ${step}/${steps}`,
    `compile ${percent(metrics['train/compile_rate'])}`,
    `functional ${percent(metrics['train/functional_rate'])}`,
    `reward ${decimals(metrics['train/reward'])}`,
    `KL ${small(metrics['train/kl'])}`,
    ...(seconds === undefined ? [] : [duration(seconds)]),
  ].join('  ')
}
