/**
 * The recipes that the starter's presets use give the numbers that they gave before they had options: three steps of each on the bandit, over
 * the plain-loop engine. `GOLDEN_WRITE=1` writes the file again; that is a change of every run that starts from these presets.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { configWith, openEngine, takeSteps } from '#test/support/bandit-run'
import { REPOSITORY } from '#test/support/run-builders'

const FILE = join(REPOSITORY, 'test/golden/algorithms/unchanged.json')
const isEven = (tokens: readonly number[]): number => (tokens[0]! % 2 === 0 ? 1 : tokens.length / 16)
/** What an update was, without what came later to be measured. */
const KEYS = ['loss', 'policyLoss', 'valueLoss', 'entropy', 'kl', 'approxKl', 'ratio', 'gradNorm', 'tokenCount'] as const

/** Of Starter PPO before its critic was mended: without centring, and trusting values. */
const SETTINGS = { grpo: {}, ppo: { centreReturns: false, gaeLambda: 0.95, valueLearningRate: 0.001 } } as const

describe.each(['grpo', 'ppo'] as const)('Starter %s', (algorithm) => {
  test('is what it was, bit for bit', async () => {
    const config = configWith(algorithm, SETTINGS[algorithm], { updateEpochs: 2, maxApproxKl: 0.05 })
    config.optimizer.learningRate = 0.05
    const traces = await takeSteps(await openEngine('fake', algorithm), config, 3, isEven)
    const numbers = traces.map(({ updates, advantages, kl, learningRate, explainedVariance }) => ({
      updates: updates.map((stats) => KEYS.map((key) => stats[key])),
      advantages,
      kl,
      learningRate,
      explainedVariance,
    }))
    const golden = JSON.parse(readFileSync(FILE, 'utf8')) as Record<string, unknown>
    if (process.env.GOLDEN_WRITE === '1') writeFileSync(FILE, `${JSON.stringify({ ...golden, [algorithm]: numbers })}\n`)
    else expect(numbers).toEqual(golden[algorithm])
  })
})
