import { describe, expect, test } from 'vitest'
import type { RewardProfile } from '#contract/reward-profile'
import type { Outcome, Scores } from '#contract/score'
import { weigh } from '#trainer/3-scores/weigh'
import { aConfig, aJournal, started } from '#test/support/builders'
import { profilesAt, rewardArithmetic } from '../../../src-renderer/pages/run/reward-arithmetic.ts'

const PROFILE: RewardProfile = {
  schemaVersion: 1,
  name: 'half and half',
  weights: { compilation: 1, functional: 2, synthesis: 0, reasoning: 1, quality: 0 },
  gating: 'none',
  functional: 'graded',
  normalise: 'weights',
}

function scores(functional: number, outcome: Outcome = functional === 1 ? 'passed' : 'partial'): Scores {
  const of = (value: number, how: Outcome) => ({ value, outcome: how, evidence: { summary: '' } })
  const good = of(1, 'passed')
  return { compilation: good, functional: of(functional, outcome), synthesis: good, reasoning: of(0.5, 'partial'), quality: good }
}

const sumOf = (given: Scores, profile: RewardProfile, reward: number | null) =>
  rewardArithmetic(given, profile, weigh(given, profile), reward)

describe('the arithmetic of a reward', () => {
  test('weight x value over the divisor is each part, and the parts are the reward', () => {
    // (1 x 1 + 2 x 0.5 + 1 x 0.5) / 4 = 0.625
    const sum = sumOf(scores(0.5), PROFILE, 0.625)
    expect(sum).toMatchObject({ divisor: 4, sum: 0.625, lengthCharge: 0 })
    for (const { weight, value, part } of sum.lines) expect(part).toBeCloseTo((weight * value!) / sum.divisor, 12)
  })

  test('what the gate withholds is said where it would have counted', () => {
    const sum = sumOf(scores(0.5), { ...PROFILE, gating: 'functional' }, 0.5)
    expect(sum.lines.filter(({ why }) => why !== '').map(({ component }) => component)).toEqual(['reasoning'])
    expect(sum.gate).toContain('stayed shut')
    expect(sumOf(scores(1), { ...PROFILE, gating: 'functional' }, 0.875).gate).toContain('was open')
  })

  test('a binary functional score counts 1 or 0', () => {
    expect(sumOf(scores(0.9), { ...PROFILE, functional: 'binary' }, null).lines[1]).toMatchObject({ value: 0, part: 0, why: '' })
  })

  test('what the stored reward lacks is what the length took', () => {
    expect(sumOf(scores(0.5), PROFILE, 0.375).lengthCharge).toBeCloseTo(-0.25, 12)
  })

  test('what could not be weighed has no sum', () => {
    const missing: Scores = { ...scores(1), reasoning: { unscored: 'no endpoint' } }
    expect(sumOf(missing, PROFILE, null)).toMatchObject({ sum: null, lengthCharge: 0 })
  })
})

describe('the profile that weighed a step', () => {
  const named = (name: string): RewardProfile => ({ ...aConfig().reward, name })
  const events = aJournal([
    started(),
    { type: 'reward.changed', step: 3, profile: named('second') },
    { type: 'reward.changed', step: 3, profile: named('third') },
  ])
  const names = (step: number): string[] => profilesAt(events, named('first'), step).map(({ name }) => name)

  test('is the one of the newest change before it', () => {
    expect(names(2)).toEqual(['first'])
    expect(names(4)).toEqual(['third'])
  })

  test('may be any that was in force while the step was under way', () => {
    expect(names(3)).toEqual(['third', 'second', 'first'])
  })
})
