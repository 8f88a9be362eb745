import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { openDatabase } from '#store/database'
import { entriesOf, gathered as gatheredPoints, joined, pointsOf, thinned } from '#store/points'
import { SqliteStore } from '#store/sqlite-store'
import { aConfig, aJournal, started, stepFinished } from '#test/support/run-builders'

const gathered = (rows: readonly (readonly [number, number])[], stepsPerPoint: number): ReturnType<typeof gatheredPoints> =>
  gatheredPoints(pointsOf(rows), stepsPerPoint)

const line = fc
  .array(fc.double({ noNaN: true, noDefaultInfinity: true }), { maxLength: 400 })
  .map((ys) => pointsOf(ys.map((y, x) => [x, y] as const)))

describe('thinned points', () => {
  test('a short line stays as it is', () => {
    const short = pointsOf([
      [0, 3],
      [1, 1],
      [2, 2],
    ])
    expect(thinned(short, 3)).toEqual(short)
  })

  test('ends, the lowest and the highest point stay; order stays; there are never more than asked for', () => {
    fc.assert(
      fc.property(line, fc.integer({ min: 4, max: 60 }), (points, maxPoints) => {
        const kept = thinned(points, maxPoints)
        const steps = [...kept.steps]
        expect(steps.length).toBeLessThanOrEqual(maxPoints)
        if (points.steps.length === 0) return
        expect([steps[0], steps.at(-1)]).toEqual([points.steps[0], points.steps.at(-1)])
        expect(Math.min(...kept.values)).toBe(Math.min(...points.values))
        expect(Math.max(...kept.values)).toBe(Math.max(...points.values))
        expect(steps.every((step, i) => i === 0 || step > steps[i - 1]!)).toBe(true)
      }),
    )
  })
})

test('joined points are in order, each step once, the later ones standing for the earlier', () => {
  const some = fc.array(fc.tuple(fc.nat(50), fc.double({ noNaN: true })))
  fc.assert(
    fc.property(some, some, (earlier, later) => {
      const [first, second] = [pointsOf(new Map(earlier)), pointsOf(new Map(later))]
      const expected = [...new Map([...earlier, ...later])].sort(([a], [b]) => a - b)
      expect([...entriesOf(joined(first, second))]).toEqual(expected)
    }),
  )
})

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
