/** Every setting of a run as the form shows it, from the catalogue: a setting that is new there is on the form. */
import { ALGORITHM_TITLES } from '#contract/algorithm-names'
import type { RunConfig } from '#contract/run-config'
import type { Range, Setting } from '#contract/setting'
import { settingsOf } from '#contract/settings-catalogue'
import { grouped } from '../../format/number.ts'
import { valueAtPath } from '../config-path.ts'
import { labelOf } from '../setting-labels.ts'

export interface SettingField extends Setting {
  /** Path in RunConfig; an error of the workbench names it. */
  readonly path: string
  readonly label: string
  /** Range, default and source in a line. */
  readonly details: string
}

export interface Section {
  readonly title: string
  /** Paths, or beginnings of paths that end with a dot. */
  readonly owns: readonly string[]
  /** Path of the object that holds its settings and may be null, and what it means when it is. */
  readonly optional?: { readonly path: 'supervised' | 'curriculum' | 'reasoningJudge' | 'lora'; readonly off: string }
}

export const SOURCE_PATHS = ['name', 'model', 'dataset.id'] as const
export const SIZE_PATHS = ['steps', 'promptsPerStep', 'groupSize', 'optimizer.learningRate', 'seed'] as const
/** Chosen by other parts of the form, or filled in by the workbench. */
export const SHOWN_ELSEWHERE = ['preset', 'dataset.hash', 'reward.', 'algorithm.name'] as const

const OTHERS = 'Other settings'

/** A path belongs to the first section that owns it. */
export const SECTIONS: readonly Section[] = [
  { title: 'Judge', owns: ['judge', 'proof'] },
  {
    title: 'A language model that grades the reasoning',
    owns: ['reasoningJudge.'],
    optional: { path: 'reasoningJudge', off: 'Off: the statements are checked on the netlist alone.' },
  },
  { title: 'Engine', owns: ['engine', 'device', 'torch.', 'baseStorage', 'gradientCheckpointing', 'microbatchSize'] },
  { title: 'Updates', owns: ['updateEpochs', 'minibatchSize', 'maxApproxKl', 'samplerCorrection', 'optimizer.'] },
  { title: 'Loss, advantages and KL', owns: ['algorithm.'] },
  { title: 'Sampling', owns: ['sampling.'] },
  {
    title: 'Curriculum',
    owns: ['curriculum.'],
    optional: { path: 'curriculum', off: 'Off: every step draws from all tasks.' },
  },
  { title: 'Adapter', owns: ['lora.'], optional: { path: 'lora', off: 'Off: all weights are trained.' } },
  {
    title: 'Supervised steps first',
    owns: ['supervised.'],
    optional: { path: 'supervised', off: 'Off: the run begins with reinforcement learning.' },
  },
  { title: 'Evaluation and checkpoints', owns: ['evaluation.', 'checkpointEvery', 'checkpoints.'] },
  { title: 'Bounds', owns: ['budget.'] },
  { title: OTHERS, owns: [] },
]

export function fieldOf(config: RunConfig, path: string): SettingField {
  return fieldFrom(path, settingsOf(config.algorithm.name)[path]!)
}

/** The section's fields that this config has. */
export function fieldsOf(config: RunConfig, { owns, title }: Section): SettingField[] {
  const isOwn = (path: string): boolean => (title === OTHERS ? !isPlaced(path) : isIn(owns, path))
  return Object.entries(settingsOf(config.algorithm.name))
    .filter(([path]) => isOwn(path) && !isIn([...SOURCE_PATHS, ...SIZE_PATHS, ...SHOWN_ELSEWHERE], path))
    .filter(([path]) => valueAtPath(config, path) !== undefined)
    .map(([path, setting]) => fieldFrom(path, setting))
}

/** What a section's object holds when it is switched on. */
export function defaultsOf(config: RunConfig, { owns }: Section): Record<string, unknown> {
  const own = Object.entries(settingsOf(config.algorithm.name)).filter(([path]) => isIn(owns, path))
  return Object.fromEntries(own.map(([path, setting]) => [path.split('.').at(-1)!, setting.default]))
}

export function allFields(config: RunConfig): SettingField[] {
  const always = [...SOURCE_PATHS, ...SIZE_PATHS].map((path) => fieldOf(config, path))
  return [...always, ...SECTIONS.flatMap((section) => fieldsOf(config, section))]
}

/** What is wrong with a setting and what to do; '' when it is fine. */
export function problemOf(config: RunConfig, { path, range }: SettingField): string {
  const value = valueAtPath(config, path)
  if (range.kind === 'text') return isEmptyText(path, value) ? 'Something is needed here.' : ''
  if (range.kind !== 'number') return ''
  if (value === null && range.isNullable) return ''
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'A number is needed here.'
  if (range.isWhole && !Number.isInteger(value)) return `${value} is not a whole number; try ${Math.round(value)}.`
  return (
    outside(range, value) ||
    (path === 'groupSize' ? groupProblem(config) : '') ||
    (path === 'steps' && value === 0 ? '0 is too small; the least is 1.' : '')
  )
}

export function problemsOf(config: RunConfig): string[] {
  return allFields(config)
    .map((field) => problemOf(config, field))
    .filter((problem) => problem !== '')
}

function fieldFrom(path: string, setting: Setting): SettingField {
  return { ...setting, path, label: labelOf(path), details: detailsOf(setting) }
}

function isPlaced(path: string): boolean {
  return SECTIONS.some(({ owns }) => isIn(owns, path))
}

function isIn(places: readonly string[], path: string): boolean {
  return places.some((place) => path === place || (place.endsWith('.') && path.startsWith(place)))
}

/** `1 to 4 096 · default 16 · DAPO (Yu et al., 2025)`. */
function detailsOf({ range, default: initial, source }: Setting): string {
  const rangeText = range.kind === 'number' ? rangeWords(range) : ''
  const isPlain = initial === '' || (Array.isArray(initial) && initial.length === 0)
  const defaultText = range.kind === 'text' || isPlain ? '' : `default ${defaultWords(initial)}`
  return [rangeText, defaultText, source === 'VeriTune' ? '' : source].filter((part) => part !== '').join(' · ')
}

function defaultWords(value: Setting['default']): string {
  if (value === null) return 'off'
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  return typeof value === 'number' && Number.isInteger(value) ? grouped(value) : String(value).replaceAll('_', ' ')
}

function rangeWords({ min, above, max, below }: Extract<Range, { kind: 'number' }>): string {
  const [least, most] = [min ?? above, max ?? below]
  const end = (value: number): string => (Number.isInteger(value) ? grouped(value) : String(value))
  if (least === undefined) return most === undefined ? '' : `to ${end(most)}`
  const from = above === undefined ? end(least) : `above ${end(least)}`
  if (most === undefined) return above === undefined ? `at least ${end(least)}` : from
  return `${from} to ${below === undefined ? '' : 'below '}${end(most)}`
}

function outside({ min, above, max, below }: Extract<Range, { kind: 'number' }>, value: number): string {
  if (min !== undefined && value < min) return `${value} is too small; the least is ${min}.`
  if (above !== undefined && value <= above) return `It must be above ${above}.`
  if (max !== undefined && value > max) return `${value} is too large; the most is ${max}.`
  if (below !== undefined && value >= below) return `It must be below ${below}.`
  return ''
}

/** Where the completions of a prompt are compared, one alone teaches nothing. */
function groupProblem({ algorithm, groupSize }: RunConfig): string {
  const isCompared =
    algorithm.name === 'grpo' ||
    algorithm.name === 'rloo' ||
    (algorithm.name === 'reinforce_plus_plus' && algorithm.hasGroupBaseline)
  return isCompared && groupSize < 2
    ? `${ALGORITHM_TITLES[algorithm.name]} compares completions of one prompt; use 2 or more.`
    : ''
}

/** A list of texts may be empty. */
function isEmptyText(path: string, value: unknown): boolean {
  return typeof value === 'string' && value.trim() === '' && path !== 'dataset.hash'
}
