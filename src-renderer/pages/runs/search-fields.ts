/** What a search can name: what the list says of a run itself, and the settings of its config by their paths or the ends of these. */
import { makerTitle } from '#contract/algorithm-names'
import type { RunSummary } from '#contract/api'
import { ALGORITHM_NAMES, RUN_SETTINGS, settingsOf } from '#contract/settings-catalogue'
import { STATUS_LOOKS } from '../status.ts'

export type OwnField = 'name' | 'id' | 'tag' | 'notes' | 'status' | 'preset' | 'algorithm' | 'step'

export type SearchField = { readonly kind: 'own'; readonly name: OwnField } | { readonly kind: 'setting'; readonly path: string }

/** A field, or why there is none. */
export type FoundField =
  | SearchField
  /** nearest: null where nothing is alike. */
  | { readonly kind: 'unknown'; readonly nearest: string | null }
  | { readonly kind: 'several'; readonly paths: readonly string[] }

export const OWN_FIELDS: Readonly<Record<OwnField, (run: RunSummary) => readonly (string | number)[]>> = {
  name: ({ name }) => [name],
  id: ({ id }) => [id],
  tag: ({ tags }) => tags,
  notes: ({ text }) => [text],
  status: ({ status }) => [status, STATUS_LOOKS[status]?.word ?? status],
  preset: ({ preset }) => [preset],
  // The setting tells nothing of a run that another program made, or that learnt from references alone.
  algorithm: (run) => [...(run.origin === null && !run.isSupervised ? [run.algorithm] : []), makerTitle(run)],
  step: ({ step }) => [step],
}

const OTHER_WORDS: Readonly<Record<string, OwnField>> = { tags: 'tag', note: 'notes', 'algorithm.name': 'algorithm' }

/** Where an end stands for several, the one that is meant. */
const MEANT: Readonly<Record<string, string>> = { learningrate: 'optimizer.learningRate' }

const OWN_NAMES = Object.keys(OWN_FIELDS) as OwnField[]

const SETTING_PATHS: readonly string[] = [
  ...new Set([...Object.keys(RUN_SETTINGS), ...ALGORITHM_NAMES.flatMap((name) => Object.keys(settingsOf(name)))]),
].filter((path) => !(path in OWN_FIELDS) && !(path in OTHER_WORDS))

/** Whatever the letters' case: `groupSize`, `lora.rank`, or `rank` where only one path ends so. */
export function fieldOf(name: string): FoundField {
  const wanted = name.toLowerCase()
  const own = OTHER_WORDS[wanted] ?? OWN_NAMES.find((one) => one === wanted)
  if (own !== undefined) return { kind: 'own', name: own }
  const path = SETTING_PATHS.find((one) => one.toLowerCase() === wanted) ?? MEANT[wanted]
  if (path !== undefined) return { kind: 'setting', path }
  const ending = SETTING_PATHS.filter((one) => one.toLowerCase().endsWith(`.${wanted}`))
  if (ending.length === 1) return { kind: 'setting', path: ending[0]! }
  return ending.length > 1 ? { kind: 'several', paths: ending } : { kind: 'unknown', nearest: nearestName(wanted) }
}

/** All names that lead to one field: paths and the ends of these that are not of several. */
export const FIELD_NAMES: readonly string[] = [...new Set([...OWN_NAMES, ...SETTING_PATHS.flatMap(endsOf)])].filter(
  (name) => fieldOf(name).kind !== 'several',
)

/** `reward.weights.quality`, `weights.quality`, `quality`. */
function endsOf(path: string): string[] {
  const words = path.split('.')
  return words.map((_, i) => words.slice(i).join('.'))
}

/** The choices of a field, where it has some. */
export function choicesOf(field: SearchField, runs: readonly RunSummary[]): readonly string[] {
  if (field.kind === 'own') return ownChoices(field.name, runs)
  const ranges = ALGORITHM_NAMES.flatMap((name) => settingsOf(name)[field.path]?.range ?? [])
  const chosen = ranges.flatMap((range) =>
    range.kind === 'choice' ? range.choices : range.kind === 'switch' ? ['true', 'false'] : [],
  )
  return [...new Set(chosen)]
}

function ownChoices(name: OwnField, runs: readonly RunSummary[]): readonly string[] {
  if (name === 'algorithm') return ALGORITHM_NAMES
  if (name !== 'tag' && name !== 'status' && name !== 'preset') return []
  const values = runs.map((run) => (name === 'tag' ? run.tags : [run[name]]))
  return [...new Set(values.flat())].sort()
}

/** By the fewest letters to change; initials and beginnings count as one: `lr` and `learning` are near `learningRate`. */
function nearestName(wanted: string): string | null {
  const distances = FIELD_NAMES.map((name) => {
    const isShort = initials(name) === wanted || name.toLowerCase().startsWith(wanted)
    return { name, distance: isShort ? 1 : distance(wanted, name.toLowerCase()) }
  })
  const nearest = distances.reduce((best, one) => (one.distance < best.distance ? one : best))
  return nearest.distance < Math.max(2, wanted.length * 0.6) ? nearest.name : null
}

/** `learningRate` -> `lr`; a path has none. */
function initials(name: string): string {
  return name.includes('.') ? '' : (name[0]! + name.slice(1).replace(/[^A-Z]/g, '')).toLowerCase()
}

/** Letters to put in, leave out, replace or swap with the next. */
function distance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = rows[i - 1]![j - 1]! + Number(a[i - 1] !== b[j - 1])
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row.push(Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, replaced, isSwap ? rows[i - 2]![j - 2]! + 1 : Infinity))
    }
    rows.push(row)
  }
  return rows[a.length]![b.length]!
}
