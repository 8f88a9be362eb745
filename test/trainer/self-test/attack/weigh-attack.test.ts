/** The scores of one attack under other profiles: what cheats earn, and which single setting ends it. Scores of real designs, by the real scorer. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { attackScoresSchema, type AttackScores } from '#contract/reward-attack'
import type { RewardProfile } from '#contract/reward-profile'
import { createScorer } from '#trainer/3-scores/scorer'
import { attackReward } from '#trainer/self-test/attack/attack-reward'
import { weighAttack } from '#trainer/self-test/attack/weigh-attack'
import { VICTIM } from '#test/support/hostile'
import { aConfig } from '#test/support/run-builders'
import { importedTask } from '#test/support/verilog'

const scorer = createScorer({ workers: 1 })
let scores: AttackScores

beforeAll(async () => {
  scores = await attackReward({ tasks: [VICTIM, importedTask(null)], scorer, seed: 1 })
}, 120_000)
afterAll(() => scorer.close())

const { reward } = aConfig()
const withWeights = (weights: Partial<RewardProfile['weights']>, changes: Partial<RewardProfile> = {}): RewardProfile => ({
  ...reward,
  ...changes,
  weights: { compilation: 0, functional: 0, synthesis: 0, reasoning: 0, quality: 0, ...weights },
})
/** The profile with a remedy's change. */
function changed(profile: RewardProfile, setting: string, value: number | string): RewardProfile {
  const [, part, component] = setting.split('.')
  return component === undefined
    ? { ...profile, [part!]: value }
    : { ...profile, weights: { ...profile.weights, [component]: value as number } }
}

test('scores cross a process and come back as they were; their evidence is a sentence', () => {
  expect(attackScoresSchema.parse(JSON.parse(JSON.stringify(scores)))).toEqual(scores)
  expect(Object.keys(scores.tasks[0]!.right.functional)).toContain('evidence')
  expect(JSON.stringify(scores)).not.toContain('counterexample')
})

test('weighing again gives what an attack with that profile gives', async () => {
  const profile = withWeights({ compilation: 1, quality: 1 })
  const again = await attackReward({ tasks: [VICTIM, importedTask(null)], scorer, seed: 1 })
  expect(weighAttack(scores, profile)).toEqual(weighAttack(again, profile))
  expect(weighAttack(scores, reward).skippedCount).toBe(1)
})

describe('a remedy', () => {
  test('is not needed where no cheat is worth it', () => {
    expect(weighAttack(scores, reward).remedies).toEqual([])
  })

  test.each<[string, RewardProfile]>([
    ['half for compiling', withWeights({ compilation: 1, functional: 1 }, { functional: 'binary' })],
    ['most for quality', withWeights({ compilation: 0.2, functional: 0.5, quality: 10 })],
    ['all for compiling', withWeights({ compilation: 1 })],
  ])('ends it alone, and so does each of several: %s', (_, profile) => {
    const { remedies, cheats } = weighAttack(scores, profile)
    if (!cheats.some(({ isWorthIt }) => isWorthIt)) return expect(remedies).toEqual([])
    for (const { setting, value } of remedies) {
      const after = weighAttack(scores, changed(profile, setting, value))
      expect(
        after.cheats.filter(({ isWorthIt }) => isWorthIt).map(({ cheat }) => cheat),
        `${setting}=${value}`,
      ).toEqual([])
    }
  })

  test('for a reward that is half for compiling and all or nothing else: the honest failure gets its part', () => {
    const { remedies } = weighAttack(scores, withWeights({ compilation: 1, functional: 1 }, { functional: 'binary' }))
    expect(remedies.map(({ setting }) => setting)).toContain('reward.weights.compilation')
  })
})

test('a profile that asks about what was not scored weighs nothing, and says that nothing was tried', () => {
  const unscored: AttackScores = {
    ...scores,
    tasks: scores.tasks.map((task) => ({ ...task, right: { ...task.right, reasoning: { unscored: 'no answer' } } })),
  }
  expect(weighAttack(unscored, withWeights({ reasoning: 1 }))).toMatchObject({ taskCount: 0, skippedCount: 2, cheats: [] })
  expect(weighAttack(unscored, withWeights({ compilation: 1 }))).toMatchObject({ taskCount: 1 })
})
