/** The settings of a clone: those of the run that it goes on from, and what may be changed of them. */
import type { PresetInfo } from '#contract/api'
import { FROZEN_SETTINGS, type CloneOrigin } from '#contract/clone'
import type { RunConfig } from '#contract/run-config'

/** The last checkpoint up to a step, else the first that there is. `step` null: the newest. Throws RangeError without any. */
export function checkpointUpTo(checkpoints: readonly number[], step: number | null): number {
  const found = checkpoints.findLast((checkpoint) => step === null || checkpoint <= step) ?? checkpoints[0]
  if (found === undefined) throw new RangeError('there is no checkpoint')
  return found
}

/** As it begins: a name of its own, and steps left to take. */
export function firstSettings({ config, step }: CloneOrigin): RunConfig {
  return {
    ...config,
    name: `${config.name.slice(0, 90)} from step ${step}`,
    steps: config.steps > step ? config.steps : step + config.steps,
  }
}

/** The settings that differ, by their name at the top of a config, whole. */
export function changedSettings(before: RunConfig, after: RunConfig): Partial<RunConfig> {
  const changed = Object.entries(after).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(before[key as keyof RunConfig]),
  )
  return Object.fromEntries(changed)
}

/** Why a setting cannot be changed; '' where it can. */
export function frozenBecause(path: string, { run, step }: CloneOrigin): string {
  return path in FROZEN_SETTINGS ? `Frozen in the checkpoint of step ${step} of ${run}.` : ''
}

/** Why the clone cannot go on as far as that; '' where it can. */
export function stepsProblem({ steps }: RunConfig, origin: CloneOrigin): string {
  return steps <= origin.step ? `The checkpoint is of step ${origin.step}; choose more steps than that.` : ''
}

/** Algorithms that a checkpoint can go on with: a critic has to be in it. */
export function canGoOnWith(name: RunConfig['algorithm']['name'], { config }: CloneOrigin): boolean {
  return name !== 'ppo' || config.algorithm.name === 'ppo'
}

/** The config with the settings of another algorithm, as the first preset of it has them; its own again where it was that. */
export function withAlgorithmOf(
  name: RunConfig['algorithm']['name'],
  config: RunConfig,
  origin: CloneOrigin,
  presets: readonly PresetInfo[],
): RunConfig {
  const known = [origin.config, ...presets.map((preset) => preset.config)]
  const algorithm = known.find((one) => one.algorithm.name === name)?.algorithm
  return algorithm === undefined ? config : { ...config, algorithm }
}
