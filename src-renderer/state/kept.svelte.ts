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
    localStorage.setItem(this.#key, JSON.stringify(value))
  }
}
