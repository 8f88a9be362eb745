/** How what a person types to find runs could go on. */
import type { RunSummary } from '#contract/api'
import { labelOf } from '../setting-labels.ts'
import { choicesOf, FIELD_NAMES, fieldOf } from './search-fields.ts'

export interface SearchOffer {
  /** All that would stand in the field. */
  readonly text: string
  readonly label: string
}

const MOST = 12

/** Names that begin with the last word, or choices that begin with its value; none where nothing was begun. */
export function searchOffers(typed: string, runs: readonly RunSummary[]): SearchOffer[] {
  const [, before, minus, word] = /^(.*?)(-?)([^\s"]*)$/s.exec(typed)!
  const isInQuotes = before!.split('"').length % 2 === 0
  if (word === '' || isInQuotes || !/(^|\s)$/.test(before!)) return []
  const head = before! + minus!
  const [, name, relation, value] = /^([\w.]+)(!=|=|:)(.*)$/.exec(word!) ?? []
  const offers =
    name === undefined
      ? namesFor(word!)
      : valuesFor(name, value!, runs).map((one) => ({ text: name + relation! + one, label: '' }))
  return offers.slice(0, MOST).map(({ text, label }) => ({ text: head + text, label }))
}

function namesFor(word: string): SearchOffer[] {
  const begun = word.toLowerCase()
  const names = FIELD_NAMES.filter((name) => name.toLowerCase().startsWith(begun))
  return names.map((name) => ({ text: `${name}=`, label: labelFor(name) }))
}

function labelFor(name: string): string {
  const field = fieldOf(name)
  return field.kind === 'setting' ? labelOf(field.path) : ''
}

function valuesFor(name: string, begun: string, runs: readonly RunSummary[]): string[] {
  const field = fieldOf(name)
  if (field.kind !== 'own' && field.kind !== 'setting') return []
  const values = choicesOf(field, runs).filter((value) => value.toLowerCase().startsWith(begun.toLowerCase()))
  return values.map((value) => (/\s/.test(value) ? `"${value}"` : value))
}
