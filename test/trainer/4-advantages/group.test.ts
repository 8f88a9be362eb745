import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { groupAdvantages } from '#trainer/4-advantages/group'

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
