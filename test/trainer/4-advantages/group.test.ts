import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { advantagesByPart, groupAdvantages, leaveOneOutAdvantages, stepAdvantages } from '#trainer/4-advantages/group'

const rewards = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 16 })

describe('group advantages', () => {
  test('of rewards 0, 0, 1, 1: mean 1/2, deviation sqrt(1/3), so -+ sqrt(3)/2', () => {
    const expected = [-1, -1, 1, 1].map((sign) => (sign * Math.sqrt(3)) / 2)
    groupAdvantages([0, 0, 1, 1], true).forEach((advantage, i) => expect(advantage).toBeCloseTo(expected[i]!, 3))
  })

  test('without scaling are reward minus mean', () => {
    expect(groupAdvantages([0, 0.5, 1], false)).toEqual([-0.5, 0, 0.5])
  })

  test('equal rewards in a group give zero advantage', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 2, max: 16 }), (reward, size) => {
        expect(groupAdvantages(Array(size).fill(reward), true)).toEqual(Array(size).fill(0))
      }),
    )
  })

  test('add up to zero, and order rollouts as their rewards do', () => {
    fc.assert(
      fc.property(rewards, (group) => {
        const advantages = groupAdvantages(group, true)
        expect(advantages.reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 6)
        for (let i = 1; i < group.length; i++) {
          const [a, b] = [group[i - 1]!, group[i]!]
          if (a < b) expect(advantages[i - 1]!).toBeLessThanOrEqual(advantages[i]!)
        }
      }),
    )
  })

  test('an unscored rollout has advantage 0 and changes nothing for the others', () => {
    expect(groupAdvantages([0, null, 1], false)).toEqual([-0.5, 0, 0.5])
    expect(groupAdvantages([null, 1], true)).toEqual([0, 0])
  })

  test('a group of one is refused', () => {
    expect(() => groupAdvantages([1], true)).toThrow('at least 2')
  })
})

describe('advantages of a step', () => {
  const groups = [
    [0, 1],
    [0.5, 0.5],
  ]

  test('scaled by the batch: ∓1/2 over the deviation of 0, 1, 1/2, 1/2, which is sqrt(1/6)', () => {
    const [first, second] = stepAdvantages(groups, 'batch')
    expect(first![0]).toBeCloseTo(-0.5 / (Math.sqrt(1 / 6) + 1e-4), 10)
    expect(first![1]).toBe(-first![0]!)
    expect(second).toEqual([0, 0])
  })

  test('scaled by the group, or not at all, are those of each group', () => {
    expect(stepAdvantages(groups, 'group')).toEqual(groups.map((group) => groupAdvantages(group, true)))
    expect(stepAdvantages(groups, 'none')).toEqual([
      [-0.5, 0.5],
      [0, 0],
    ])
  })

  test('of a batch leave out what was not scored', () => {
    expect(stepAdvantages([[null, 0, 1]], 'batch')[0]![0]).toBe(0)
    expect(stepAdvantages([[null, 1]], 'batch')).toEqual([[0, 0]])
  })
})

describe('advantages by part', () => {
  test('do not depend on how large a part is: normalised first, a part of a thousandth of the spread counts the same', () => {
    const fine = [0, 1, 0, 1]
    const [a] = advantagesByPart([[[0, 0, 1, 1], fine.map((part) => part * 100)]], [1, 1])
    const [b] = advantagesByPart([[[0, 0, 1, 1], fine]], [1, 1])
    a!.forEach((advantage, i) => expect(advantage).toBeCloseTo(b![i]!, 3))
  })

  test('tell apart rollouts that the plain sum calls equal', () => {
    // 0.5 · (1, 0) + 0.5 · (0, 1): equal sums, but the second part has the larger weight here.
    const [advantages] = advantagesByPart(
      [
        [
          [1, 0],
          [0, 1],
        ],
      ],
      [0.2, 0.8],
    )
    expect(advantages![1]!).toBeGreaterThan(advantages![0]!)
  })

  test('of a rollout that was not scored are 0', () => {
    expect(advantagesByPart([[[null, 0, 1]]], [1])[0]![0]).toBe(0)
  })
})

describe('leave one out', () => {
  test('of 0, 0, 1: -1/2, -1/2, 1', () => expect(leaveOneOutAdvantages([0, 0, 1])).toEqual([-0.5, -0.5, 1]))

  test('are n / (n - 1) times the reward against the group’s mean, and 0 where nothing is left to compare with', () => {
    fc.assert(
      fc.property(rewards, (group) => {
        const centred = groupAdvantages(group, false)
        leaveOneOutAdvantages(group).forEach((advantage, i) =>
          expect(advantage).toBeCloseTo((centred[i]! * group.length) / (group.length - 1), 10),
        )
      }),
    )
    expect(leaveOneOutAdvantages([null, 1])).toEqual([0, 0])
  })
})
