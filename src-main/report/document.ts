/**
 * A report before it has a format. Every number in it is text already, made in numbers.ts, so that all formats say the same; only the points of
 * a curve are numbers too, for drawing it. Nothing here is escaped: each format does that for itself.
 */

export interface ReportDocument {
  readonly title: string
  /** When and by what it was made. */
  readonly byline: string
  readonly blocks: readonly Block[]
  /** Runs that it is about: what a panel that reads them elsewhere asks for. */
  readonly runIds: readonly string[]
}

export type Block = Heading | Paragraph | List | Table | ChartRow | Facts | Code | Together

export interface Heading {
  readonly kind: 'heading'
  /** 2: a section, 3: a part of one. */
  readonly level: 2 | 3
  readonly text: string
}

export interface Paragraph {
  readonly kind: 'paragraph'
  readonly text: string
  /** Says how to read something. */
  readonly isNote: boolean
}

export interface List {
  readonly kind: 'list'
  readonly items: readonly string[]
  /** Something to look up rather than to read. */
  readonly isSmall: boolean
}

/** The first column names the row. */
export interface Table {
  readonly kind: 'table'
  readonly caption: string
  readonly head: readonly string[]
  /** As many cells as the head has. */
  readonly rows: readonly (readonly string[])[]
  /** words: cells are text that may be long, not numbers. */
  readonly cells: 'numbers' | 'words'
}

export interface ChartRow {
  readonly kind: 'charts'
  readonly charts: readonly Chart[]
}

export interface Chart {
  /** Metric in the catalogue. */
  readonly key: string
  readonly title: string
  /** What is measured. */
  readonly note: string
  /** rate: shares, drawn from 0 to 100 %; number: from 0 or below to what there is. */
  readonly range: 'rate' | 'number'
  /** What it runs over, from 0. */
  readonly axis: { readonly unit: 'step' | 'minutes of training'; readonly last: number }
  readonly series: readonly Series[]
  /** A row a series, its values at some places of the axis. */
  readonly readings: Table
}

export interface Series {
  readonly title: string
  /** `group`: nth colour of those that tell groups apart; else a component's own colour, or that of text. */
  readonly color: { readonly group: number } | { readonly component: string } | 'ink'
  /** Ascending. */
  readonly points: readonly Point[]
}

export interface Point {
  /** Place on the chart's axis. */
  readonly at: number
  readonly value: number
  /** Ends of the 95 % interval over seeds; null where there is none. */
  readonly band: { readonly low: number; readonly high: number } | null
  readonly text: string
}

export interface Facts {
  readonly kind: 'facts'
  readonly facts: readonly (readonly [name: string, value: string])[]
}

export interface Code {
  readonly kind: 'code'
  readonly language: 'verilog' | 'json' | 'shell' | 'text'
  readonly caption: string
  readonly text: string
  /** Something to look up rather than to read: folded on a screen, small on paper. */
  readonly isAppendix: boolean
  /** It lies beside the report under this name; null: it does not. */
  readonly file: string | null
}

/** Stays on one page where it fits. */
export interface Together {
  readonly kind: 'together'
  readonly blocks: readonly Block[]
  /** What is said of them: beside them where there is room, else below. */
  readonly aside: readonly Block[]
}

export const heading = (text: string, level: Heading['level'] = 2): Heading => ({ kind: 'heading', level, text })
export const paragraph = (text: string): Paragraph => ({ kind: 'paragraph', text, isNote: false })
export const note = (text: string): Paragraph => ({ kind: 'paragraph', text, isNote: true })
export const list = (items: readonly string[], isSmall = false): List => ({ kind: 'list', items, isSmall })
export const facts = (of: Facts['facts']): Facts => ({ kind: 'facts', facts: of })

/** All texts of a value of this model changed by `change`; keys of objects and what only chooses a look stay. */
export function mapTexts<T>(value: T, change: (text: string) => string): T {
  if (typeof value === 'string') return change(value) as T
  if (Array.isArray(value)) return value.map((item: unknown) => mapTexts(item, change)) as T
  if (typeof value !== 'object' || value === null) return value
  const fixed = new Set(['kind', 'range', 'unit', 'cells', 'language', 'color', 'key', 'runIds', 'file'])
  return Object.fromEntries(
    Object.entries(value).map(([name, of]) => [name, fixed.has(name) ? (of as unknown) : mapTexts(of as unknown, change)]),
  ) as T
}
