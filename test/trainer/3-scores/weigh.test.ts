import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rewardProfileSchema, type RewardProfile } from '#contract/reward-profile'
import { COMPONENTS, OUTCOMES, type Component, type Score, type Scores } from '#contract/score'
import { weigh } from '#trainer/3-scores/weigh'

const score = (value: number, outcome = value === 1 ? 'passed' : value > 0 ? 'partial' : 'failed'): Score =>
  ({ value, outcome, evidence: { summary: '' } }) as Score
const ALL_PASSED: Scores = {
  compilation: score(1),
  functional: score(1),
  synthesis: score(1),
  reasoning: score(1),
  quality: score(1),
}
const PROFILE: RewardProfile = {
  schemaVersion: 1,
  name: 'test',
  weights: { compilation: 1, functional: 4, synthesis: 1, reasoning: 2, quality: 2 },
  gating: 'none',
  functional: 'graded',
  normalise: 'weights',
}

const weight = fc.oneof(fc.constant(0), fc.double({ min: 0, max: 100, noNaN: true }))
const anyProfile: fc.Arbitrary<RewardProfile> = fc
  .record({
    schemaVersion: fc.constant(1 as const),
    name: fc.constant('any'),
    weights: fc.record({ compilation: weight, functional: weight, synthesis: weight, reasoning: weight, quality: weight }),
    gating: fc.constantFrom('none' as const, 'compile' as const, 'functional' as const),
    functional: fc.constantFrom('graded' as const, 'binary' as const),
    normalise: fc.constantFrom('weights' as const, 'none' as const),
  })
  .filter((profile) => rewardProfileSchema.safeParse(profile).success)
const anyScore: fc.Arbitrary<Score> = fc
  .record({ value: fc.double({ min: 0, max: 1, noNaN: true }), outcome: fc.constantFrom(...OUTCOMES) })
  .map(({ value, outcome }) => score(outcome === 'passed' ? 1 : outcome === 'partial' ? value : 0, outcome))
const anyScores = fc.record(
  Object.fromEntries(COMPONENTS.map((component) => [component, anyScore])) as Record<Component, typeof anyScore>,
)

const close = (a: number, b: number): void => expect(Math.abs(a - b)).toBeLessThan(1e-9 * Math.max(1, Math.abs(b)))

describe('reward', () => {
  test('by hand: 1·1 + 4·0.5 + 1·1 + 2·0.5 + 2·0 = 5 of 10, so 0.5', () => {
    const scores = { ...ALL_PASSED, functional: score(0.5), reasoning: score(0.5), quality: score(0) }
    expect(weigh(scores, PROFILE)).toEqual({
      reward: 0.5,
      parts: { compilation: 0.1, functional: 0.2, synthesis: 0.1, reasoning: 0.1, quality: 0 },
    })
    expect(weigh(scores, { ...PROFILE, normalise: 'none' }).reward).toBe(5)
  })

  test('a normalised reward is between 0 and 1, and all passed is 1', () => {
    fc.assert(
      fc.property(anyScores, anyProfile, (scores, profile) => {
        const normalised = { ...profile, normalise: 'weights' as const }
        const { reward } = weigh(scores, normalised)
        expect(reward).toBeGreaterThanOrEqual(0)
        expect(reward).toBeLessThanOrEqual(1 + 1e-9)
        close(weigh(ALL_PASSED, normalised).reward!, 1)
      }),
    )
  })

  test('the parts add up to the reward', () => {
    fc.assert(
      fc.property(anyScores, anyProfile, (scores, profile) => {
        const { reward, parts } = weigh(scores, profile)
        close(
          Object.values(parts).reduce((sum, part) => sum + part, 0),
          reward!,
        )
      }),
    )
  })

  test('a better score never lowers the reward', () => {
    fc.assert(
      fc.property(anyScores, anyProfile, fc.constantFrom(...COMPONENTS), (scores, profile, component) => {
        const better = { ...scores, [component]: score(1) }
        expect(weigh(better, profile).reward! + 1e-9).toBeGreaterThanOrEqual(weigh(scores, profile).reward!)
      }),
    )
  })

  test('a gate never raises the reward', () => {
    fc.assert(
      fc.property(anyScores, anyProfile, (scores, profile) => {
        const open = weigh(scores, { ...profile, gating: 'none' }).reward!
        for (const gating of ['compile', 'functional'] as const)
          expect(weigh(scores, { ...profile, gating }).reward!).toBeLessThanOrEqual(open + 1e-9)
      }),
    )
  })

  test('refused by the guard is 0, whatever else it scored', () => {
    fc.assert(
      fc.property(anyScores, anyProfile, (scores, profile) => {
        expect(weigh({ ...scores, compilation: score(0, 'refused') }, profile).reward).toBe(0)
      }),
    )
  })

  test('gating by compilation pays nothing for what does not compile', () => {
    const scores = { ...ALL_PASSED, compilation: score(0, 'compile-error') }
    expect(weigh(scores, { ...PROFILE, gating: 'compile' }).reward).toBe(0)
    const weightless = { ...PROFILE.weights, compilation: 0 }
    expect(weigh(scores, { ...PROFILE, weights: weightless, gating: 'compile' }).reward).toBe(0)
  })

  test('gating by function pays compilation and function alone until the function passes', () => {
    const scores = { ...ALL_PASSED, functional: score(0.75) }
    expect(weigh(scores, { ...PROFILE, gating: 'functional' }).reward).toBeCloseTo((1 + 4 * 0.75) / 10, 12)
  })

  test('a binary function pays 0 for 99 of 100 cycles', () => {
    const scores = { ...ALL_PASSED, functional: score(0.99) }
    expect(weigh(scores, { ...PROFILE, functional: 'binary' }).parts.functional).toBe(0)
    expect(weigh(ALL_PASSED, { ...PROFILE, functional: 'binary' }).parts.functional).toBeCloseTo(0.4, 12)
  })

  test('an unscored component with weight leaves no reward, one without weight changes nothing', () => {
    const scores = { ...ALL_PASSED, reasoning: { unscored: 'the judge is away' } }
    expect(weigh(scores, PROFILE).reward).toBeNull()
    expect(weigh(scores, { ...PROFILE, weights: { ...PROFILE.weights, reasoning: 0 } }).reward).toBe(1)
  })

  test('an unscored component that a gate asks about leaves no reward, even without weight', () => {
    const away = { unscored: 'the tool is absent' }
    const noWeight = (component: Component): RewardProfile['weights'] => ({ ...PROFILE.weights, [component]: 0 })
    expect(
      weigh({ ...ALL_PASSED, compilation: away }, { ...PROFILE, weights: noWeight('compilation'), gating: 'compile' }).reward,
    ).toBeNull()
    expect(
      weigh({ ...ALL_PASSED, functional: away }, { ...PROFILE, weights: noWeight('functional'), gating: 'functional' }).reward,
    ).toBeNull()
  })
})
