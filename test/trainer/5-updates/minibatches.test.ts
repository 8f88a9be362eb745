import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { hasAdvantage, mergeDuplicates, packMinibatches } from '#trainer/5-updates/minibatches'
import type { TrainingSequence } from '#trainer/flow'

function aSequence(group: number, tokens: readonly number[], advantage = 1): TrainingSequence {
  return {
    promptTokens: [group],
    completionTokens: tokens,
    oldLogprobs: new Float32Array(tokens.length),
    refLogprobs: null,
    advantages: new Float32Array(tokens.length).fill(advantage),
    returns: null,
    oldValues: null,
    weight: 1,
  }
}

const sizes = fc.array(fc.integer({ min: 1, max: 8 }), { maxLength: 20 })
const groupsOf = (lengths: number[]): TrainingSequence[][] =>
  lengths.map((length, group) => Array.from({ length }, (_, i) => aSequence(group, [i])))

describe('minibatches', () => {
  test('hold every rollout exactly once, and each group whole', () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 32 }), fc.nat(), (lengths, minibatchSize, seed) => {
        const groups = groupsOf(lengths)
        const batches = packMinibatches(groups, minibatchSize, seed)
        const all = batches.flatMap(({ sequences }) => sequences)
        expect(new Set(all)).toEqual(new Set(groups.flat()))
        expect(all.length).toBe(groups.flat().length)
        for (const group of groups) {
          expect(
            batches.filter(({ sequences }) => group.some((sequence) => sequences.includes(sequence))).length,
          ).toBeLessThanOrEqual(1)
        }
      }),
    )
  })

  test('are no larger than asked for, unless one group is', () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: 32 }), fc.nat(), (lengths, minibatchSize, seed) => {
        for (const { sequences } of packMinibatches(groupsOf(lengths), minibatchSize, seed)) {
          const groups = new Set(sequences.map(({ promptTokens }) => promptTokens[0]))
          if (groups.size > 1) expect(sequences.length).toBeLessThanOrEqual(minibatchSize)
        }
      }),
    )
  })

  test('merge identical completions into one of that weight', () => {
    const merged = mergeDuplicates([aSequence(0, [1, 2]), aSequence(0, [3]), aSequence(0, [1, 2])])
    expect(merged.map(({ completionTokens, weight }) => [completionTokens, weight])).toEqual([
      [[1, 2], 2],
      [[3], 1],
    ])
  })

  test('keep identical completions apart that were judged differently', () => {
    const merged = mergeDuplicates([aSequence(0, [1, 2], 1), aSequence(0, [1, 2], -1), aSequence(0, [1, 2], 1.000_01)])
    expect(merged.map(({ advantages, weight }) => [advantages[0], weight])).toEqual([
      [1, 2],
      [-1, 1],
    ])
  })

  test('a group without any advantage cannot move the policy', () => {
    expect(hasAdvantage([aSequence(0, [1], 0), aSequence(0, [2], 0)])).toBe(false)
    expect(hasAdvantage([aSequence(0, [1], 0), aSequence(0, [2], -1)])).toBe(true)
  })
})
