/** Who is ahead, in a sentence that says no more than the numbers do. */
import type { Interval } from './bootstrap.ts'

export interface Comparison {
  /** As it stands at the beginning of a sentence, e.g. `Functional pass@1`. */
  readonly rate: string
  readonly first: string
  readonly second: string
  /** second - first, shares 0..1, with its 95 % interval. */
  readonly difference: Interval
  /** Seeds behind it. */
  readonly seedCount: number
}

export type Ahead = 'first' | 'second' | 'neither'

/** Ahead is who has the interval on its side; an interval that touches 0 shows nothing. */
export function whoIsAhead({ low, high }: Interval): Ahead {
  return low > 0 ? 'second' : high < 0 ? 'first' : 'neither'
}

/** `Functional pass@1: GRPO is ahead of PPO by 8.3 points [2.1, 14.5].` or `Functional pass@1: no difference shown between PPO and GRPO (+1.2 points [-4.0, 6.4]).` */
export function verdict({ rate, first, second, difference, seedCount }: Comparison): string {
  const ahead = whoIsAhead(difference)
  const reach = seedCount < 2 ? ' One seed: other seeds may differ.' : ''
  if (ahead === 'neither') {
    const sign = difference.mean < 0 ? '' : '+'
    return `${rate}: no difference shown between ${first} and ${second} (${sign}${size(difference)}).${reach}`
  }
  const [leader, other, seen] = ahead === 'second' ? [second, first, difference] : [first, second, turned(difference)]
  return `${rate}: ${leader} is ahead of ${other} by ${size(seen)}.${reach}`
}

function size({ mean, low, high }: Interval): string {
  return `${points(mean)} points [${points(low)}, ${points(high)}]`
}

/** -0.04 points are 0.0 points. */
function points(share: number): string {
  const text = (share * 100).toFixed(1)
  return text === '-0.0' ? '0.0' : text
}

function turned({ mean, low, high }: Interval): Interval {
  return { mean: -mean, low: -high, high: -low }
}
