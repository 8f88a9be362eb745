/** A choice that the browser keeps. */
export class Kept<T> {
  value = $state.raw() as T
  readonly #key: string

  /** read: what was kept, or null, as a choice. */
  constructor(key: string, read: (text: string | null) => T) {
    this.#key = key
    this.value = read(localStorage.getItem(key))
  }

  set(value: T): void {
    this.value = value
    try {
      localStorage.setItem(this.#key, JSON.stringify(value))
    } catch {
      // A browser that is full keeps the choice as long as this page.
    }
  }
}

/** Ids of runs. */
export function keptIds(text: string | null): readonly string[] {
  const ids = parsed(text)
  return Array.isArray(ids) ? ids.filter((id) => typeof id === 'string') : []
}

function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? 'null')
  } catch {
    return null
  }
}
