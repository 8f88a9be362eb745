/** All settings of a run as a table: what differs from its preset first. */
import type { RunConfig } from '#contract/run-config'
import { settingsOf } from '#contract/settings-catalogue'
import { valueAtPath } from '../config-path.ts'
import { rowLabelOf } from '../setting-labels.ts'

export interface SettingRow {
  readonly path: string
  readonly label: string
  readonly meaning: string
  readonly value: string
  /** What the preset says; null where it says nothing else, or is not known. */
  readonly inPreset: string | null
}

/** Filled in when the run is made: a preset cannot know it. */
const FILLED_IN = ['dataset.hash', 'preset']

/** preset: null where it is not known. */
export function settingRows(config: RunConfig, preset: RunConfig | null): SettingRow[] {
  const rows = Object.entries(settingsOf(config.algorithm.name)).flatMap(([path, { meaning }]): SettingRow[] => {
    const value = valueAtPath(config, path)
    if (value === undefined) return []
    const text = valueText(value)
    const before = preset === null || FILLED_IN.includes(path) ? text : valueText(valueAtPath(preset, path))
    return [{ path, label: rowLabelOf(path), meaning, value: text, inPreset: before === text ? null : before }]
  })
  return rows.sort((a, b) => Number(b.inPreset !== null) - Number(a.inPreset !== null))
}

/** Words of the label, the path, or the meaning. */
export function rowsWith(rows: readonly SettingRow[], wanted: string): SettingRow[] {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean)
  return rows.filter(({ label, path, meaning }) => {
    const text = `${label} ${path} ${meaning}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
}

/** Whole numbers and fractions as they were set, to the last digit. */
function valueText(value: unknown): string {
  if (value === null || value === undefined) return 'off'
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.map((one) => JSON.stringify(one)).join(', ')
  return String(value)
}

/** Nested facts as rows: `engine.dtype` -> float32. */
export function factRows(facts: Readonly<Record<string, unknown>>, before = ''): (readonly [name: string, value: string])[] {
  return Object.entries(facts).flatMap(([key, value]) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? factRows(value as Record<string, unknown>, `${before}${key}.`)
      : [[before + key, valueText(value)] as const],
  )
}
