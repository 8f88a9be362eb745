import { Drafts, draftText } from './drafts.ts'

const TAB_KEY = 'tab'

/** Survives reading the page anew, and is another one in another tab. */
function tabName(): string {
  const known = sessionStorage.getItem(TAB_KEY)
  if (known !== null) return known
  const name = crypto.getRandomValues(new Uint32Array(1))[0]!.toString(36)
  sessionStorage.setItem(TAB_KEY, name)
  return name
}

export const drafts = new Drafts(localStorage, tabName(), Date.now)

/** What is typed on one form, until it is done or discarded. Never holds a key or a password. */
export class Draft<T> {
  /** What was typed before the page went away; null: nothing. */
  readonly found: T | null
  /** When that was typed, ISO-UTC; null once it is done or discarded. */
  restoredAt = $state<string | null>(null)
  /** There was one of another version. */
  isDropped = $state(false)
  /** What is typed now is too long to be kept. */
  isTooLong = $state(false)
  readonly #form: string
  readonly #version: number
  readonly #first: string
  #last: string

  /** first: the form as it is when nothing was typed. read: a kept value as one of this form, else null. */
  constructor(form: string, version: number, first: T, read: (value: unknown) => T | null) {
    this.#form = form
    this.#version = version
    this.#first = draftText(first)
    const { draft, isDropped } = drafts.find(form, version, read)
    this.found = draft?.value ?? null
    this.#last = draft === null ? this.#first : draftText(draft.value)
    this.restoredAt = draft?.at ?? null
    this.isDropped = isDropped
  }

  /** To be called with every change. */
  keep(value: T): void {
    const text = draftText(value)
    if (text === this.#last) return
    this.#last = text
    if (text === this.#first) this.done()
    else this.isTooLong = !drafts.keep(this.#form, this.#version, value)
  }

  done(): void {
    this.#last = this.#first
    this.restoredAt = null
    this.isDropped = false
    this.isTooLong = false
    drafts.remove(this.#form)
  }
}
