import { describe, expect, test } from 'vitest'
import { kindsInStep, type RolloutSigns } from '#contract/rollout-kinds'

const PASSED = {
  compilation: 'passed',
  functional: 'passed',
  synthesis: 'passed',
  reasoning: 'passed',
  quality: 'passed',
} as const satisfies RolloutSigns['outcomes']

function signs(reward: number | null, outcomes: Partial<RolloutSigns['outcomes']> = {}, isTruncated = false): RolloutSigns {
  return { reward, isTruncated, outcomes: { ...PASSED, ...outcomes } }
}

describe('kinds of completions', () => {
  test('one that passes everything is of no kind', () => {
    expect(kindsInStep([signs(1)])).toEqual([[]])
  })

  test('one that compiles is wrong where its functional score was taken and did not pass', () => {
    expect(kindsInStep([signs(1), signs(0.4, { functional: 'partial' })])).toEqual([[], ['compiles-but-wrong']])
    expect(kindsInStep([signs(1), signs(0, { compilation: 'compile-error', functional: 'not-reached' })])[1]).toEqual([])
    expect(kindsInStep([signs(1), signs(null, { functional: 'unscored' })])[1]).toEqual(['unscored'])
  })

  test('of ten the one with the highest reward is well paid, and with it those that earn as much', () => {
    const honest = Array.from({ length: 8 }, () => signs(0.5))
    const wrong = signs(0.9, { functional: 'failed' })
    const kinds = kindsInStep([...honest, wrong, wrong])
    expect(kinds.slice(8)).toEqual([
      ['compiles-but-wrong', 'rewarded-but-fails'],
      ['compiles-but-wrong', 'rewarded-but-fails'],
    ])
    // 0.4 is not among the best tenth.
    expect(kindsInStep([...honest, ...honest, signs(0.4, { functional: 'failed' })]).at(-1)).toEqual(['compiles-but-wrong'])
  })

  test('where nothing is paid nobody is well paid', () => {
    expect(kindsInStep([signs(0, { functional: 'failed' })])).toEqual([['compiles-but-wrong']])
    expect(kindsInStep([signs(null, { functional: 'failed' })])).toEqual([['compiles-but-wrong']])
    expect(kindsInStep([])).toEqual([])
  })

  test('a cut one, a refused one and one with a missing score are told', () => {
    const refused = signs(0, { compilation: 'refused', functional: 'not-reached' }, true)
    expect(kindsInStep([signs(1), refused])[1]).toEqual(['refused', 'truncated'])
    expect(kindsInStep([signs(1, { quality: 'unscored' })])).toEqual([['unscored']])
  })
})
