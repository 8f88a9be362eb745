/** Steps of a recipe on the bandit, over a real engine. */
import { onTestFinished } from 'vitest'
import { runConfigSchema, type AlgorithmName, type RunConfig } from '#contract/run-config'
import { createEngine, type EngineName } from '#trainer/engines/create-engine'
import type { Engine } from '#trainer/engines/engine'
import type { RecipeState } from '#trainer/flow'
import { initialState, type Stages, type StepTrace } from '#trainer/recipes/stages'
import { takeRecipeStep } from '#trainer/recipes/take-step'
import { banditStages } from '#test/support/bandit'
import { aConfig, aPpoConfig } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'
import { TINY_SETTINGS } from '#test/support/tiny-llama'
import { writeTinyFolder } from '#test/support/tiny-folder'

export function configOf(algorithm: AlgorithmName, changes: Partial<RunConfig> = {}): RunConfig {
  const config = algorithm === 'ppo' ? aPpoConfig() : { ...aConfig(), algorithm: baselineOf(algorithm) }
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

/** With some settings of the algorithm changed. */
export function configWith(name: AlgorithmName, settings: object, changes: Partial<RunConfig> = {}): RunConfig {
  const { algorithm } = configOf(name)
  return configOf(name, { ...changes, algorithm: { ...algorithm, ...settings } as RunConfig['algorithm'] })
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
  from: { readonly step: number; readonly state?: RecipeState } = { step: 1 },
): Promise<StepTrace[]> {
  const stages = { ...banditStages(config, engine, valueOf), ...changes }
  const traces: StepTrace[] = []
  let state = from.state ?? initialState(config.algorithm)
  for (let step = from.step; step < from.step + count; step++) {
    const trace = await takeRecipeStep(stages, step, state)
    state = trace.state
    traces.push(trace)
  }
  return traces
}

/** The settings of GRPO's preset that the other algorithms without a critic have too. */
function baselineOf(name: Exclude<AlgorithmName, 'ppo'>): unknown {
  const { algorithm } = aConfig()
  if (name === 'grpo') return algorithm
  const { clipEpsilonLow, clipEpsilonHigh, klCoef, entropyCoef } = algorithm
  return { name, clipEpsilonLow, clipEpsilonHigh, klCoef, entropyCoef }
}
