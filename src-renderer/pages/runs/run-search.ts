/**
 * What a person typed to find runs: plain words, and conditions on settings. All must hold.
 * `paper groupSize=8 learningRate>1e-5 name:"two words" -tag:old`: `=` equals, `:` holds, a minus before a word or condition turns it round.
 */
import { makerTitle } from '#contract/algorithm-names'
import type { RunSummary } from '#contract/api'
import type { SettingsOfRuns } from '../../state/run-settings.svelte.ts'
import { fieldOf, OWN_FIELDS, type FoundField, type SearchField } from './search-fields.ts'

type Relation = '=' | '!=' | ':' | '>' | '>=' | '<' | '<='

/** Words and values in small letters. */
type Term =
  | { readonly kind: 'word'; readonly text: string; readonly isTag: boolean; readonly isNegated: boolean }
  | {
      readonly kind: 'condition'
      readonly field: SearchField
      readonly relation: Relation
      readonly value: string
      readonly isNegated: boolean
    }

export interface Search {
  readonly terms: readonly Term[]
  /** Paths of the settings that it asks for. */
  readonly paths: readonly string[]
  /** A sentence for each condition that cannot be read, which is passed over. */
  readonly problems: readonly string[]
}

/** Spaces part, but not inside quotes. */
const TOKENS = /(?:"[^"]*"?|[^\s"])+/g
/** A name, a relation, a value; an address (`http://…`, `C:\…`) is a word. */
const CONDITION = /^([a-z]\w*(?:\.\w+)*)(!=|>=|<=|=|>|<|:(?![/\\]))(.*)$/is

export function searchOf(typed: string): Search {
  const read = (typed.replace(/[“”„]/g, '"').match(TOKENS) ?? []).map(termOf)
  const terms = read.filter((one) => typeof one !== 'string')
  const paths = terms.flatMap((term) => (term.kind === 'condition' && term.field.kind === 'setting' ? term.field.path : []))
  return { terms, paths: [...new Set(paths)], problems: read.filter((one) => typeof one === 'string') }
}

/** A condition on a setting that is not read yet holds. */
export function isFound(run: RunSummary, { terms }: Search, settings: SettingsOfRuns): boolean {
  return terms.every((term) => {
    if (term.kind === 'word') return hasWord(run, term.text, term.isTag) !== term.isNegated
    const { field } = term
    if (field.kind === 'own') return fulfils(OWN_FIELDS[field.name](run), term) !== term.isNegated
    const ofRuns = settings[field.path]
    return ofRuns === undefined || fulfils(valuesIn(ofRuns[run.id]), term) !== term.isNegated
  })
}

/** A problem is a sentence. */
function termOf(token: string): Term | string {
  const isNegated = /^-[\p{L}#"]/u.test(token)
  const rest = isNegated ? token.slice(1) : token
  const [, name, relation, typed] = CONDITION.exec(rest) ?? []
  if (name === undefined) return wordOf(rest, isNegated)
  const field = fieldOf(name)
  const value = withoutQuotes(typed!).toLowerCase()
  if (field.kind === 'unknown' || field.kind === 'several') return fieldProblem(name, field)
  if (value === '') return `“${token}” says no value yet.`
  if (/[<>]/.test(relation!) && Number.isNaN(Number(value))) return `“${token}” asks for a number.`
  return { kind: 'condition', field, relation: relation as Relation, value, isNegated }
}

function wordOf(token: string, isNegated: boolean): Term {
  const isTag = token.startsWith('#') && token.length > 1
  return { kind: 'word', text: withoutQuotes(isTag ? token.slice(1) : token).toLowerCase(), isTag, isNegated }
}

function withoutQuotes(text: string): string {
  return text.replaceAll('"', '')
}

function fieldProblem(name: string, field: Extract<FoundField, { kind: 'unknown' | 'several' }>): string {
  if (field.kind === 'several') return `“${name}” could be ${field.paths.join(' or ')}.`
  return `There is no setting “${name}”${field.nearest === null ? '.' : `; the nearest is ${field.nearest}.`}`
}

function hasWord(run: RunSummary, word: string, isTag: boolean): boolean {
  if (isTag) return run.tags.some((tag) => tag.toLowerCase().includes(word))
  const fields = [run.name, run.status, run.algorithm, makerTitle(run), run.preset, run.text, ...run.tags]
  return fields.some((field) => field.toLowerCase().includes(word))
}

/** None where a setting is off or not there. */
function valuesIn(json: string | null | undefined): unknown[] {
  const value: unknown = json === null || json === undefined ? null : JSON.parse(json)
  return value === null ? [] : Array.isArray(value) ? value : [value]
}

function fulfils(values: readonly unknown[], { relation, value }: Extract<Term, { kind: 'condition' }>): boolean {
  switch (relation) {
    case '=':
      return isEqual(values, value)
    case '!=':
      return !isEqual(values, value)
    case ':':
      return values.some((one) => String(one).toLowerCase().includes(value))
    default:
      return values.some((one) => typeof one === 'number' && isBeyond(one, relation, Number(value)))
  }
}

const NOTHING = ['none', 'null', 'off']
const SWITCH: Readonly<Record<string, boolean>> = { true: true, on: true, yes: true, false: false, off: false, no: false }

function isEqual(values: readonly unknown[], wanted: string): boolean {
  if (values.length === 0) return NOTHING.includes(wanted)
  return values.some((value) => {
    if (typeof value === 'number') return value === Number(wanted)
    if (typeof value === 'boolean') return value === SWITCH[wanted]
    return String(value).toLowerCase() === wanted
  })
}

function isBeyond(value: number, relation: '>' | '>=' | '<' | '<=', bound: number): boolean {
  if (value === bound) return relation === '>=' || relation === '<='
  return value > bound === (relation === '>' || relation === '>=')
}
