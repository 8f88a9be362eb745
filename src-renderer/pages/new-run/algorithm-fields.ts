/** The settings of an algorithm as the form shows them, from the catalogue. */
import type { RunConfig } from '#contract/run-config'
import type { Range, Setting } from '#contract/setting'
import { ALGORITHM_SETTINGS } from '#contract/settings-catalogue'
import { valueAtPath } from './fields.ts'

export interface AlgorithmField extends Setting {
  /** Path in RunConfig. */
  readonly path: string
  readonly label: string
}

/** The KL coefficient stands among the others. */
const SHOWN_ELSEWHERE = ['klCoef']

export function algorithmFields({ algorithm }: RunConfig): AlgorithmField[] {
  return Object.entries(ALGORITHM_SETTINGS[algorithm.name])
    .filter(([name]) => !SHOWN_ELSEWHERE.includes(name))
    .map(([name, setting]) => ({ ...setting, path: `algorithm.${name}`, label: labelOf(name) }))
}

/** `clipEpsilonLow` -> “Clip epsilon low”; what it is counted in stands in the meaning. */
function labelOf(name: string): string {
  const words = name
    .replace(/^has(?=[A-Z])/, '')
    .replace(/(Steps|Tokens)$/, '')
    .replace(/([a-z])([A-Z])/g, (_, end: string, start: string) => `${end} ${start.toLowerCase()}`)
    .replace(/\bkl\b/i, 'KL')
  return words[0]!.toUpperCase() + words.slice(1)
}

/** What is wrong with a value and what to do; '' when it is fine. */
export function algorithmProblem({ range }: AlgorithmField, value: unknown): string {
  if (range.kind !== 'number') return ''
  if (value === null && range.isNullable) return ''
  if (typeof value !== 'number' || !Number.isFinite(value)) return 'A number is needed here.'
  if (range.isWhole && !Number.isInteger(value)) return `${value} is not a whole number; try ${Math.round(value)}.`
  return outside(range, value)
}

function outside({ min, above, max, below }: Extract<Range, { kind: 'number' }>, value: number): string {
  if (min !== undefined && value < min) return `${value} is too small; the least is ${min}.`
  if (above !== undefined && value <= above) return `It must be above ${above}.`
  if (max !== undefined && value > max) return `${value} is too large; the most is ${max}.`
  if (below !== undefined && value >= below) return `It must be below ${below}.`
  return ''
}

export function algorithmProblems(config: RunConfig): string[] {
  return algorithmFields(config).map((field) => algorithmProblem(field, valueAtPath(config, field.path)))
}
