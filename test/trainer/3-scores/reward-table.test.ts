import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isScored } from '#contract/score'
import { CANDIDATES, rewardDocument, rewardOf, rewardTable, type Candidate, type RewardTable } from '#test/support/reward-table'
import { createScorer } from '#trainer/3-scores/scorer'

const scorer = createScorer({ workers: 1 })
afterAll(() => scorer.close())

describe('rewards of eight answers', () => {
  let table: RewardTable
  beforeAll(async () => {
    table = await rewardTable(scorer)
  })
  const wrong = Object.keys(CANDIDATES).filter((name) => name !== 'correct') as Candidate[]

  test('the right answer earns more than all others, under every profile', () => {
    for (const profile of table.profiles) {
      for (const candidate of wrong) {
        expect(rewardOf(table, 'correct', profile), `${candidate}, ${profile.name}`).toBeGreaterThan(
          rewardOf(table, candidate, profile) + 0.3,
        )
      }
    }
  })

  test('who forges, finishes, hangs or infers a latch earns no more than an empty body', () => {
    const cheats = [
      'forged verdict, no logic',
      'initial $finish',
      'zero-delay hang',
      'latch (wrong logic)',
      'syntax error',
    ] as const
    for (const profile of table.profiles) {
      for (const cheat of cheats) {
        expect(rewardOf(table, cheat, profile), `${cheat}, ${profile.name}`).toBeLessThanOrEqual(
          rewardOf(table, 'empty body', profile),
        )
      }
    }
  })

  test('nothing but the right answer has a functional score', () => {
    for (const candidate of wrong) {
      const { functional } = table.reports[candidate].scores
      expect(isScored(functional) && functional.value, candidate).toBe(0)
    }
  })

  test('the document says what was measured', () => {
    expect(readFileSync(join(import.meta.dirname, '../../../docs/reward-table.md'), 'utf8')).toBe(rewardDocument(table))
  })
})
