import { expect, test } from 'vitest'
import type { MetricColumn } from '#contract/api'
import type { ExperimentPlan, ExperimentRun, ReportedMeasure } from '#contract/experiment'
import { ARM_CHARTS, armSeries, lastOf, timeUnit } from '../../../src-renderer/pages/experiments/arm-curves.ts'
import {
  checkpointWords,
  gainEnds,
  gainText,
  gainWords,
  partsOf,
  valueEnds,
  valueText,
} from '../../../src-renderer/pages/experiments/report-table.ts'
import { verdictGroups } from '../../../src-renderer/pages/experiments/verdict-groups.ts'

const measure = (mean: number, low: number, high: number): ReportedMeasure => ({
  value: { mean: 0.537, low: 0.495, high: 0.5794 },
  gain: { mean, low, high },
})

test('a cell has the value and its interval in percent, and the gain with its interval in points', () => {
  const ahead = measure(0.1642, 0.129, 0.2)
  expect([valueText(ahead), valueEnds(ahead)]).toEqual(['53.7 %', '[49.5, 57.9]'])
  expect([gainText(ahead), gainEnds(ahead), gainWords(ahead)]).toEqual(['▲ +16.4', '[12.9, 20.0]', 'ahead of the base model'])
})

test('a gain has a sign only where its interval leaves out 0', () => {
  const open = measure(-0.008, -0.228, 0.212)
  expect([gainText(open), gainEnds(open), gainWords(open)]).toEqual(['−0.8', '[−22.8, 21.2]', 'no difference shown'])
  const behind = measure(-0.1, -0.2, -0.01)
  expect([gainText(behind), gainWords(behind)]).toEqual(['▼ −10.0', 'behind the base model'])
  expect(gainText(measure(-0.0001, 0, 0))).toBe('0.0')
})

test('what was not measured is no number', () => {
  expect([valueText(undefined), valueEnds(undefined), gainText(undefined), gainEnds(undefined)]).toEqual(['–', '', '', ''])
  expect(gainText({ ...measure(0, 0, 0), gain: null })).toBe('')
})

test('a checkpoint says its step, or the step of each seed where they differ', () => {
  expect(checkpointWords({ checkpoint: 'newest', steps: [80, 80, 80] })).toBe('last, step 80')
  expect(checkpointWords({ checkpoint: 'best', steps: [80, 70, 20] })).toBe('best, steps 80, 70, 20')
  expect(checkpointWords({ checkpoint: null, steps: [] })).toBe('')
})

test('parts are told apart only where both have tasks', () => {
  expect(partsOf({ partCounts: { all: 9, known: 6, unseen: 3 } })).toEqual(['all', 'known', 'unseen'])
  expect(partsOf({ partCounts: { all: 9, known: 9, unseen: 0 } })).toEqual(['all'])
})

test('verdicts stand by their rate, which they need not say again, nor that there is one seed', () => {
  const groups = verdictGroups([
    'Functional pass@1: GRPO is ahead of PPO by 2.0 points [1.0, 3.0].',
    'Functional pass@1: no difference shown between A and B (-2.8 points [-6.4, 0.9]).',
    'Compilation: A is ahead of B by 1.0 points [0.5, 1.5]. One seed: other seeds may differ.',
  ])
  expect(groups.map(({ rate, sentences }) => [rate, sentences.length])).toEqual([
    ['Functional pass@1', 2],
    ['Compilation', 1],
  ])
  expect(groups[0]!.sentences[1]).toEqual({
    text: 'No difference shown between A and B (−2.8 points [−6.4, 0.9]).',
    isOfOneSeed: false,
  })
  expect(groups[1]!.sentences[0]).toEqual({ text: 'A is ahead of B by 1.0 points [0.5, 1.5].', isOfOneSeed: true })
})

const plan = {
  arms: [
    { name: 'grpo', title: 'GRPO' },
    { name: 'ppo', title: 'PPO' },
  ],
} as unknown as ExperimentPlan
const run = (arm: string, seed: number, step: number, seconds: number): ExperimentRun => ({
  arm,
  seed,
  run: `${arm}-${seed}`,
  status: 'running',
  step,
  steps: 4,
  seconds,
})
const column = (key: string, steps: number[], values: number[]): MetricColumn => ({ key, steps, values })
const [passChart] = ARM_CHARTS
const runs = [run('grpo', 1, 4, 400), run('grpo', 2, 2, 260), run('ppo', 1, 2, 100)]
const columns = {
  'grpo-1': [column('eval/pass@1', [0, 2, 4], [0.2, 0.4, 0.6]), column('timing_s/step', [1, 2, 3, 4], [100, 100, 100, 100])],
  'grpo-2': [column('eval/pass@1', [0, 2], [0.2, 0.5]), column('timing_s/step', [1, 2], [130, 130])],
  'ppo-1': [column('timing_s/step', [1, 2], [50, 50])],
}

test('a curve is the mean over the seeds that have come so far, with an interval where there are two', () => {
  const [grpo, ...others] = armSeries(plan, runs, columns, passChart!, 'step')
  expect(others).toEqual([])
  expect([grpo!.label, grpo!.color, grpo!.x]).toEqual(['GRPO', 'run-1', [0, 2, 4]])
  expect(Array.from(grpo!.y)).toEqual([0.2, 0.45, 0.6].map((value) => expect.closeTo(value)))
  // Two seeds, 0.4 and 0.5: 0.45 ± 12.706 x 0.0707 / sqrt(2), and a rate stays between 0 and 1.
  expect([grpo!.low![1], grpo!.high![1]]).toEqual([0, 1])
  expect([grpo!.low![0], grpo!.high![0]]).toEqual([expect.closeTo(0.2), expect.closeTo(0.2)])
  expect([grpo!.low![2], grpo!.high![2]]).toEqual([NaN, NaN])
})

test('over training time a point stands at the mean time of its seeds', () => {
  const [grpo] = armSeries(plan, runs, columns, passChart!, 'time')
  // Step 2: 200 s and 260 s; step 4: 400 s of the one seed.
  expect(grpo!.x).toEqual([0, 3.83, 6.67])
  expect([timeUnit(runs).name, lastOf(runs, 'time'), lastOf(runs, 'step')]).toEqual(['min', 7, 4])
})

test('over training time a point of a thinned curve stands where its step was reached, between two points of the timing as well', () => {
  const thinned = {
    'grpo-1': [
      column('eval/pass@1', [0, 40, 100], [0.2, 0.4, 0.6]),
      column('timing_s/step', [29, 59, 89, 100], [60, 120, 60, 60]),
    ],
  }
  const [grpo] = armSeries(plan, [run('grpo', 1, 100, 9000)], thinned, passChart!, 'time')
  // 29 steps of 60 s, then of 120 s: step 40 after 1740 + 11 x 120 s; step 100 after 1740 + 3600 + 1800 + 660 s.
  expect(grpo!.x).toEqual([0, 51, 130])
})

test('an experiment of seconds has an axis of seconds', () => {
  expect(timeUnit([run('grpo', 1, 1, 30)])).toEqual({ name: 's', seconds: 1 })
  expect(lastOf([], 'time')).toBe(1)
})
