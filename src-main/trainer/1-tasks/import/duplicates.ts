/** The same task twice: whoever trains on one and is tested on the other has not been tested. */
import { hash } from 'node:crypto'
import type { Split } from '#contract/splits'
import type { Draft } from './draft.ts'
import { NotedTasks } from './noted-tasks.ts'
import { NumberTable } from './number-table.ts'

export interface Repetition {
  readonly field: 'instruction' | 'reference'
  /** Where it was first met. */
  readonly place: string
  readonly isLeak: boolean
}

/** Remembers a number and a place for each text, so that sets of a million tasks fit. */
export class Duplicates {
  readonly #noted = new NotedTasks()
  readonly #ids = new NumberTable()
  readonly #first = { instruction: new NumberTable(), reference: new NumberTable() }

  /** Notes a task; gives where its words or its reference were met before. Those of one group may share them. */
  met(draft: Draft, split: Split, file: string, row: number): Repetition[] {
    const group = draft.group === null ? 0 : numberOf(draft.group) >>> 0
    const index = this.#noted.add(file, row, split, group)
    const texts = { instruction: plainWords(draft.instruction), reference: draft.reference === null ? null : plainCode(draft) }
    return (['instruction', 'reference'] as const).flatMap((field): Repetition[] => {
      const text = texts[field]
      if (text === null) return []
      const key = numberOf(text)
      const first = this.#first[field].get(key)
      if (first === undefined) this.#first[field].set(key, index)
      const before = first === undefined ? null : this.#noted.at(first)
      if (before === null || (draft.group !== null && before.group === group)) return []
      return [{ field, place: before.place, isLeak: before.split !== split }]
    })
  }

  /** null for an id that nobody had; else where it stands. The id belongs to the next task that is noted. */
  takeId(id: string): string | null {
    const key = numberOf(id)
    const before = this.#ids.get(key)
    if (before === undefined) this.#ids.set(key, this.#noted.length)
    return before === undefined ? null : this.#noted.at(before).place
  }
}

/** What decides a task's split: its group, else its reference, else its words. Duplicates land together, in whatever order they come. */
export function splitKey(draft: Draft): string {
  return draft.group ?? (draft.reference === null ? plainWords(draft.instruction) : plainCode(draft))
}

function plainWords(text: string): string {
  return text.toLowerCase().replace(/\s+/g, ' ').trim()
}

/** The code that was read last: it is asked for twice, for the split and for what came before. */
let last: { readonly reference: string; readonly moduleName: string; readonly plain: string } | null = null

/** Code without its module's own name, blanks and comments: sets give the same design others of them. */
function plainCode({ reference, moduleName }: Draft): string {
  const code = reference ?? ''
  if (last?.reference !== code || last.moduleName !== moduleName) {
    last = { reference: code, moduleName, plain: plainText(code, moduleName) }
  }
  return last.plain
}

/** Patterns, not tokens: those would make an import a third slower, and what a string hides matters to nobody here. */
function plainText(code: string, moduleName: string): string {
  return code
    .replace(/\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)/g, ' ')
    .replaceAll(moduleName, (name, at: number, whole: string) =>
      isNamePart(whole[at - 1]) || isNamePart(whole[at + name.length]) ? name : ' ',
    )
    .replace(/\s+/g, '')
}

function isNamePart(character: string | undefined): boolean {
  return character !== undefined && /[\w$]/.test(character)
}

/** 48 bits of a hash: two of a million texts share them with a chance of 1 in 500. */
function numberOf(text: string): number {
  return Number.parseInt(hash('sha256', text, 'hex').slice(0, 12), 16)
}
