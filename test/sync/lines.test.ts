import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { JournalEntry, JournalEvent } from '#contract/journal'
import { openDatabase } from '#store/database'
import { SqliteStore } from '#store/sqlite-store'
import { LateEvent, LineFold, lineText, linesOf, rewindsIn, type Line, type LineOptions } from '#sync/lines'
import { summaryOf } from '#sync/summary'
import { aConfig, aJournal, started, stepFinished } from '#test/support/run-builders'

const OPTIONS: LineOptions = { startMs: Date.UTC(2026, 0, 1, 0, 0, 1), aliases: [], media: new Map() }

const evaluated = (step: number, passAt1: number): JournalEntry => ({
  type: 'eval.finished',
  step,
  split: 'validation',
  datasetHash: 'h',
  metrics: { 'eval/pass@1': passAt1 },
})

describe('lines', () => {
  test('the number of a line is its step: the base evaluation is line 0, and a step’s evaluation stands in the step’s line', () => {
    const events = aJournal([started(), evaluated(0, 0.1), stepFinished(1), stepFinished(2), evaluated(2, 0.2)])
    expect(linesOf(events, OPTIONS).map(lineText)).toEqual([
      '{"_step":0,"_runtime":1,"_timestamp":1767225602,"eval/pass@1":0.1}',
      '{"_step":1,"_runtime":2,"_timestamp":1767225603,"timing_s/step":1,"train/functional_rate":0.1}',
      '{"_step":2,"_runtime":3,"_timestamp":1767225604,"eval/pass@1":0.2,"timing_s/step":2,"train/functional_rate":0.2}',
    ])
  })

  test('a number of which nothing was measured is a line with its step alone', () => {
    const events = aJournal([started(3), stepFinished(5)])
    expect(linesOf(events, OPTIONS).slice(0, 5).map(lineText)).toEqual([0, 1, 2, 3, 4].map((step) => `{"_step":${step}}`))
  })

  test('a value that is not finite is left out, and so is a key that only W&B may set', () => {
    const metrics = { 'train/a': Infinity, 'train/b': NaN, 'train/c': 1, _step: 7 }
    const events = [{ ...aJournal([stepFinished(1)])[0]!, metrics } as JournalEvent]
    expect(linesOf(events, OPTIONS)[1]!.values).toEqual({ _step: 1, _runtime: 0, _timestamp: 1767225601, 'train/c': 1 })
  })

  test('names of other systems stand beside ours', () => {
    const metrics = { 'train/reward': 0.5, 'train/clip_ratio/low': 0.25, 'train/clip_ratio/high': 0.5 }
    const events = aJournal([{ type: 'step.finished', step: 0 as 1, metrics, rolloutFile: '' }])
    const [line] = linesOf(events, { ...OPTIONS, aliases: ['trl', 'verl', 'seed'] })
    expect(line!.values).toMatchObject({
      ...metrics,
      'objective/scores': 0.5,
      'critic/score/mean': 0.5,
      'train/mean_reward': 0.5,
      'policy/clipfrac_avg': 0.75,
    })
  })

  test('lines are those of the store, whether they are read at once or event by event, for any journal', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 40 }), (entries) => {
        const events = aJournal([started(), ...entries])
        const lines = linesOf(events, OPTIONS)
        expect(folded(events).sort(([a], [b]) => a - b)).toEqual(lines.map((line) => [line.number, lineText(line)]))
        expect(measuredIn(lines)).toEqual(storedOf(events))
      }),
      { numRuns: 200 },
    )
  })

  test('the summary has the newest value of each key', () => {
    const lines = linesOf(aJournal([started(), evaluated(0, 0.1), stepFinished(1), stepFinished(2)]), OPTIONS)
    const summary = { 'eval/pass@1': 0.1, 'train/functional_rate': 0.2, _step: 2, _runtime: 3, _wandb: { runtime: 3 } }
    expect(summaryOf(lines)).toMatchObject(summary)
    expect(summaryOf(lines.toReversed())).toEqual(summaryOf(lines))
  })
})

const step = fc.integer({ min: 0, max: 8 })
/** Also what a trainer would not write: late and repeated measurements. */
const entry: fc.Arbitrary<JournalEntry> = fc.oneof(
  step.map((at) => stepFinished(Math.max(1, at))),
  step.map((at) => evaluated(at, at / 8)),
  step.map((toStep): JournalEntry => ({ type: 'rewound', toStep })),
)

/** Number and text of each line, as a reader gets them. */
function folded(events: readonly JournalEvent[]): [number, string][] {
  const lateSteps = new Set<number>()
  for (;;) {
    const fold = new LineFold(OPTIONS, rewindsIn(events), lateSteps)
    try {
      const lines = [...events.flatMap((event) => fold.take(event)), ...fold.rest()]
      return lines.map((line) => [line.number, lineText(line)])
    } catch (error) {
      if (!(error instanceof LateEvent)) throw error
      lateSteps.add(error.step)
    }
  }
}

function measuredIn(lines: readonly Line[]): Record<string, number[][]> {
  const columns: Record<string, number[][]> = {}
  for (const { number, values } of lines) {
    for (const [key, value] of Object.entries(values)) {
      if (!key.startsWith('_')) (columns[key] ??= []).push([number, value as number])
    }
  }
  return columns
}

function storedOf(events: readonly JournalEvent[]): Record<string, number[][]> {
  const store = new SqliteStore(openDatabase(':memory:'))
  store.addRun({ id: 'a', config: aConfig(), createdAt: '2026-01-01T00:00:00.000Z' })
  store.ingest('a', { events, endByte: 0, rollouts: [] })
  const columns = store.metrics('a', [], 1_000)
  store.close()
  return Object.fromEntries(columns.map(({ key, steps, values }) => [key, steps.map((at, i) => [at, values[i]!])]))
}
