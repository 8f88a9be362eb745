import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Interval } from '#statistics/bootstrap'
import { pairedSeedTest } from '#statistics/seeds'
import { crossedInterval, crossedShareInterval, tableDifference, taskInterval } from '#statistics/seeds-and-tasks'
import { mean } from '#statistics/pass-at-k'
import { verdict, whoIsAhead } from '#statistics/verdict'
import { createRandom, type Random } from '#trainer/math/random'
import { normal, share, simulateArm, type Arm } from './simulate.ts'

const sentence = (difference: Interval, seedCount = 3): string =>
  verdict({ rate: 'Functional pass@1', first: 'PPO', second: 'GRPO', difference, seedCount })

describe('a verdict', () => {
  test('names who is ahead and by how much, whichever side it is', () => {
    expect(sentence({ mean: 0.083, low: 0.021, high: 0.145 })).toBe(
      'Functional pass@1: GRPO is ahead of PPO by 8.3 points [2.1, 14.5].',
    )
    expect(sentence({ mean: -0.083, low: -0.145, high: -0.021 })).toBe(
      'Functional pass@1: PPO is ahead of GRPO by 8.3 points [2.1, 14.5].',
    )
  })

  test('says that no difference is shown where the interval holds 0, or touches it', () => {
    expect(sentence({ mean: 0.012, low: -0.04, high: 0.064 })).toBe(
      'Functional pass@1: no difference shown between PPO and GRPO (+1.2 points [-4.0, 6.4]).',
    )
    expect(whoIsAhead({ mean: 0.1, low: 0, high: 0.2 })).toBe('neither')
    expect(sentence({ mean: 0, low: 0, high: 0 })).toContain('no difference shown')
  })

  test('of one seed says that other seeds may differ', () => {
    expect(sentence({ mean: 0.1, low: 0.05, high: 0.15 }, 1)).toMatch(/One seed: other seeds may differ\.$/)
  })
})

const TASKS = 80
const SIZE = { seeds: 3, samples: 4 }

interface Trial {
  readonly difference: number[][]
  /** Expected difference over all tasks and seeds. */
  readonly truth: number
}

/** Two arms on new tasks; `leanSpread`: how differently the arms help from task to task. */
function simulated(random: Random, leanSpread: number, first: Arm, second: Arm): number[][] {
  const difficulties = Array.from({ length: TASKS }, () => 2 * normal(random))
  const leanings = (): number[] => difficulties.map(() => leanSpread * normal(random))
  return tableDifference(
    simulateArm(random, difficulties, leanings(), first, SIZE),
    simulateArm(random, difficulties, leanings(), second, SIZE),
  )
}

const NULLS: readonly (readonly [name: string, leanSpread: number, arm: Arm])[] = [
  ['seeds and tasks agree', 0, { effect: 0.5, seedSpread: 0 }],
  ['seeds differ', 0, { effect: 0.5, seedSpread: 0.3 }],
  ['tasks differ', 0.8, { effect: 0.5, seedSpread: 0 }],
  ['both differ', 0.8, { effect: 0.5, seedSpread: 0.2 }],
]

describe('an experiment of three seeds', () => {
  test.each(NULLS)('without a difference says so in at least 93 of 100 simulations: %s', (_, leanSpread, arm) => {
    const random = createRandom(11)
    const trials = Array.from({ length: 1_000 }, () => simulated(random, leanSpread, arm, arm))
    expect(share(trials, (trial) => whoIsAhead(crossedInterval(trial)) === 'neither')).toBeGreaterThanOrEqual(0.93)
  })

  test('with a difference holds its size in at least 93 of 100 simulations, and shows it in most', () => {
    const random = createRandom(12)
    const [before, after] = [
      { effect: 0, seedSpread: 0.15 },
      { effect: 1, seedSpread: 0.15 },
    ]
    // The truth by many simulations.
    const truth = mean(Array.from({ length: 3_000 }, () => mean(simulated(random, 0.5, before, after).map(mean))))
    const trials = Array.from({ length: 600 }, (): Trial => ({ difference: simulated(random, 0.5, before, after), truth }))
    const holds = ({ difference }: Trial): boolean => {
      const { low, high } = crossedInterval(difference)
      return low <= truth && truth <= high
    }
    expect(share(trials, holds)).toBeGreaterThanOrEqual(0.93)
    expect(share(trials, ({ difference }) => whoIsAhead(crossedInterval(difference)) === 'second')).toBeGreaterThan(0.8)
  })

  test('is not to be judged by its seeds alone, nor by its tasks alone: both find differences that are not there', () => {
    const random = createRandom(13)
    const tasksDiffer = Array.from({ length: 400 }, () => simulated(random, 1.5, NULLS[0]![2], NULLS[0]![2]))
    const overSeeds = (trial: number[][]): Interval => pairedSeedTest(SIZE_ZEROS, trial.map(mean))!
    expect(share(tasksDiffer, (trial) => whoIsAhead(overSeeds(trial)) === 'neither')).toBeLessThan(0.9)
    const arm = { effect: 0.5, seedSpread: 0.5 }
    const seedsDiffer = Array.from({ length: 200 }, () => simulated(random, 0, arm, arm))
    expect(share(seedsDiffer, (trial) => whoIsAhead(taskInterval(trial, random.next)) === 'neither')).toBeLessThan(0.85)
  })
})

const SIZE_ZEROS = Array.from({ length: SIZE.seeds }, () => 0)

describe('the interval over seeds and tasks', () => {
  const tables = fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 2, max: 12 })).chain(([seeds, tasks]) =>
    fc.array(fc.array(fc.integer({ min: -4, max: 4 }), { minLength: tasks, maxLength: tasks }), {
      minLength: seeds,
      maxLength: seeds,
    }),
  )

  test('does not depend on the order of seeds or tasks, and turns round with its sign', () => {
    fc.assert(
      fc.property(tables, (table) => {
        const here = crossedInterval(table)
        const turned = crossedInterval(table.toReversed().map((row) => row.toReversed().map((value) => -value)))
        expect(turned.mean).toBeCloseTo(-here.mean, 9)
        expect(turned.low).toBeCloseTo(-here.high, 9)
        expect(turned.high).toBeCloseTo(-here.low, 9)
      }),
    )
  })

  test('of one seed is Student’s over its tasks: 1, 2, 3 give 2 ± 2.484', () => {
    const { mean: centre, low } = crossedInterval([[1, 2, 3]])
    expect([centre.toFixed(3), low.toFixed(3)]).toEqual(['2.000', '-0.484'])
  })

  test('by hand: seeds (0, 2) and (2, 4): MS of seeds 4, of tasks 4, mean 2, error sqrt(8 / 4), 2 degrees of freedom', () => {
    // Means of seeds 1, 3 and of tasks 1, 3 about 2: MS = 2 x (1 + 1) / 1 = 4 each; freedom = 8² / (16 + 16) = 2.
    const { low } = crossedInterval([
      [0, 2],
      [2, 4],
    ])
    expect(low).toBeCloseTo(2 - 4.3027 * Math.sqrt(2), 3)
  })

  test('equal differences everywhere leave no doubt', () => {
    expect(
      crossedInterval([
        [0, 0],
        [0, 0],
      ]),
    ).toEqual({ mean: 0, low: 0, high: 0 })
  })
})

describe('two tables', () => {
  test('are taken apart seed by seed and task by task; one of one seed stands against every seed', () => {
    expect(
      tableDifference(
        [[1, 2]],
        [
          [2, 2],
          [3, 5],
        ],
      ),
    ).toEqual([
      [1, 0],
      [2, 3],
    ])
    expect(
      tableDifference(
        [
          [1, 2],
          [3, 4],
        ],
        [
          [1, 1],
          [1, 1],
        ],
      ),
    ).toEqual([
      [0, -1],
      [-2, -3],
    ])
  })

  test('of other tasks, or of two and three seeds, do not pair', () => {
    expect(() => tableDifference([[1, 2]], [[1]])).toThrow('do not pair')
    expect(() => tableDifference([[1], [1]], [[1], [1], [1]])).toThrow('do not pair')
  })
})

test('an interval of shares stays between 0 and 1, however far apart two seeds are', () => {
  const far = [
    [1, 1, 1],
    [0.5, 1, 1],
  ]
  expect(crossedInterval(far).high).toBeGreaterThan(1)
  expect(crossedShareInterval(far)).toEqual({ ...crossedInterval(far), high: 1 })
})
