/** The same task twice: whoever trains on one and is tested on the other has not been tested. */
import { createHash } from 'node:crypto'
import type { Draft } from './draft.ts'

interface Seen {
  readonly place: string
  readonly split: string
  readonly group: string | null
}

export interface Repetition {
  readonly field: 'instruction' | 'reference'
  /** Where it was first met. */
  readonly place: string
  readonly isLeak: boolean
}

/** Remembers 16 characters and a place for each text, so that large sets fit. */
export class Duplicates {
  readonly #seen = { instruction: new Map<string, Seen>(), reference: new Map<string, Seen>() }

  /** Where a draft was met before; those of one group may share a reference. */
  met(draft: Draft, split: string, place: string): Repetition[] {
    const { group } = draft
    const texts = { instruction: plainWords(draft.instruction), reference: draft.reference === null ? null : plainCode(draft) }
    return (['instruction', 'reference'] as const).flatMap((field): Repetition[] => {
      const text = texts[field]
      if (text === null) return []
      const key = shortHash(text)
      const before = this.#seen[field].get(key)
      if (before === undefined) this.#seen[field].set(key, { place, split, group })
      if (before === undefined || (group !== null && before.group === group)) return []
      return [{ field, place: before.place, isLeak: before.split !== split }]
    })
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

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('base64').slice(0, 16)
}
