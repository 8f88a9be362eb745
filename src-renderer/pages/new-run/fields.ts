/** The settings that the form offers: where each lies in the RunConfig, what it means and what it may be. */
import { ALGORITHM_TITLES } from '#contract/algorithm-names'
import type { Judge, RunConfig } from '#contract/run-config'

export interface NumberField {
  /** Path in RunConfig; an error names it. */
  readonly path: string
  readonly label: string
  readonly meaning: string
  readonly min: number
  readonly max: number
  readonly isWhole: boolean
  readonly step?: number
}

export interface TextField {
  readonly path: string
  readonly label: string
  readonly meaning: string
}

export const SOURCE_FIELDS: readonly TextField[] = [
  {
    path: 'model',
    label: 'Model',
    meaning: '“starter”, the small one that comes with VeriTune, or the path of a Hugging Face model folder (Llama).',
  },
  {
    path: 'dataset.id',
    label: 'Tasks',
    meaning: '“starter”, those that come with VeriTune, or the path of a tasks.jsonl.',
  },
]

/** What decides the functional score, with its meaning. */
export const JUDGE_WORDS: Readonly<Record<Judge, string>> = {
  netlist: 'netlist: needs nothing',
  testbench: 'testbench: in a simulator',
  both: 'both: no reward where they disagree',
}

export const SIZE_FIELDS: readonly NumberField[] = [
  {
    path: 'steps',
    label: 'Steps',
    meaning: 'Turns of rollouts, scores and one update. 1 to 1 000 000.',
    min: 1,
    max: 1_000_000,
    isWhole: true,
  },
  {
    path: 'promptsPerStep',
    label: 'Prompts per step',
    meaning: 'Tasks drawn for each step. 1 to 4096.',
    min: 1,
    max: 4096,
    isWhole: true,
  },
  {
    path: 'groupSize',
    label: 'Group size',
    meaning: 'Completions of each prompt, compared with each other. GRPO and RLOO 2 to 256, the others 1 to 256.',
    min: 1,
    max: 256,
    isWhole: true,
  },
  {
    path: 'optimizer.learningRate',
    label: 'Learning rate',
    meaning: 'Step size of the optimizer. Above 0, to 1; LoRA often takes 1e-5 to 1e-3.',
    min: 0,
    max: 1,
    isWhole: false,
    step: 0.00001,
  },
  {
    path: 'seed',
    label: 'Seed',
    meaning: 'The same seed and settings replay the same run. 0 to 4 294 967 295.',
    min: 0,
    max: 0xffff_ffff,
    isWhole: true,
  },
]

export const ADVANCED_FIELDS: readonly NumberField[] = [
  {
    path: 'minibatchSize',
    label: 'Minibatch',
    meaning: 'Rollouts of one optimizer step; whole groups stay together. At least 1.',
    min: 1,
    max: 1_000_000,
    isWhole: true,
  },
  {
    path: 'microbatchSize',
    label: 'Microbatch',
    meaning: 'Rollouts in memory at once; lower it when memory runs out. At least 1.',
    min: 1,
    max: 1_000_000,
    isWhole: true,
  },
  {
    path: 'updateEpochs',
    label: 'Update epochs',
    meaning: 'Passes over the rollouts of a step. 1 to 16.',
    min: 1,
    max: 16,
    isWhole: true,
  },
  {
    path: 'sampling.temperature',
    label: 'Temperature',
    meaning: 'Of sampling in training; 1 samples from the policy itself. 0.01 to 5.',
    min: 0.01,
    max: 5,
    isWhole: false,
    step: 0.05,
  },
  {
    path: 'sampling.maxCompletionTokens',
    label: 'Completion limit',
    meaning: 'Tokens after which a completion is cut. 8 to 8192.',
    min: 8,
    max: 8192,
    isWhole: true,
  },
  {
    path: 'algorithm.klCoef',
    label: 'KL coefficient',
    meaning: 'Pull towards the reference policy; 0 = off. At least 0.',
    min: 0,
    max: 100,
    isWhole: false,
    step: 0.001,
  },
  {
    path: 'evaluation.every',
    label: 'Evaluate every',
    meaning: 'Steps between evaluations; 0 = only before the first and after the last step.',
    min: 0,
    max: 1_000_000,
    isWhole: true,
  },
  {
    path: 'evaluation.taskCount',
    label: 'Evaluation tasks',
    meaning: 'Validation tasks of each evaluation. At least 1.',
    min: 1,
    max: 1_000_000,
    isWhole: true,
  },
  {
    path: 'evaluation.samples',
    label: 'Evaluation samples',
    meaning: 'Completions of each task before the first and after the last step; between them one. 1 to 64.',
    min: 1,
    max: 64,
    isWhole: true,
  },
  {
    path: 'checkpointEvery',
    label: 'Checkpoint every',
    meaning: 'Steps between checkpoints; 0 = only at the end.',
    min: 0,
    max: 1_000_000,
    isWhole: true,
  },
]

/** What is wrong with a number and what to do; '' when it is fine. */
export function problemOf(field: NumberField, value: unknown): string {
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'A number is needed here.'
  if (field.isWhole && !Number.isInteger(value)) return `${value} is not a whole number; try ${Math.round(value)}.`
  if (field.path === 'optimizer.learningRate' && value <= 0) return 'It must be above 0; try 0.0001.'
  if (value < field.min) return `${value} is too small; the least is ${field.min}.`
  if (value > field.max) return `${value} is too large; the most is ${field.max}.`
  return ''
}

/** Where the completions of a prompt are compared, one alone teaches nothing. */
export function groupProblemOf({ algorithm, groupSize }: RunConfig): string {
  const isCompared =
    algorithm.name === 'grpo' ||
    algorithm.name === 'rloo' ||
    (algorithm.name === 'reinforce_plus_plus' && algorithm.hasGroupBaseline)
  return isCompared && groupSize < 2
    ? `${ALGORITHM_TITLES[algorithm.name]} compares completions of one prompt; use 2 or more.`
    : ''
}

/** The value at a dotted path; undefined where the path leads nowhere. */
export function valueAtPath(config: RunConfig, path: string): unknown {
  return path.split('.').reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], config)
}

/** A copy of the config with one value replaced. */
export function withValueAtPath(config: RunConfig, path: string, value: unknown): RunConfig {
  const replace = (at: Record<string, unknown>, [key, ...rest]: string[]): Record<string, unknown> => ({
    ...at,
    [key!]: rest.length === 0 ? value : replace(at[key!] as Record<string, unknown>, rest),
  })
  return replace(config as unknown as Record<string, unknown>, path.split('.')) as unknown as RunConfig
}
