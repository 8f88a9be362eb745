import { describe, expect, test } from 'vitest'
import type { StoredEvaluation } from '#contract/comparison'
import type { RunConfig } from '#contract/run-config'
import { compareRuns, type ComparedRun } from '#workbench/compare-runs'
import { aConfig, aPpoConfig } from '#test/support/run-builders'

function evaluation(shares: readonly number[], ids = shares.map((_, i) => `t${i}`)): StoredEvaluation {
  return { step: 10, tasks: shares.map((share, i) => ({ id: ids[i]!, family: 'mux', values: { 'pass@1': share } })) }
}

const LOW = [0, 0.25, 0.5, 0.25, 0, 0.5]
const HIGH = LOW.map((share) => share + 0.5)

function run(id: string, config: Partial<RunConfig>, shares: readonly number[] | null, base = aConfig()): ComparedRun {
  return { id, config: { ...base, ...config }, origin: null, evaluation: shares === null ? null : evaluation(shares) }
}

describe('runs beside each other', () => {
  test('are one group where only name and seed differ, and settings that differ are named', () => {
    const { groups, differences, verdicts } = compareRuns([
      run('a', { seed: 1, name: 'first' }, LOW),
      run('b', { seed: 2, name: 'second' }, LOW),
    ])
    expect(groups.map(({ title, runs }) => [title, runs])).toEqual([['GRPO', ['a', 'b']]])
    expect(verdicts).toEqual([])
    expect(differences).toEqual([
      { path: 'name', values: ['"first"', '"second"'] },
      { path: 'seed', values: ['1', '2'] },
    ])
  })

  test('of two algorithms get a sentence with the paired interval', () => {
    const { groups, verdicts, taskCount } = compareRuns([
      run('a', { seed: 1 }, LOW),
      run('b', { seed: 2 }, LOW),
      run('p', { seed: 1 }, HIGH, aPpoConfig()),
      run('q', { seed: 2 }, HIGH, aPpoConfig()),
    ])
    expect([groups.length, taskCount]).toEqual([2, 6])
    expect(verdicts).toEqual(['Functional pass@1: PPO is ahead of GRPO by 50.0 points [50.0, 50.0].'])
    expect(groups[1]!.measures['pass@1']!.mean).toBeCloseTo(0.75, 12)
  })

  test('of one algorithm with other settings are told apart by their names', () => {
    const { groups } = compareRuns([run('a', { name: 'small steps' }, LOW), run('b', { name: 'large steps', steps: 7 }, HIGH)])
    expect(groups.map(({ title }) => title)).toEqual(['GRPO (small steps)', 'GRPO (large steps)'])
  })

  test('are held against each other on the tasks that all have', () => {
    const other = { ...run('b', { steps: 7 }, HIGH), evaluation: evaluation(HIGH, ['t5', 't4', 't3', 'x', 'y', 'z']) }
    const { taskCount, groups } = compareRuns([run('a', {}, LOW), other])
    expect(taskCount).toBe(3)
    expect(groups[0]!.measures['pass@1']!.mean).toBeCloseTo((0.25 + 0 + 0.5) / 3, 12)
  })

  test('that were not evaluated have settings, and nothing to say', () => {
    const { taskCount, groups, verdicts, differences } = compareRuns([run('a', {}, null), run('b', { steps: 7 }, null)])
    expect([taskCount, verdicts]).toEqual([0, []])
    // Their curves have groups all the same.
    expect(groups).toMatchObject([
      { runs: ['a'], measures: {}, steps: [] },
      { runs: ['b'], measures: {}, steps: [] },
    ])
    expect(differences.map(({ path }) => path)).toEqual(['steps'])
  })
})
