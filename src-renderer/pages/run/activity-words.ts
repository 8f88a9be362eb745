/** What a trainer does, in words. */
import { LONG_SILENCE, LONG_STAGE, STAGE_WORDS, type RunActivity } from '#contract/run-activity'
import { formatDuration } from '../../format/duration.ts'
import { formatBytes, formatPercent, grouped } from '../../format/number.ts'

/** Stages that belong to no step. */
const OUTSIDE = new Set(['start', 'attack', 'probe'])

/** `Step 4: generating, 43 of 128 · 72 s · card 97 %, 61.20 GB, 612 W`. `isStarting`: what was told before is of an earlier trainer. */
export function activityWords(activity: RunActivity, isStarting = false): string {
  const { step, stage, seconds, done, of, metrics, silence } = activity
  if (isStarting && silence > LONG_SILENCE) return ''
  const what = STAGE_WORDS[stage] ?? stage
  const where = step === 0 || OUTSIDE.has(stage) ? upperFirst(what) : `Step ${grouped(step)}: ${what}`
  const count = of === null ? '' : `, ${grouped(Math.min(done, of))} of ${grouped(of)}`
  if (silence > LONG_SILENCE) return `${where}${count} · not heard of for ${formatDuration(silence)}`
  const time = seconds >= LONG_STAGE ? [formatDuration(seconds)] : []
  return [where + count, ...time, ...cardWords(metrics)].join(' · ')
}

/** What the tool of the card's maker tells; the share of several cards is their mean, the rest their sum. */
function cardWords(metrics: RunActivity['metrics']): string[] {
  const use = metrics['system/gpu_utilisation']
  const memory = metrics['system/gpu_memory']
  const power = metrics['system/gpu_power']
  const parts = [
    ...(use === undefined ? [] : [formatPercent(use)]),
    ...(memory === undefined ? [] : [formatBytes(memory)]),
    ...(power === undefined ? [] : [`${Math.round(power)} W`]),
  ]
  return parts.length === 0 ? [] : [`card ${parts.join(', ')}`]
}

function upperFirst(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}
