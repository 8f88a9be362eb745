/** A run that cannot fit is refused before anything is loaded, with the one setting that makes it fit. */
import { describe, expect, test } from 'vitest'
import { Failure } from '#contract/failure'
import type { MemoryReport } from '#contract/model-inspection'
import type { RunConfig } from '#contract/run-config'
import type { Task } from '#trainer/flow'
import { longestPrompt, memoryReport, memorySettings, refuseWhatCannotFit } from '#trainer/commands/run-memory'
import { modelFolder } from '#trainer/commands/paths'
import type { ModelConfig } from '#trainer/engines/onnx/model/config'
import { loadTokenizer } from '#trainer/tokenizer/tokenizer'
import { aConfig, aPpoConfig } from '#test/support/run-builders'
import { TINY_CONFIG } from '#test/support/tiny-llama'

const MODEL: ModelConfig = {
  ...TINY_CONFIG,
  vocabularySize: 4096,
  hiddenSize: 512,
  intermediateSize: 1408,
  layerCount: 7,
  headCount: 8,
  keyValueHeadCount: 8,
  headSize: 64,
  maxPositions: 1024,
}
const PROMPT = { tokens: 64, isMeasured: true }
/** Without what graphs are kept in, which is no more than what is left. */
function bytesNeeded(config: RunConfig, model = MODEL): number {
  const { parts } = memoryReport(model, config, PROMPT, Infinity)
  return parts.reduce((sum, { term, bytes }) => (term === 'graphs' ? sum : sum + bytes), 0)
}

function reportWith(config: RunConfig, availableBytes: number): MemoryReport {
  return memoryReport(MODEL, config, PROMPT, availableBytes)
}

describe('the setting to change', () => {
  test('none when the run fits, to the byte', () => {
    const need = bytesNeeded(aConfig())
    expect(reportWith(aConfig(), need)).toMatchObject({ fits: true, remedy: null })
    expect(reportWith(aConfig(), need - 1).fits).toBe(false)
  })

  test('graphs are kept in what is left, and keep no run from starting', () => {
    const need = bytesNeeded(aConfig())
    const graphsWith = (availableBytes: number): number | undefined =>
      reportWith(aConfig(), availableBytes).parts.find(({ term }) => term === 'graphs')?.bytes
    const all = graphsWith(Infinity)!
    expect(all).toBeGreaterThan(100e6)
    expect([graphsWith(need), graphsWith(need + 5e6), graphsWith(need + 2 * all)]).toEqual([undefined, 5e6, all])
    expect(reportWith(aConfig(), need + 5e6)).toMatchObject({ fits: true, totalBytes: need + 5e6 })
  })

  test('the microbatch first: it changes no result; the largest that fits', () => {
    const one = bytesNeeded(aConfig({ microbatchSize: 1 }))
    const { remedy } = reportWith(aConfig(), one)
    expect(remedy).toEqual({ setting: 'microbatchSize', sentence: 'Set microbatchSize to 1: the same training, more slowly.' })
  })

  test('an adapter where all weights are trained and no microbatch is small enough', () => {
    const all = aConfig({ lora: null, microbatchSize: 1 })
    const adapter = bytesNeeded(aConfig({ microbatchSize: 1 }))
    expect(adapter).toBeLessThan(bytesNeeded(all))
    expect(reportWith(all, adapter).remedy?.setting).toBe('lora')
  })

  test('a base in fewer bits before fewer prompts, where it is the weights that are large', () => {
    const large = { ...MODEL, hiddenSize: 2048, intermediateSize: 5632, headSize: 256 }
    const need = (config: RunConfig): number => bytesNeeded(config, large)
    const config = aConfig({ microbatchSize: 1, gradientCheckpointing: true, promptsPerStep: 1 })
    const small = { ...config, evaluation: { ...config.evaluation, taskCount: 1, samples: 1 } }
    for (const baseStorage of ['float16', 'int4'] as const) {
      const { remedy } = memoryReport(large, small, PROMPT, need({ ...small, baseStorage }))
      expect(remedy?.setting).toBe('baseStorage')
      expect(remedy?.sentence).toContain(
        `Set baseStorage to ${baseStorage}: the frozen weights in ${baseStorage === 'int4' ? 4 : 16} bits`,
      )
    }
    const odd = { ...large, hiddenSize: 2052, headCount: 1, keyValueHeadCount: 1, headSize: 2, intermediateSize: 5633 }
    expect(memoryReport(odd, small, PROMPT, need({ ...small, baseStorage: 'int4' })).remedy?.setting).not.toBe('baseStorage')
  })

  test('fewer prompts where the rollouts are what is large', () => {
    const config = aConfig({ microbatchSize: 1, promptsPerStep: 32, evaluation: { every: 0, taskCount: 10, samples: 1 } })
    const fewer = bytesNeeded({ ...config, promptsPerStep: 16 })
    expect(reportWith(config, fewer).remedy).toEqual({ setting: 'promptsPerStep', sentence: 'Set promptsPerStep to 16.' })
  })

  test('several together where no single one is enough, and another model where nothing is', () => {
    const least = bytesNeeded(
      aConfig({
        microbatchSize: 1,
        promptsPerStep: 1,
        sampling: { ...aConfig().sampling, maxCompletionTokens: 100 },
        evaluation: { ...aConfig().evaluation, samples: 1 },
      }),
    )
    expect(reportWith(aConfig(), least).remedy?.sentence).toContain('together, or choose a smaller model')
    expect(reportWith(aConfig(), 1e6).remedy?.setting).toBe('model')
  })

  test('the refusal names need, room, the largest part and the setting', () => {
    let failure: unknown
    try {
      refuseWhatCannotFit(reportWith(aConfig(), bytesNeeded(aConfig({ microbatchSize: 1 }))))
    } catch (error) {
      failure = error
    }
    expect(failure).toBeInstanceOf(Failure)
    expect(failure).toMatchObject({ code: 'memory.insufficient', facts: { field: 'microbatchSize' } })
    expect((failure as Failure).sentence).toMatch(
      /^The run needs about \d+\.\d GB of memory, this computer has \d+\.\d GB to give\. Most of it is .+: \d+\.\d GB\. Set microbatchSize to 1/,
    )
  })
})

describe('what a run’s settings mean for memory', () => {
  test('a microbatch is never larger than the minibatch, or than a step’s rollouts', () => {
    const config = aConfig({ microbatchSize: 64, minibatchSize: 16 })
    expect(memorySettings(MODEL, config, 64).microbatchSize).toBe(16)
    expect(memorySettings(MODEL, { ...config, minibatchSize: 64, promptsPerStep: 1, groupSize: 8 }, 64).microbatchSize).toBe(8)
  })

  test('rollouts of training or of the evaluation, whichever are more', () => {
    const config = aConfig({ promptsPerStep: 2, groupSize: 4, evaluation: { every: 0, taskCount: 100, samples: 4 } })
    expect(memorySettings(MODEL, config, 64)).toMatchObject({ promptsAtOnce: 32, groupSize: 4 })
    expect(memorySettings(MODEL, { ...config, promptsPerStep: 64 }, 64)).toMatchObject({ promptsAtOnce: 64, groupSize: 4 })
  })

  test('a completion ends with the context; PPO has a value head', () => {
    expect(memorySettings({ ...MODEL, maxPositions: 128 }, aConfig(), 100).completionTokens).toBe(28)
    expect(memorySettings(MODEL, aPpoConfig(), 64).hasValueHead).toBe(true)
    expect(memorySettings(MODEL, aConfig(), 64).hasValueHead).toBe(false)
  })

  test('the longest prompt is counted in tokens; one that leaves no room for an answer does not count', () => {
    const tokenizer = loadTokenizer(modelFolder('starter'))
    const task = (instruction: string): Task => ({ id: instruction, instruction }) as Task
    const tasks = [task('Write a multiplexer.'), task('Write a counter. '.repeat(20)), task('Write a counter. '.repeat(200))]
    const counted = tasks.map((one) => longestPrompt([one], tokenizer, 100_000))
    expect(longestPrompt(tasks, tokenizer, 100_000)).toBe(counted[2])
    expect(longestPrompt(tasks, tokenizer, counted[1]!)).toBe(counted[1])
    expect(longestPrompt([], tokenizer, 100)).toBe(0)
  })
})
