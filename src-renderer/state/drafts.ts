/**
 * What people have typed and not finished, kept in the browser: one slot for each form and tab, so that tabs do not write over each other. A form that
 * is opened takes its own tab's slot, else the newest of the others. Bounded in number, size and age; a draft that is not what its form expects is
 * dropped.
 */

type DraftStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>

export interface FoundDraft<T> {
  readonly value: T
  /** ISO-UTC: when it was typed. */
  readonly at: string
}

const PREFIX = 'draft:'
const MOST_DRAFTS = 60
/** A pasted design of a thousand lines is a sixth of it. */
const MOST_LETTERS = 300_000
const KEPT_DAYS = 30
const DAY_MS = 86_400_000

interface Slot {
  readonly version: number
  readonly at: string
  readonly value: unknown
}

export class Drafts {
  readonly #storage: DraftStorage
  readonly #tab: string
  /** Milliseconds since 1970. */
  readonly #now: () => number
  /** Form -> the slot of another tab that it began with, as it was then. */
  readonly #taken = new Map<string, { readonly key: string; readonly text: string }>()

  /** tab: letters and digits, the same for this tab after it is read anew. */
  constructor(storage: DraftStorage, tab: string, now: () => number) {
    this.#storage = storage
    this.#tab = tab
    this.#now = now
    this.#forgetOld()
  }

  /** `read` gives null for what is no draft of its form. `isDropped`: there was one that could not be used. */
  find<T>(
    form: string,
    version: number,
    read: (value: unknown) => T | null,
  ): { readonly draft: FoundDraft<T> | null; readonly isDropped: boolean } {
    const own = this.#keyOf(form)
    const slots = this.#slotsOf(form).map((key) => ({ key, text: this.#storage.getItem(key) ?? '' }))
    const newest = slots
      .map((slot) => ({ ...slot, at: slotOf(slot.text)?.at ?? '' }))
      .sort((a, b) => Number(b.key === own) - Number(a.key === own) || (a.at < b.at ? 1 : -1))
    let isDropped = false
    for (const { key, text } of newest) {
      const slot = slotOf(text)
      const value = slot?.version === version ? read(slot.value) : null
      if (slot !== null && value !== null) {
        if (key !== own) this.#taken.set(form, { key, text })
        return { draft: { value, at: slot.at }, isDropped }
      }
      this.#storage.removeItem(key)
      isDropped = true
    }
    return { draft: null, isDropped }
  }

  /** false where it is too long, or the browser has no room for it: what was kept before is gone then too. */
  keep(form: string, version: number, value: unknown): boolean {
    const key = this.#keyOf(form)
    const text = draftText({ version, at: new Date(this.#now()).toISOString(), value } satisfies Slot)
    if (text.length > MOST_LETTERS) {
      this.#storage.removeItem(key)
      return false
    }
    if (this.#storage.getItem(key) === null) this.#leave(MOST_DRAFTS - 1, this.#keys())
    return this.#put(key, text)
  }

  /** Done with: in this tab's slot, and in the one it was taken from unless that tab went on. */
  remove(form: string): void {
    this.#storage.removeItem(this.#keyOf(form))
    const taken = this.#taken.get(form)
    if (taken !== undefined && this.#storage.getItem(taken.key) === taken.text) this.#storage.removeItem(taken.key)
    this.#taken.delete(form)
  }

  /** In the slots of all tabs. */
  removeAll(form: string): void {
    for (const key of this.#slotsOf(form)) this.#storage.removeItem(key)
  }

  /** Forms that have a draft and whose names begin so, each once. */
  forms(beginning: string): string[] {
    const forms = this.#keys(`${PREFIX}${beginning}`).map((key) => key.slice(PREFIX.length, key.lastIndexOf(':')))
    return [...new Set(forms)]
  }

  #keyOf(form: string): string {
    return `${PREFIX}${form}:${this.#tab}`
  }

  #keys(beginning = PREFIX): string[] {
    const keys = Array.from({ length: this.#storage.length }, (_, i) => this.#storage.key(i) ?? '')
    return keys.filter((key) => key.startsWith(beginning))
  }

  /** What follows the name of the form is a tab, which has no colon. */
  #slotsOf(form: string): string[] {
    const beginning = `${PREFIX}${form}:`
    return this.#keys(beginning).filter((key) => !key.slice(beginning.length).includes(':'))
  }

  #put(key: string, text: string): boolean {
    for (;;) {
      try {
        this.#storage.setItem(key, text)
        return true
      } catch {
        // The browser is full: older drafts go first.
        const others = this.#keys().filter((one) => one !== key)
        if (others.length === 0) break
        this.#leave(Math.floor(others.length / 2), others)
      }
    }
    this.#storage.removeItem(key)
    return false
  }

  /** The newest so many of these. */
  #leave(count: number, keys: readonly string[]): void {
    const oldest = keys
      .map((key) => ({ key, at: slotOf(this.#storage.getItem(key) ?? '')?.at ?? '' }))
      .sort((a, b) => (a.at < b.at ? -1 : 1))
    for (const { key } of oldest.slice(0, Math.max(0, oldest.length - count))) this.#storage.removeItem(key)
  }

  #forgetOld(): void {
    const oldest = new Date(this.#now() - KEPT_DAYS * DAY_MS).toISOString()
    for (const key of this.#keys()) {
      if ((slotOf(this.#storage.getItem(key) ?? '')?.at ?? '') < oldest) this.#storage.removeItem(key)
    }
  }
}

/** As JSON; a number that is being typed, and is none yet, is left out. */
export function draftText(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (Number.isNaN(part) ? undefined : part))
}

function slotOf(text: string): Slot | null {
  try {
    const slot = JSON.parse(text) as Partial<Slot> | null
    return typeof slot?.at === 'string' && typeof slot.version === 'number' ? (slot as Slot) : null
  } catch {
    return null
  }
}
