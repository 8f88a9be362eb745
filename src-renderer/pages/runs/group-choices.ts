/** What the list of runs can be grouped by, and what the groups are called. */
import type { RunSummary } from '#contract/api'
import { RUN_SETTINGS } from '#contract/settings-catalogue'
import { labelOf } from '../setting-labels.ts'
import { STATUS_LOOKS } from '../status.ts'

export interface GroupChoice {
  readonly key: string
  readonly title: string
}

export const FIRST_CHOICES: readonly GroupChoice[] = [
  { key: 'algorithm.name', title: 'Algorithm' },
  { key: 'preset', title: 'Preset' },
  { key: 'status', title: 'Status' },
  { key: 'tag', title: 'Tag' },
]

/** Every other setting. */
export const SETTING_CHOICES: readonly GroupChoice[] = Object.keys(RUN_SETTINGS)
  .filter((path) => path !== 'name' && FIRST_CHOICES.every(({ key }) => key !== path))
  .map((path) => ({ key: path, title: labelOf(path) }))
  .sort((a, b) => a.title.localeCompare(b.title))

/** Is it what the runs' settings have at a path, which is to be read first? */
export function isSetting(key: string | null): key is string {
  return key !== null && key !== 'status' && key !== 'tag'
}

/** Groups of a run. `settings`: run -> what its config has there, as JSON. */
export function titlesBy(key: string, settings: Readonly<Record<string, string | null>>): (run: RunSummary) => readonly string[] {
  if (key === 'status') return ({ status }) => [STATUS_LOOKS[status]?.word ?? status]
  if (key === 'tag') return ({ tags }) => (tags.length === 0 ? ['no tag'] : tags)
  return ({ id }) => [words(settings[id])]
}

function words(json: string | null | undefined): string {
  if (json === null || json === undefined) return 'not set'
  const value: unknown = JSON.parse(json)
  return value === null ? 'none' : typeof value === 'string' ? value : json
}
