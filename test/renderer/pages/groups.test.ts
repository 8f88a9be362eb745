import { expect, test } from 'vitest'
import type { RolloutRecord } from '#contract/journal'
import { groupsOf, groupsWith } from '../../../src-renderer/pages/run/groups.ts'

const unscored = { unscored: 'not asked' }
const like: RolloutRecord = {
  step: 1,
  index: 0,
  group: 0,
  taskId: 'counter-1',
  family: 'counter',
  instruction: 'Count.',
  promptTokens: 10,
  completion: '',
  completionTokens: 20,
  isTruncated: false,
  scores: { compilation: unscored, functional: unscored, synthesis: unscored, reasoning: unscored, quality: unscored },
  code: '',
  reasoning: '',
  reward: null,
  advantage: 0,
}
const rollout = (group: number, index: number, reward: number | null): RolloutRecord => ({ ...like, group, index, reward })

test('groups stand by mean reward, rollouts by reward, the best first', () => {
  const groups = groupsOf([rollout(0, 0, 0.1), rollout(0, 1, 0.3), rollout(1, 0, 0.2), rollout(1, 1, 0.8)])
  expect(groups.map(({ group, meanReward }) => [group, meanReward])).toEqual([
    [1, 0.5],
    [0, 0.2],
  ])
  expect(groups[0]?.rollouts.map(({ reward }) => reward)).toEqual([0.8, 0.2])
})

test('a filter leaves the groups with rollouts that fit; what is said of a group is said of the whole', () => {
  const groups = groupsOf([rollout(0, 0, 0.1), rollout(0, 1, 0.3), rollout(1, 2, 0.8)])
  const fitting = groupsWith(groups, ({ reward }) => reward === 0.3)
  expect(fitting.map(({ group, size, meanReward, rollouts }) => [group, size, meanReward, rollouts.length])).toEqual([
    [0, 2, 0.2, 1],
  ])
  expect(groupsWith(groups, () => false)).toEqual([])
})

test('a rollout that takes no part stands last and does not move the mean', () => {
  const [group] = groupsOf([rollout(0, 0, null), rollout(0, 1, 0.4)])
  expect(group?.rollouts.map(({ index }) => index)).toEqual([1, 0])
  expect(group?.meanReward).toBe(0.4)
})

test('a group of equal rewards is marked, one rollout alone is not', () => {
  expect(groupsOf([rollout(0, 0, 0.5), rollout(0, 1, 0.5)])[0]?.teachesNothing).toBe(true)
  expect(groupsOf([rollout(0, 0, 0.5)])[0]?.teachesNothing).toBe(false)
  expect(groupsOf([rollout(0, 0, null)])[0]?.meanReward).toBeNull()
})

test('a group of equal rewards teaches where a critic expected another one', () => {
  const surprising = [0, 1].map((index) => ({ ...rollout(0, index, 0.5), advantage: 0.3 }))
  expect(groupsOf(surprising)[0]?.teachesNothing).toBe(false)
})

test('an evaluation pays nothing: there functional scores sort groups and rollouts', () => {
  const scored = (group: number, index: number, value: number): RolloutRecord => ({
    ...rollout(group, index, null),
    scores: { ...like.scores, functional: { value, outcome: 'partial', evidence: { summary: '' } } },
  })
  const groups = groupsOf([scored(0, 0, 0.5), scored(0, 1, 0), rollout(0, 2, null), scored(1, 3, 1)], 'evaluation')
  expect(groups.map(({ group, merit, meanReward }) => [group, merit, meanReward])).toEqual([
    [1, 1, null],
    [0, 0.25, null],
  ])
  expect(groups[1]!.rollouts.map(({ index }) => index)).toEqual([0, 1, 2])
  expect(groups.some(({ teachesNothing }) => teachesNothing)).toBe(false)
})
