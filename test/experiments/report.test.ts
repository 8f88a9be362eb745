import { describe, expect, test } from 'vitest'
import type { EvaluationReport } from '#contract/evaluation'
import { experimentPlanSchema, type ExperimentArm, type ExperimentReport, type TestedCheckpoint } from '#contract/experiment'
import { experimentReport, type MeasuredArm } from '#experiments/report'
import { reportText } from '#experiments/report-text'

type Values = Readonly<Record<string, number | null>>

/** A task a list of values; the last two are of a family that no training task shows. */
function evaluation(tasks: readonly Values[], step: number | null = null): EvaluationReport {
  const family = (i: number): string => (i >= tasks.length - 2 ? 'ring' : 'mux')
  return {
    metrics: {},
    base: null,
    step,
    taskCount: tasks.length,
    tooLong: [],
    samples: 4,
    draws: 4,
    unseenFamilies: ['ring'],
    tasks: tasks.map((values, i) => ({ id: `t${i}`, family: family(i), values })),
    seconds: 10,
  }
}

const pass = (...shares: readonly number[]): Values[] => shares.map((share) => ({ 'pass@1': share }))
const anArm = (name: string, seeds: readonly number[]): ExperimentArm => ({
  name,
  title: name.toUpperCase(),
  preset: 'starter-grpo',
  seeds: [...seeds],
  overrides: {},
  asLongAs: null,
})

function measured(name: string, seeds: readonly Values[][], checkpoint: TestedCheckpoint = 'newest'): MeasuredArm {
  return {
    arm: anArm(
      name,
      seeds.map((_, i) => i + 1),
    ),
    checkpoint,
    evaluations: seeds.map((tasks) => evaluation(tasks, 7)),
    spent: seeds.map((_, i) => ({ rollouts: 100, tokens: 5000 + 1000 * i, seconds: 60 })),
  }
}

const BASE = pass(0.25, 0.5, 0.25, 0.5, 0, 0.25, 0, 0)
const up = (by: number): Values[] => BASE.map((values) => ({ 'pass@1': values['pass@1']! + by }))

function report(arms: readonly MeasuredArm[]): ExperimentReport {
  return experimentReport({ base: evaluation(BASE), arms })
}
const gainOf = (of: ExperimentReport, row: number) => of.rows[row]!.parts.all!['pass@1']!.gain!

describe('the report of an experiment', () => {
  test('has the gain over the base model, paired task by task: one that is the same for every task and seed is certain', () => {
    const gain = gainOf(report([measured('grpo', [up(0.25), up(0.25), up(0.25)])]), 1)
    expect([gain.mean, gain.low, gain.high].map((share) => share.toFixed(6))).toEqual(['0.250000', '0.250000', '0.250000'])
  })

  test('has wider intervals for the same mean when seeds disagree', () => {
    const agreeing = gainOf(report([measured('grpo', [up(0.25), up(0.25), up(0.25)])]), 1)
    const scattered = gainOf(report([measured('grpo', [up(0.05), up(0.25), up(0.45)])]), 1)
    expect(scattered.mean).toBeCloseTo(agreeing.mean, 12)
    expect(scattered.low).toBeLessThan(0)
  })

  test('keeps families apart that training tasks do not show', () => {
    const onKnown = BASE.map((values, i) => ({ 'pass@1': values['pass@1']! + (i < 6 ? 0.4 : 0) }))
    const { rows, partCounts } = report([measured('grpo', [onKnown])])
    expect(partCounts).toEqual({ all: 8, known: 6, unseen: 2 })
    const { known, unseen } = rows[1]!.parts
    expect([known!['pass@1']!.gain!.mean, unseen!['pass@1']!.gain!.mean]).toEqual([expect.closeTo(0.4, 12), 0])
  })

  test('leaves out of a measure the tasks that one side could not be judged on', () => {
    const half = up(0.25).map((values, i) => (i === 0 ? { 'pass@1': null } : values))
    const gain = gainOf(report([measured('grpo', [half])]), 1)
    expect(gain.mean).toBeCloseTo(0.25, 12)
  })

  test('refuses evaluations of different tasks', () => {
    const other = { ...measured('grpo', [up(0.25)]), evaluations: [evaluation(BASE.slice(1))] }
    expect(() => report([other])).toThrow('different tasks')
  })

  test('says who is ahead, of the last checkpoints alone, and that one seed says little', () => {
    const last = measured('grpo', [up(0.25), up(0.25)])
    const { verdicts } = report([last, measured('grpo', [up(0.5), up(0.5)], 'best'), measured('sft', [up(0.5)])])
    expect(verdicts[0]).toBe('Functional pass@1: GRPO is ahead of the base model by 25.0 points [25.0, 25.0].')
    expect(verdicts[1]).toContain('SFT is ahead of the base model by 50.0 points')
    expect(verdicts[1]).toContain('One seed')
    expect(verdicts[2]).toMatch(/SFT is ahead of GRPO by 25\.0 points.*One seed/)
    expect(verdicts).toHaveLength(3)
  })

  test('reads as a table with the base model first and what each arm took', () => {
    const plan = experimentPlanSchema.parse({
      schemaVersion: 1,
      name: 'x',
      title: 'An experiment',
      description: 'What it is for.',
      arms: [anArm('grpo', [1, 2])],
      budget: { rollouts: 100, tokens: null, seconds: null },
      evaluation: { taskCount: 8, samples: 4, draws: 4, seed: 1 },
    })
    const text = reportText(plan, report([measured('grpo', [up(0.25), up(0.25)])]))
    expect(text).toContain('| Base model |  |  | 21.9 % | – |')
    expect(text).toContain('| GRPO | last (step 7) | 2 | 46.9 % (+25.0 [+25.0, +25.0]) | – |')
    expect(text).toContain('| GRPO | 100 | 5,500 | 1.0 min |')
  })
})
