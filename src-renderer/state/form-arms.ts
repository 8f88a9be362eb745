/** The settings that stand on the form of a run, as arms of an experiment: PPO and GRPO beside each other. */
import type { PresetInfo } from '#contract/api'
import type { AlgorithmName, RunConfig } from '#contract/run-config'
import { changesOf } from './setting-changes.ts'

export interface FormArms {
  /** Names of the presets that the arms begin with. */
  readonly presets: readonly string[]
  /** Completions of each run. */
  readonly rollouts: number
  /** Preset -> dotted path -> value: what differs from it. */
  readonly overrides: Readonly<Record<string, Readonly<Record<string, unknown>>>>
}

const COMPARED: readonly AlgorithmName[] = ['grpo', 'ppo']
/** What each run of an experiment has for itself, or what follows from its budget. */
const OF_A_RUN = /^(name|seed|steps|preset|dataset\.hash|budget\..*)$/
/** Arms that differ in one of these cannot be compared, whatever their presets say. */
const SHARED = ['model', 'dataset.id', 'engine', 'device', 'judge'] as const

/** The preset of another algorithm that is made alike (`starter-grpo` -> `starter-ppo`), else the first one of it; null without any. */
export function siblingOf(
  preset: PresetInfo | null,
  algorithm: AlgorithmName,
  presets: readonly PresetInfo[],
): PresetInfo | null {
  const fitting = presets.filter(({ config }) => config.algorithm.name === algorithm)
  return fitting.find((one) => stemOf(one) === (preset && stemOf(preset))) ?? fitting[0] ?? null
}

/** Settings of one algorithm stay with its arm; all others that were changed are changed in each. */
export function armsOfForm(preset: PresetInfo, config: RunConfig, presets: readonly PresetInfo[]): FormArms {
  const own = config.algorithm.name
  const algorithms = COMPARED.includes(own) ? COMPARED : [...COMPARED, own]
  const arms = algorithms.flatMap((name) => (name === own ? preset : (siblingOf(preset, name, presets) ?? [])))
  const changes = Object.entries(changesOf(preset.config, config)).filter(([path]) => !OF_A_RUN.test(path))
  const overridesOf = (arm: PresetInfo): Record<string, unknown> => ({
    ...sharedOf(arm, config),
    ...Object.fromEntries(changes.filter(([path]) => arm === preset || !path.startsWith('algorithm.'))),
  })
  return {
    presets: arms.map(({ name }) => name),
    rollouts: config.steps * config.promptsPerStep * config.groupSize,
    overrides: Object.fromEntries(arms.map((arm) => [arm.name, overridesOf(arm)])),
  }
}

function sharedOf(arm: PresetInfo, config: RunConfig): Record<string, unknown> {
  const changes = changesOf(arm.config, config)
  return Object.fromEntries(SHARED.flatMap((path) => (path in changes ? [[path, changes[path]]] : [])))
}

/** `starter` of `starter-reinforce-plus-plus`. */
function stemOf({ name, config }: PresetInfo): string {
  return name.replace(`-${config.algorithm.name.replaceAll('_', '-')}`, '')
}

let handed: FormArms | null = null

/** From the form of a run to that of an experiment, which is opened next. */
export function handOver(arms: FormArms): void {
  handed = arms
}

/** Once; null where nothing was handed over. */
export function takeHanded(): FormArms | null {
  const taken = handed
  handed = null
  return taken
}
