/** The same task twice: whoever trains on one and is tested on the other has not been tested. */
import { hash } from 'node:crypto'
import { SPLITS, type Split } from '#contract/task'
import type { Draft } from './draft.ts'
import { PlaceList } from './place-list.ts'

export interface Repetition {
  readonly field: 'instruction' | 'reference'
  /** Where it was first met. */
  readonly place: string
  readonly isLeak: boolean
}

/** Remembers a number and a place for each text, so that sets of a million tasks fit. */
export class Duplicates {
  readonly #places = new PlaceList()
  readonly #splits: number[] = []
  readonly #groups: number[] = []
  readonly #ids = new Map<number, number>()
  readonly #first = { instruction: new Map<number, number>(), reference: new Map<number, number>() }

  /** Notes a task; gives where its words or its reference were met before. Those of one group may share them. */
  met(draft: Draft, split: Split, file: string, row: number): Repetition[] {
    const index = this.#places.add(file, row)
    this.#splits.push(SPLITS.indexOf(split))
    this.#groups.push(draft.group === null ? 0 : numberOf(draft.group))
    const texts = { instruction: plainWords(draft.instruction), reference: draft.reference === null ? null : plainCode(draft) }
    return (['instruction', 'reference'] as const).flatMap((field): Repetition[] => {
      const text = texts[field]
      if (text === null) return []
      const key = numberOf(text)
      const before = this.#first[field].get(key)
      if (before === undefined) this.#first[field].set(key, index)
      if (before === undefined || (draft.group !== null && this.#groups[before] === this.#groups[index])) return []
      return [{ field, place: this.#places.nameOf(before), isLeak: this.#splits[before] !== this.#splits[index] }]
    })
  }

  /** null for an id that nobody had; else where it stands. The id belongs to the next task that is noted. */
  takeId(id: string): string | null {
    const key = numberOf(id)
    const before = this.#ids.get(key)
    if (before === undefined) this.#ids.set(key, this.#places.length)
    return before === undefined ? null : this.#places.nameOf(before)
  }
}

/** What decides a task's split: its group, else its reference, else its words. Duplicates land together, in whatever order they come. */
export function splitKey(draft: Draft): string {
  return draft.group ?? (draft.reference === null ? plainWords(draft.instruction) : plainCode(draft))
}

function plainWords(text: string): string {
  return text.toLowerCase().replace(/\s+/g, ' ').trim()
}

function plainCode({ reference, moduleName }: Draft): string {
  return (reference ?? '')
    .replace(/\/\/[^\n]*|\/\*[\s\S]*?\*\//g, ' ')
    .replaceAll(moduleName, 'm')
    .replace(/\s+/g, ' ')
    .trim()
}

/** 48 bits of a hash: two of a million texts share them with a chance of 1 in 500. */
function numberOf(text: string): number {
  return Number.parseInt(hash('sha256', text, 'hex').slice(0, 12), 16)
}
