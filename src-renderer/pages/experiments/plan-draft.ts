/** What a person asks for on the form, and the plan that it makes. */
import { ALGORITHM_TITLES } from '#contract/algorithm-names'
import type { PresetInfo } from '#contract/api'
import type { ExperimentPlan } from '#contract/experiment'
import type { FormArms } from '../../state/form-arms.ts'
import { withChanges } from '../../state/setting-changes.ts'
import { rowLabelOf } from '../setting-labels.ts'

export interface PlanDraft {
  /** Names of the presets that are the arms. */
  readonly presets: readonly string[]
  readonly seedCount: number
  /** Completions of each run. */
  readonly rollouts: number
  /** What differs from the presets, as the form of a run had it; null: nothing. */
  readonly overrides: FormArms['overrides'] | null
}

export type DraftField = Exclude<keyof PlanDraft, 'overrides'>

/** What is kept of the form: `once` is the act by which just this plan was sent, when no answer came (contract/once.ts). */
export interface TypedPlan extends PlanDraft {
  readonly once: string | null
}

/** What a person most often wants: the two algorithms beside each other, as in the experiment that ships. */
export const FIRST_DRAFT: TypedPlan = {
  presets: ['starter-grpo', 'starter-ppo'],
  seedCount: 3,
  rollouts: 10_240,
  overrides: null,
  once: null,
}

const MOST_SEEDS = 32
const MOST_ARMS = 16
const LONGEST_TITLE = 60
const LONGEST_NAME = 40

/** All test tasks there are, as in the experiment that ships. */
const EVALUATION = { taskCount: 1000, samples: 4, draws: 4, seed: 1 } as const

/** What is wrong with a field and what to do; '' when it is fine. */
export function draftProblem(draft: PlanDraft, field: DraftField): string {
  if (field === 'presets') {
    if (draft.presets.length === 0) return 'Choose at least one preset; two or more are compared with each other.'
    return draft.presets.length > MOST_ARMS ? `At most ${MOST_ARMS} can be compared.` : ''
  }
  const [most, thing] = field === 'seedCount' ? [MOST_SEEDS, 'seeds'] : [Infinity, 'completions']
  const value = draft[field]
  if (!Number.isFinite(value)) return 'A number is needed here.'
  if (!Number.isInteger(value)) return `${value} is not a whole number; try ${Math.round(value)}.`
  if (value < 1) return `${value} is too small; the least is 1.`
  return value > most ? `${value} is too large; at most ${most} ${thing}.` : ''
}

export function isReady(draft: PlanDraft): boolean {
  return (['presets', 'seedCount', 'rollouts'] as const).every((field) => draftProblem(draft, field) === '')
}

/** Steps of each run of an arm, and the completions of one step. */
export function stepsOf(
  { rollouts, overrides }: Pick<PlanDraft, 'rollouts' | 'overrides'>,
  { name, config }: PresetInfo,
): { readonly steps: number; readonly perStep: number } {
  const { promptsPerStep, groupSize } = withChanges(config, overrides?.[name] ?? {}).after
  const perStep = promptsPerStep * groupSize
  return { steps: Math.ceil(rollouts / perStep), perStep }
}

/** What an arm changes of its preset, in words: `Group size 4, Adapter off`; '' where it changes nothing. */
export function changesWords({ overrides }: Pick<PlanDraft, 'overrides'>, preset: string): string {
  const changes = Object.entries(overrides?.[preset] ?? {})
  return changes.map(([path, value]) => `${rowLabelOf(path)} ${valueWords(value)}`).join(', ')
}

function valueWords(value: unknown): string {
  if (value === null) return 'off'
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** The draft must be ready. */
export function planOf(draft: PlanDraft, presets: readonly PresetInfo[]): ExperimentPlan {
  const chosen = presets.filter(({ name }) => draft.presets.includes(name))
  const titles = armTitles(chosen)
  const seeds = Array.from({ length: draft.seedCount }, (_, i) => i + 1)
  const seedWords = seeds.length === 1 ? 'one seed' : `${seeds.length} seeds`
  return {
    schemaVersion: 1,
    name: nameOf(chosen),
    title: `${joined(titles)}, ${seedWords}`.slice(0, 120),
    description: `${joined(titles)} with equal budgets of ${draft.rollouts} completions a run, ${seedWords}${titles.length > 1 ? ' each' : ''}.`,
    arms: chosen.map(({ name }, i) => {
      const overrides = { ...draft.overrides?.[name] }
      return { name, title: titles[i]!, preset: name, seeds, overrides, asLongAs: null }
    }),
    budget: { rollouts: draft.rollouts, tokens: null, seconds: null },
    evaluation: EVALUATION,
  }
}

/** Field of the form that shows what the workbench says of a path in a plan or in the settings of an arm; null where none does. */
export function draftFieldOf(path: string | null): DraftField | null {
  if (path === null) return null
  if (/^arms\.\d+\.seeds/.test(path)) return 'seedCount'
  if (path.startsWith('budget')) return 'rollouts'
  return /^(arms|model|dataset|judge)\b/.test(path) ? 'presets' : null
}

/** By algorithm, as in sentences; where several share one, by preset. */
function armTitles(presets: readonly PresetInfo[]): string[] {
  const algorithms = presets.map(({ config }) => ALGORITHM_TITLES[config.algorithm.name])
  return presets.map(({ title }, i) => {
    const isShared = algorithms.filter((algorithm) => algorithm === algorithms[i]).length > 1
    return isShared ? title.slice(0, LONGEST_TITLE) : algorithms[i]!
  })
}

/** `grpo-ppo`: part of the names of its folder and its runs. */
function nameOf(presets: readonly PresetInfo[]): string {
  const algorithms = [...new Set(presets.map(({ config }) => config.algorithm.name.replaceAll('_', '-')))]
  return algorithms.join('-').slice(0, LONGEST_NAME)
}

function joined(titles: readonly string[]): string {
  return titles.length < 2 ? (titles[0] ?? '') : `${titles.slice(0, -1).join(', ')} and ${titles.at(-1)}`
}
