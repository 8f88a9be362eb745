import { expect, test } from 'vitest'
import type { AttackReport, CheatResult } from '#contract/reward-attack'
import { aConfig } from '#test/support/builders'
import { remedied, remedyWords, verdictWords, worstWords } from '../../../src-renderer/pages/reward/attack-words.ts'

const { reward } = aConfig()
const aCheat = (cheat: string, meanReward: number, isWorthIt = false): CheatResult => ({
  cheat,
  meanReward,
  worst: { taskId: 'gate-001', reward: meanReward, honest: 0.4, paidBy: ['compilation', 'quality'] },
  isWorthIt,
})
const aReport = (cheats: readonly CheatResult[], taskCount = 8): AttackReport => ({
  profile: 'starter',
  taskCount,
  skippedCount: 0,
  right: 0.98,
  honest: 0.4,
  cheats,
  remedies: [],
})

test('a verdict names the best paid cheat beside an honest failure and the right answer', () => {
  expect(verdictWords(aReport([aCheat('own-input-driven', 0.25), aCheat('latch', 0)]))).toEqual({
    isSafe: true,
    words:
      'No cheat is worth it: the best paid, own input driven, earns 0.25 in the mean, an honest failure 0.4, the right answer 0.98.',
  })
  expect(verdictWords(aReport([aCheat('latch', 0)])).words).toBe(
    'No cheat earns anything; an honest failure 0.4, the right answer 0.98.',
  )
})

test('a cheat that is worth it is named, though another one is paid more in the mean', () => {
  const cheats = [aCheat('latch', 0.39), aCheat('empty-body', 0.3, true), aCheat('early-finish', 0.2, true)]
  expect(verdictWords(aReport(cheats))).toEqual({
    isSafe: false,
    words:
      'Cheating pays: empty body earns 0.3 in the mean, an honest failure 0.4, the right answer 0.98. 1 other cheat pays as well.',
  })
})

test('where nothing could be weighed nothing is called safe', () => {
  expect(verdictWords(aReport([], 0))).toMatchObject({ isSafe: false })
})

test('the worst task has both rewards and what pays', () => {
  expect(worstWords(aCheat('latch', 0.5))).toBe('gate-001: 0.5 against 0.4, paid by Compilation, Quality')
})

test('a remedy is said with the value before and after, and changes that setting alone', () => {
  const weight = { setting: 'reward.weights.compilation', value: 0.1 }
  expect(remedyWords(weight, reward)).toBe(`Compilation: ${reward.weights.compilation} → 0.1`)
  expect(remedied(reward, weight)).toEqual({ ...reward, weights: { ...reward.weights, compilation: 0.1 } })
  const gate = { setting: 'reward.gating', value: 'functional' }
  expect(remedyWords(gate, reward)).toBe('Gating: functional')
  expect(remedied(reward, gate)).toEqual({ ...reward, gating: 'functional' })
})
