import { describe, expect, test } from 'vitest'
import type { RunComparison } from '#contract/comparison'
import { COMPARED, seriesOf, usualOverlay } from '../../../src-renderer/pages/compare/compare-charts.ts'
import type { ComparedCurves } from '../../../src-renderer/state/comparison.svelte.ts'

const reward = COMPARED.find(({ key }) => key === 'eval/pass@1')!
const group = (title: string, runs: string[]): RunComparison['groups'][number] => ({ title, runs, measures: {}, steps: [] })

/** Values of each run at steps 1, 2, … */
function curves(groups: RunComparison['groups'], values: Readonly<Record<string, readonly number[]>>): ComparedCurves {
  const runs = groups.flatMap((one) => one.runs)
  const columns = Object.fromEntries(
    runs.map((run) => [run, [{ key: reward.key, steps: values[run]!.map((_, i) => i + 1), values: values[run]! }]]),
  )
  return { comparison: { runs, groups, taskCount: 0, verdicts: [], differences: [] }, columns }
}

const names = new Map([['a', 'first']])
const TWO = [group('GRPO', ['a', 'b']), group('PPO', ['c'])]
const VALUES = { a: [0.1, 0.3], b: [0.3, 0.5, 0.9], c: [0.2] }

describe('runs over each other', () => {
  test('by group are the mean of those that have come so far, with a band where there are two', () => {
    const [grpo, ppo] = seriesOf(curves(TWO, VALUES), reward, names, 'group')
    expect(grpo).toMatchObject({ label: 'GRPO, 2 runs', color: 'run-1', x: [1, 2, 3], bandIs: 'interval' })
    ;[0.2, 0.4, 0.9].forEach((mean, i) => expect(grpo!.y[i]).toBeCloseTo(mean, 12))
    // Student with one degree of freedom: 12.706 x 0.1 on either side, cut at the ends of a rate.
    expect([grpo!.low![0], grpo!.high![0], grpo!.low![2]]).toEqual([0, 1, NaN])
    expect(ppo).toMatchObject({ label: 'PPO', color: 'run-2', x: [1], y: [0.2] })
    expect(ppo).not.toHaveProperty('low')
  })

  test('by run have the colour of their group, and dashes but for its first', () => {
    const lines = seriesOf(curves(TWO, VALUES), reward, names, 'run')
    expect(lines.map(({ label, color, isDashed }) => [label, color, isDashed])).toEqual([
      ['first', 'run-1', false],
      ['b', 'run-1', true],
      ['c', 'run-2', false],
    ])
  })

  test('without the metric have no line', () => {
    expect(seriesOf(curves([group('GRPO', ['a'])], { a: [] }), reward, names, 'group')).toEqual([])
  })

  test('stand by group where a group has several runs', () => {
    expect([usualOverlay(curves(TWO, VALUES).comparison), usualOverlay(curves([TWO[1]!], { c: [1] }).comparison)]).toEqual([
      'group',
      'run',
    ])
  })

  test('are drawn finer where a part of them is read, smoothed over as many steps as the whole', () => {
    const smooth = COMPARED.find(({ isSmoothed }) => isSmoothed)!
    const steps = (from: number, to: number, by: number): number[] =>
      Array.from({ length: (to - from) / by + 1 }, (_, i) => from + i * by)
    const column = (at: readonly number[]) => [{ key: smooth.key, steps: at, values: at.map((step) => step) }]
    const whole = { a: column(steps(4, 1600, 4)), b: column(steps(4, 1600, 4)), c: column(steps(4, 1600, 4)) }
    const finer = { a: column(steps(400, 500, 1)), b: column(steps(400, 500, 1)), c: column(steps(400, 500, 1)) }
    const { comparison } = curves(TWO, VALUES)
    const [grpo] = seriesOf({ comparison, columns: whole, finer }, smooth, names, 'group')
    expect(Array.from(grpo!.x)).toEqual(steps(400, 500, 1))
    // A fortieth of 1600 steps is 40: at step 500 the mean of 461 to 500.
    expect(grpo!.y[100]).toBeCloseTo(480.5, 9)
    const [first] = seriesOf({ comparison, columns: whole, finer }, smooth, names, 'run')
    expect([first!.x[1], first!.smoothingWindow, first!.isSmoothed]).toEqual([401, 40, true])
    expect(seriesOf({ comparison, columns: whole, finer: null }, smooth, names, 'run')[0]!.x[1]).toBe(8)
  })
})
