/** What stands in a report, and what does not. */
import { describe, expect, test } from 'vitest'
import type { RunDetail, RunSummary } from '#contract/api'
import { experimentPlanSchema, type ExperimentReport } from '#contract/experiment'
import type { JournalEntry } from '#contract/journal'
import { buildReport } from '#report/build-report'
import type { ReportDocument } from '#report/document'
import type { ReportedRun, ReportSource } from '#report/source'
import { compareRuns } from '#workbench/compare-runs'
import { smallPlan } from '#test/support/small-plan'
import { aConfig, aJournal, aPpoConfig } from '#test/support/run-builders'

function aRun(id: string, config = aConfig(), entries: readonly JournalEntry[] = [], steps = 20): ReportedRun {
  const summary = { id, name: id, status: 'finished', step: steps, steps } as RunSummary
  const detail: RunDetail = {
    summary,
    config,
    reward: config.reward,
    environment: null,
    parent: null,
    origin: null,
    experiment: null,
    end: null,
  }
  const all = Array.from({ length: steps }, (_, i) => i + 1)
  const column = (key: string, value: number) => ({ key, steps: all, values: all.map(() => value) })
  return { detail, landmarks: aJournal(entries), columns: [column('train/reward', 0.5), column('timing_s/step', 6)] }
}

function aSource(runs: readonly ReportedRun[], changes: Partial<ReportSource> = {}): ReportSource {
  const comparison = compareRuns(
    runs.map(({ detail }) => ({ id: detail.summary.id, config: detail.config, origin: null, evaluation: null })),
  )
  const completions = comparison.groups.map(() => ({ best: [], worst: [], count: 0 }))
  const rest = { title: null, question: null, madeAt: new Date(0), version: '1', experiment: null }
  return { ...rest, comparison, runs, completions, ...changes }
}

const words = (document: ReportDocument): string => JSON.stringify(document)
const chartsOf = ({ blocks }: ReportDocument) => blocks.flatMap((block) => (block.kind === 'charts' ? block.charts : []))

const warned = (step: number): JournalEntry => ({
  type: 'health.warned',
  step,
  code: 'length-drift',
  evidence: `said at ${step}`,
  isSevere: false,
})

describe('a report', () => {
  test('has test figures only where an experiment has read them', () => {
    const runs = [aRun('a'), aRun('b', aPpoConfig())]
    const plan = experimentPlanSchema.parse(smallPlan('model', 'small', 16, [1]))
    const value = { mean: 0.123, low: 0.1, high: 0.2 }
    const row = { arm: null, title: 'Base model', checkpoint: null, seeds: [], steps: [], spent: null }
    const report: ExperimentReport = {
      taskCount: 7,
      partCounts: { all: 7, known: 7, unseen: 0 },
      rows: [{ ...row, parts: { all: { 'pass@1': { value, gain: null } } } }],
      verdicts: ['Functional pass@1: A is ahead of B by 1.0 points [0.5, 1.5].'],
      trainingSeconds: 60,
      testingSeconds: 60,
    }
    expect(words(buildReport(aSource(runs)))).not.toMatch(/test task/i)
    expect(words(buildReport(aSource(runs, { experiment: { id: 'e', plan, report: null } })))).not.toMatch(/on test tasks|12\.3/i)
    const read = words(buildReport(aSource(runs, { experiment: { id: 'e', plan, report } })))
    expect(read).toContain('Evaluation on test tasks')
    expect(read).toContain('12.3\u00a0%')
    expect(read).toContain('A is ahead of B by 1.0 points [0.5, 1.5].')
  })

  test('counts warnings by kind, without those of steps that were made again', () => {
    const run = aRun('a', aConfig(), [warned(3), warned(9), { type: 'rewound', toStep: 5 }, warned(7)])
    const table = buildReport(aSource([run])).blocks.find((block) => block.kind === 'table' && block.head[1] === 'Warning')
    expect(table).toMatchObject({ rows: [['a', 'Length drift', '2', '7', 'said at 7']] })
  })

  test('tells a reward that was changed on the way, and settings that differ by group', () => {
    const profile = { ...aConfig().reward, name: 'other', weights: { ...aConfig().reward.weights, quality: 9 } }
    const runs = [
      aRun('a', aConfig({ seed: 1 }), [{ type: 'reward.changed', step: 4, profile }]),
      aRun('b', aConfig({ seed: 2 })),
      aRun('p', aPpoConfig()),
    ]
    const document = buildReport(aSource(runs))
    expect(words(document)).toMatch(/a, from step 4: “other”, .*quality 9/)
    const settings = document.blocks.find((block) => block.kind === 'table' && block.head[0] === 'Setting')
    expect(settings).toMatchObject({ head: ['Setting', 'GRPO', 'PPO'] })
    expect(settings).toMatchObject({
      rows: expect.arrayContaining([
        ['seed', '1, 2', '1'],
        ['algorithm.name', 'grpo', 'ppo'],
      ]) as unknown,
    })
  })

  test('a band stands where a group has two seeds, and axes run over time where steps are not alike', () => {
    const [alike] = chartsOf(
      buildReport(aSource([aRun('a', aConfig({ seed: 1 })), aRun('b', aConfig({ seed: 2 })), aRun('p', aPpoConfig())])),
    )
    expect(alike!.axis).toEqual({ unit: 'step', last: 20 })
    expect(alike!.series.map(({ points }) => points[5]!.band === null)).toEqual([false, true])
    const [unlike] = chartsOf(buildReport(aSource([aRun('a'), aRun('p', aPpoConfig(), [], 60)])))
    expect(unlike!.axis).toEqual({ unit: 'minutes of training', last: 6 })
    expect(unlike!.series[0]!.points.at(-1)!.at).toBe(2)
  })

  test('with nothing to show yet is whole all the same', () => {
    const document = buildReport(aSource([{ ...aRun('a'), columns: [] }]))
    expect(words(document)).toContain('No run was evaluated before and after its training')
    expect(chartsOf(document)).toEqual([])
  })
})
