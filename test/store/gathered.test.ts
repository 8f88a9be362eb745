import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openDatabase } from '#store/database'
import { gathered } from '#store/gathered'
import { SqliteStore } from '#store/sqlite-store'
import { aConfig, aJournal, started, stepFinished } from '#test/support/run-builders'

describe('gathered points', () => {
  test('of one step each are the rows themselves', () => {
    expect(
      gathered(
        [
          [1, 5],
          [3, 7],
        ],
        1,
      ),
    ).toEqual({ steps: [1, 3], means: [5, 7], lowest: null, highest: null })
  })

  test('hold mean, least and greatest of their steps, and stand at the last of them', () => {
    // Stretches of 3 steps: (1, 2) · (3, 5) · (9).
    const rows = [
      [1, 4],
      [2, 8],
      [3, 1],
      [5, 2],
      [9, 6],
    ] as const
    expect(gathered(rows, 3)).toEqual({ steps: [2, 5, 9], means: [6, 1.5, 6], lowest: [4, 1, 6], highest: [8, 2, 6] })
  })

  test('of columns with the same steps stand at the same steps', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.nat(500)), fc.integer({ min: 1, max: 40 }), (unordered, stepsPerPoint) => {
        const steps = unordered.toSorted((a, b) => a - b)
        const of = (value: (step: number) => number) =>
          gathered(
            steps.map((step) => [step, value(step)]),
            stepsPerPoint,
          )
        expect(of((step) => step).steps).toEqual(of((step) => -step).steps)
      }),
    )
  })
})

test('a history has the landmarks and at most so many points, whatever the length of the run', () => {
  const store = new SqliteStore(openDatabase(':memory:'))
  store.addRun({ id: 'a', config: aConfig(), createdAt: '2026-01-01T00:00:00.000Z' })
  const steps = Array.from({ length: 95 }, (_, i) => stepFinished(i + 1))
  const saved = { type: 'checkpoint.saved', step: 95, directory: 'checkpoints/step-000095' } as const
  store.ingest('a', { events: aJournal([started(), ...steps, saved]), endByte: 1, rollouts: [] })
  const history = store.history('a', ['train/functional_rate', 'none'], 10)
  expect(history).toMatchObject({ lastSeq: 97, step: 95, stepsPerPoint: 10 })
  expect(history.landmarks.map(({ type }) => type)).toEqual(['run.started', 'checkpoint.saved'])
  expect(history.columns[0]!.steps).toEqual([9, 19, 29, 39, 49, 59, 69, 79, 89, 95])
  expect(history.columns[1]!.steps).toEqual([])
  expect(store.history('a', ['train/functional_rate'], 96).columns[0]!.lowest).toBeNull()
})
