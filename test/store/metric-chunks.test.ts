/** Metrics that lie in chunks read as if they lay one by one, however the journal came in and whatever was taken back. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { JournalEntry } from '#contract/journal'
import { openDatabase } from '#store/database'
import { CHUNK_STEPS } from '#store/metric-chunks'
import { stepsPerPointOf } from '#store/metrics'
import { SqliteStore } from '#store/sqlite-store'
import { aConfig, aJournal, started, stepFinished } from '#test/support/run-builders'

const KEY = 'train/functional_rate'

function aStore(): { store: SqliteStore; chunkCount: () => number; rowCount: () => number } {
  const database = openDatabase(':memory:')
  const store = new SqliteStore(database)
  store.addRun({ id: 'a', config: aConfig(), createdAt: '2026-01-01T00:00:00.000Z' })
  const count = (table: string) => (): number => database.prepare(`SELECT count(*) FROM ${table}`).pluck().get() as number
  return { store, chunkCount: count('metric_chunks'), rowCount: count('metrics') }
}

/** Takes entries in, in parts of some length. */
function ingest(store: SqliteStore, entries: readonly JournalEntry[], partLength: number): void {
  const events = aJournal(entries)
  for (let start = 0; start < events.length; start += partLength) {
    const part = events.slice(start, start + partLength)
    store.ingest('a', { events: part, endByte: start + part.length, rollouts: [] })
  }
}

const stepsTo = (last: number, first = 1, value = (step: number) => step / 7): JournalEntry[] =>
  Array.from({ length: last - first + 1 }, (_, i) => stepFinished(first + i, value(first + i)))

/** What the column is by the events alone. */
function expected(entries: readonly JournalEntry[]): [number, number][] {
  const points = new Map<number, number>()
  for (const entry of entries) {
    if (entry.type === 'rewound') for (const step of points.keys()) if (step > entry.toStep) points.delete(step)
    if (entry.type === 'step.finished') points.set(entry.step, entry.metrics[KEY]!)
  }
  return [...points]
}

function column(store: SqliteStore): [number, number][] {
  const { steps, values } = store.metrics('a', [KEY], Infinity)[0]!
  return steps.map((step, i) => [step, values[i]!])
}

describe('a column', () => {
  test('is that of the journal, in parts of any length, with steps taken back anywhere', () => {
    const rewind = fc.tuple(fc.nat(700), fc.nat(300))
    fc.assert(
      fc.property(fc.array(rewind, { maxLength: 3 }), fc.integer({ min: 1, max: 900 }), (rewinds, partLength) => {
        const entries: JournalEntry[] = [started(), ...stepsTo(600)]
        let reached = 600
        for (const [i, [back, further]] of rewinds.entries()) {
          const toStep = Math.max(0, reached - back)
          reached = toStep + further
          entries.push({ type: 'rewound', toStep }, ...stepsTo(reached, toStep + 1, (step) => step * (i + 2)))
        }
        const { store } = aStore()
        ingest(store, entries, partLength)
        expect(column(store)).toEqual(expected(entries))
        expect(store.figures('a').latest[KEY]).toBe(expected(entries).at(-1)?.[1])
      }),
      { numRuns: 40 },
    )
  })

  test('lies in chunks but for the steps since the last one was full', () => {
    const { store, chunkCount, rowCount } = aStore()
    ingest(store, [started(), ...stepsTo(3 * CHUNK_STEPS + 9)], 100)
    // Two metrics a step; chunk 0 has no step 0, the last one is open.
    expect([chunkCount(), rowCount()]).toEqual([2 * 3, 2 * 10])
  })

  test('has its least and greatest values still when it is drawn from afar', () => {
    const { store } = aStore()
    const peak = 10 * CHUNK_STEPS + 17
    ingest(
      store,
      [started(), ...stepsTo(20 * CHUNK_STEPS, 1, (step) => (step === peak ? 99 : step === peak + 1 ? -99 : 0.5))],
      5000,
    )
    const { stepsPerPoint, columns } = store.history('a', [KEY], 12)
    expect(stepsPerPoint).toBe(2 * CHUNK_STEPS)
    const [far] = columns
    expect(far!.steps).toHaveLength(11)
    expect([Math.min(...far!.lowest!), Math.max(...far!.highest!)]).toEqual([-99, 99])
    expect(far!.highest!.indexOf(99)).toBe(5)
    expect(far!.means[5]).toBeCloseTo(0.5 + (99 - 99 - 1) / (2 * CHUNK_STEPS), 9)
  })
})

test('points from afar are of whole chunks', () => {
  expect([stepsPerPointOf(2000, 2000), stepsPerPointOf(100_001, 2000), stepsPerPointOf(1e6, 2000)]).toEqual([
    1,
    51,
    2 * CHUNK_STEPS,
  ])
})

test('the figures of a list are made anew when the journal says more, and only then', () => {
  const { store } = aStore()
  ingest(store, [started(), ...stepsTo(3)], 10)
  const before = store.figures('a')
  expect(store.figures('a')).toEqual(before)
  expect([...store.allFigures()]).toEqual([['a', before]])
  store.ingest('a', { events: aJournal([stepFinished(4, 0.25)], 5), endByte: 9, rollouts: [] })
  expect(store.figures('a').latest[KEY]).toBe(0.25)
})

test('runs of other lengths have points at the same steps, each the mean of its stretch', () => {
  const { store } = aStore()
  store.addRun({ id: 'b', config: aConfig(), createdAt: '2026-01-01T00:00:00.000Z' })
  ingest(store, [started(), ...stepsTo(20, 1, (step) => step)], 100)
  store.ingest('b', { events: aJournal([started(), ...stepsTo(8, 1, (step) => 10 * step)]), endByte: 1, rollouts: [] })
  const { a, b } = store.together(['a', 'b'], [KEY], 7)
  // Stretches of three steps: 1 to 2, 3 to 5, 6 to 8, and so on.
  expect(a![0]).toEqual({ key: KEY, steps: [2, 5, 8, 11, 14, 17, 20], values: [1.5, 4, 7, 10, 13, 16, 19] })
  expect(b![0]).toEqual({ key: KEY, steps: [2, 5, 8], values: [15, 40, 70] })
})
