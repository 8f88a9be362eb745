import { describe, expect, test } from 'vitest'
import { gainLines } from '#cli/evaluation-text'
import { progressLine, type Moment } from '#cli/progress-line'
import { Progress, type EvaluationFinished } from '#cli/progress'
import type { RunStatus } from '#contract/api'
import type { RunActivity } from '#contract/run-activity'
import type { JournalEntry } from '#contract/journal'
import { aConfig, aJournal, started } from '#test/support/run-builders'

const EVALUATION = { every: 10, taskCount: 100, samples: 4 }

function step(number: number, rate: number, seconds = 4): JournalEntry {
  const metrics = {
    'train/compile_rate': rate,
    'train/functional_rate': rate / 2,
    'train/reward': 0.5,
    'train/kl': 0.001,
    'timing_s/step': seconds,
  }
  return { type: 'step.finished', step: number, metrics, rolloutFile: '' }
}

function evaluation(number: number, metrics: Record<string, number>): JournalEntry {
  return { type: 'eval.finished', step: number, split: 'validation', datasetHash: '', metrics }
}

function progressAfter(entries: readonly JournalEntry[], steps = 60): Progress {
  const progress = new Progress(aConfig({ steps, evaluation: EVALUATION }))
  for (const event of aJournal([started(), ...entries])) progress.take(event)
  return progress
}

describe('progress', () => {
  test('rates are means over the last ten steps', () => {
    const progress = progressAfter(Array.from({ length: 12 }, (_, i) => step(i + 1, i < 2 ? 1 : 0.4)))
    expect(progress.step).toBe(12)
    expect(progress.average('train/compile_rate')).toBeCloseTo(0.4)
  })

  test('the time left is the median step time of what is left, and the evaluations to come', () => {
    // 50 steps of 4 s; evaluations at 20, 30, 40 and 50 of 5 s like the last one, and at 60 of 30 s like the first.
    const steps = Array.from({ length: 10 }, (_, i) => step(i + 1, 0.5, i === 3 ? 90 : 4))
    const progress = progressAfter([
      evaluation(0, { 'timing_s/evaluation': 30 }),
      ...steps,
      evaluation(10, { 'timing_s/evaluation': 5 }),
    ])
    expect(progress.secondsLeft).toBe(50 * 4 + 4 * 5 + 30)
  })

  test('nothing is foretold before two steps', () => {
    expect(progressAfter([step(1, 0.5)]).secondsLeft).toBeUndefined()
  })

  test('what was rewound counts no more', () => {
    const progress = progressAfter([step(1, 1), step(2, 0), evaluation(2, {}), { type: 'rewound', toStep: 1 }])
    expect([progress.step, progress.average('train/compile_rate'), progress.evaluations]).toEqual([1, 1, []])
  })
})

function moment(status: RunStatus, waitedSeconds: number, activity: RunActivity | null = null): Moment {
  return { status, waitedSeconds, activity }
}

describe('the status line', () => {
  const half = progressAfter(Array.from({ length: 30 }, (_, i) => step(i + 1, 0.7)))

  test('says all where there is room, and never more than the terminal is wide', () => {
    expect(progressLine(half, moment('running', 0), 120)).toMatch(
      /^█{15}░{15} {2}30\/60 {2}compile 70 % {2}functional 35 % {2}reward 0\.500 {2}KL 0\.0010 {2}4\.0 s\/step {2}2 min left$/,
    )
    for (let columns = 10; columns < 130; columns++) {
      expect(progressLine(half, moment('running', 0), columns).length).toBeLessThan(columns)
    }
  })

  test('keeps step and time left when it is narrow', () => {
    expect(progressLine(half, moment('running', 0), 40)).toMatch(/30\/60 .*2 min left$/)
  })

  test('says what goes on when no step does', () => {
    const none = progressAfter([])
    expect(progressLine(none, moment('queued', 0), 80)).toContain('waiting for its turn')
    expect(progressLine(none, moment('running', 12), 80)).toContain('evaluating the model as it is 12 s')
    expect(progressLine(half, moment('stopping', 0), 80)).toMatch(/stopping$/)
    expect(progressLine(progressAfter([step(1, 1), step(2, 1)], 2), moment('running', 3), 80)).toContain('last evaluation')
  })
})

describe('what the trainer says that it does', () => {
  const half = progressAfter(Array.from({ length: 30 }, (_, i) => step(i + 1, 0.7)))
  const activity: RunActivity = { step: 31, stage: 'rollouts', seconds: 72, done: 43, of: 128, metrics: {}, silence: 1 }
  const line = (change: Partial<RunActivity>, columns = 160): string =>
    progressLine(half, moment('running', 72, { ...activity, ...change }), columns)

  test('stands behind the time left where a stage takes long', () => {
    expect(line({})).toMatch(/2 min left {2}generating 43\/128 72 s$/)
    expect(line({ stage: 'update', of: null })).toMatch(/updating the weights 72 s$/)
    expect(line({ seconds: 2 })).toMatch(/2 min left$/)
  })

  test('is not claimed of one that is silent, or goes its way no more', () => {
    expect(line({ silence: 40 })).toMatch(/2 min left$/)
    expect(progressLine(half, moment('stopping', 0, activity), 120)).toMatch(/stopping$/)
  })

  test('says more of the first evaluation than that it goes on', () => {
    const first = progressLine(progressAfter([]), moment('running', 12, { ...activity, step: 0, stage: 'evaluation' }), 80)
    expect(first).toContain('evaluating 43/128 72 s')
  })

  test('gives way where there is no room', () => {
    for (let columns = 10; columns < 130; columns++) expect(line({}, columns).length).toBeLessThan(columns)
    expect(line({}, 40)).toMatch(/2 min left$/)
  })
})

describe('the table of a gain', () => {
  test('puts step 0 beside the end, with the paired interval of pass@1 alone', () => {
    const sizes = { 'eval/task_count': 100, 'eval/samples_per_task': 4 }
    const [before, after] = aJournal([
      evaluation(0, { ...sizes, 'eval/pass@1': 0.3, 'eval/pass@8': 0.75 }),
      evaluation(60, {
        ...sizes,
        'eval/pass@1': 0.42,
        'eval/pass@8': 0.8,
        'eval/pass@1_gain': 0.12,
        'eval/pass@1_gain_low': 0.08,
        'eval/pass@1_gain_high': 0.16,
      }),
    ]) as EvaluationFinished[]
    expect(gainLines(before!, after!)).toEqual([
      '100 validation tasks, 4 completions each',
      '               step 0  step 60  points',
      'pass@1 at T 1  30.0 %   42.0 %   +12.0  [+8.0, +16.0] 95 %, paired',
      'pass@8 at T 1  75.0 %   80.0 %    +5.0',
    ])
  })
})
