/** Steps of either recipe on the bandit, over a real engine. */
import { onTestFinished } from 'vitest'
import { runConfigSchema, type AlgorithmName, type RunConfig } from '#contract/run-config'
import { createEngine, type EngineName } from '#trainer/engines/create-engine'
import type { Engine } from '#trainer/engines/engine'
import { grpoStep } from '#trainer/recipes/grpo'
import { ppoStep } from '#trainer/recipes/ppo'
import type { Stages, StepTrace } from '#trainer/recipes/stages'
import { banditStages } from '#test/support/bandit'
import { aConfig, aPpoConfig } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'
import { TINY_SETTINGS } from '#test/support/tiny-llama'
import { writeTinyFolder } from '#test/support/tiny-folder'

export function configOf(algorithm: AlgorithmName, changes: Partial<RunConfig> = {}): RunConfig {
  const config = algorithm === 'grpo' ? aConfig() : aPpoConfig()
  const weights = { compilation: 0, functional: 1, synthesis: 0, reasoning: 0, quality: 0 }
  return runConfigSchema.parse({
    ...config,
    promptsPerStep: 2,
    groupSize: 16,
    minibatchSize: 16,
    microbatchSize: 8,
    steps: 60,
    maxApproxKl: null,
    sampling: { ...config.sampling, maxCompletionTokens: 8 },
    reward: { ...config.reward, weights },
    ...changes,
  })
}

export async function openEngine(name: EngineName, algorithm: AlgorithmName): Promise<Engine> {
  const modelFolder = writeTinyFolder(temporaryFolder())
  const engine = await createEngine(name, { ...TINY_SETTINGS, modelFolder, hasValueHead: algorithm === 'ppo' })
  onTestFinished(() => engine.close())
  return engine
}

export async function takeSteps(
  engine: Engine,
  config: RunConfig,
  count: number,
  valueOf: (tokens: readonly number[]) => number,
  changes: Partial<Stages> = {},
): Promise<StepTrace[]> {
  const stages = { ...banditStages(config, engine, valueOf), ...changes }
  const traces: StepTrace[] = []
  for (let step = 1; step <= count; step++) {
    const { algorithm } = config
    traces.push(algorithm.name === 'grpo' ? await grpoStep(stages, algorithm, step) : await ppoStep(stages, algorithm, step))
  }
  return traces
}
