/** A prompt that is read once for all its completions gives what it gives when each completion brings its own. */
import { describe, expect, onTestFinished, test } from 'vitest'
import type { EngineSettings } from '#trainer/engines/engine'
import { planMicrobatches } from '#trainer/engines/onnx/microbatch-plan'
import { TrainSessions } from '#trainer/engines/onnx/train-sessions'
import type { Objective, TrainingSequence } from '#trainer/flow'
import { createRandom } from '#trainer/math/random'
import { aModelState, TINY_CONFIG, TINY_SETTINGS } from '#test/support/tiny-llama'

const NEVER = new AbortController().signal
const POLICY: Objective = {
  kind: 'policy',
  temperature: 0.9,
  clipEpsilonLow: 0.2,
  clipEpsilonHigh: 0.28,
  klCoef: 0.1,
  entropyCoef: 0.02,
  lossMean: 'sequence',
  value: { coef: 0.5, clipEpsilon: 0.2 },
  learningRate: 1e-2,
  valueLearningRate: 1e-2,
}
/** A step's size then is the gradient's, so that equal weights afterwards say equal gradients. */
const STEEPEST: EngineSettings['optimizer'] = { beta1: 0, beta2: 0, epsilon: 1, weightDecay: 0, maxGradNorm: 1e9 }

/** Three prompts of different lengths; completions of 1 to 72 tokens, so that attention takes one block of queries and two. */
function groups(): TrainingSequence[] {
  const random = createRandom(4)
  const tokens = (length: number): number[] => Array.from({ length }, () => random.below(TINY_CONFIG.vocabularySize))
  const prompts = [tokens(45), tokens(33), tokens(37)]
  const lengths = [
    [70, 66, 60, 68, 72],
    [30, 25, 28, 1, 27, 31],
    [6, 2, 8, 5, 8, 7],
  ]
  const rows = lengths.flatMap((group, prompt) => group.map((length) => [prompt, length] as const))
  return rows.map(([prompt, length]) => {
    const numbers = (): Float32Array => Float32Array.from({ length }, () => random.next() - 0.5)
    return {
      promptTokens: prompts[prompt]!,
      completionTokens: tokens(length),
      oldLogprobs: numbers().map((value) => value - 3),
      refLogprobs: numbers().map((value) => value - 3),
      advantages: numbers(),
      returns: numbers(),
      oldValues: numbers(),
      weight: 1,
    }
  })
}

function sessionsFor(changes: Partial<EngineSettings>) {
  const settings = { ...TINY_SETTINGS, optimizer: STEEPEST, ...changes }
  const state = aModelState(settings.lora, true)
  const sessions = new TrainSessions(state, settings)
  onTestFinished(() => sessions.release())
  return { state, sessions }
}

describe('shared prompts', () => {
  test('are used where they save tokens, and not where there is nothing to share', () => {
    const isShared = (sequences: readonly TrainingSequence[], size: number): boolean[] =>
      planMicrobatches(sequences, size).map(({ extent }) => extent.shared !== null)
    expect(isShared(groups(), 8)).not.toContain(false)
    expect(isShared(groups(), 1)).not.toContain(true)
  })

  test('give the log-probs and values of each sequence by itself', async () => {
    const [together, alone] = [sessionsFor({ microbatchSize: 8 }), sessionsFor({ microbatchSize: 1 })]
    const sequences = groups()
    for (const policy of ['current', 'reference'] as const) {
      const [shared, single] = [
        await together.sessions.logprobs(sequences, policy, 0.7),
        await alone.sessions.logprobs(sequences, policy, 0.7),
      ]
      single.forEach((logprobs, i) => expectClose(shared[i]!, logprobs, 1e-5))
    }
    const [shared, single] = [await together.sessions.values(sequences), await alone.sessions.values(sequences)]
    single.forEach((values, i) => expectClose(shared[i]!, values, 1e-5))
  })

  const cases: [string, Partial<EngineSettings>][] = [
    ['an adapter', {}],
    ['an adapter, layers computed again', { isCheckpointed: true }],
    ['all weights', { lora: null }],
  ]
  test.each(cases)('give the gradients of single sequences: %s', async (_, changes) => {
    const [together, alone] = [sessionsFor({ microbatchSize: 8, ...changes }), sessionsFor({ microbatchSize: 1, ...changes })]
    const [shared, single] = [
      await together.sessions.update({ sequences: groups() }, POLICY, NEVER),
      await alone.sessions.update({ sequences: groups() }, POLICY, NEVER),
    ]
    expect(shared.gradNorm / single.gradNorm).toBeCloseTo(1, 5)
    expect(shared.loss).toBeCloseTo(single.loss, 5)
    expect(shared.entropy).toBeCloseTo(single.entropy, 5)
    const before = aModelState(changes.lora === null ? null : TINY_SETTINGS.lora, true)
    for (const [name, { data }] of alone.state.trained) {
      const start = before.trained.get(name)!.data
      const moved = data.map((value, i) => value - start[i]!)
      const movedTogether = together.state.trained.get(name)!.data.map((value, i) => value - start[i]!)
      const scale = Math.max(...moved.map(Math.abs))
      expectClose(movedTogether, moved, Math.max(1e-4 * scale, 2e-7))
    }
  })
})

function expectClose(actual: Float32Array, expected: Float32Array, bound: number): void {
  expect(actual.length).toBe(expected.length)
  expected.forEach((value, i) => expect(Math.abs(actual[i]! - value)).toBeLessThan(bound))
}
