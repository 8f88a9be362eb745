import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { RewardProfile } from '#contract/reward-profile'
import { isScored, scoreReportSchema, type Component, type Outcome, type ScoreReport } from '#contract/score'
import { taskSchema } from '#contract/task'
import { createScorer } from '#trainer/3-scores/scorer'
import { weigh } from '#trainer/3-scores/weigh'

/** Each folder is a case: task.json, completion.md, expected.json with the outcomes that the case is about. A new case needs no code. */
const ROOT = join(import.meta.dirname, '../../fixtures/scores')
const scorer = createScorer({ workers: 1 })
afterAll(() => scorer.close())

async function scoreCase(name: string): Promise<ScoreReport> {
  const read = (file: string): string => readFileSync(join(ROOT, name, file), 'utf8')
  return scorer.score(read('completion.md'), taskSchema.parse(JSON.parse(read('task.json'))), 7)
}

describe('scores of a completion', () => {
  for (const name of readdirSync(ROOT)) {
    test(name, async () => {
      const report = await scoreCase(name)
      const expected = JSON.parse(readFileSync(join(ROOT, name, 'expected.json'), 'utf8')) as Record<Component, Outcome>
      for (const [component, outcome] of Object.entries(expected)) {
        const score = report.scores[component as Component]
        expect(isScored(score) && score.outcome, `${component}: ${JSON.stringify(score)}`).toBe(outcome)
        if (isScored(score) && outcome !== 'passed' && outcome !== 'partial') expect(score.value).toBe(0)
      }
      scoreReportSchema.parse(report)
    })
  }

  test('a correct design earns far more than any cheat, and forging, finishing, hanging or latching earns no more than an empty body', async () => {
    const profile: RewardProfile = {
      schemaVersion: 1,
      name: 'all',
      weights: { compilation: 0.4, functional: 0.5, synthesis: 0.3, reasoning: 0.6, quality: 0.5 },
      gating: 'none',
      functional: 'graded',
      normalise: 'weights',
    }
    const rewardOf = async (name: string): Promise<number> => weigh((await scoreCase(name)).scores, profile).reward!
    const empty = await rewardOf('empty-body')
    expect(await rewardOf('correct')).toBeGreaterThan(empty + 0.3)
    for (const cheat of ['forged-verdict', 'finish', 'zero-delay-hang', 'syntax-error'])
      expect(await rewardOf(cheat)).toBeLessThanOrEqual(empty)
    const gated = { ...profile, gating: 'functional' } as const
    const gatedEmpty = weigh((await scoreCase('empty-body')).scores, gated).reward!
    expect(weigh((await scoreCase('latch')).scores, gated).reward!).toBeLessThanOrEqual(gatedEmpty)
  })

  test('a mismatch comes with the inputs that show it', async () => {
    const { functional } = (await scoreCase('inverted-output')).scores
    const example = isScored(functional) ? functional.evidence.counterexample : undefined
    expect(example!.expected.y).not.toBe(example!.actual.y)
    expect(Object.keys(example!.inputs).sort()).toEqual(['a', 'b', 'c', 'd', 's'])
  })

  test('a compile error names the line of the module', async () => {
    const { compilation } = (await scoreCase('syntax-error')).scores
    expect(isScored(compilation) && compilation.evidence.diagnostics?.[0]).toMatchObject({ severity: 'error', line: 2 })
  })
})
