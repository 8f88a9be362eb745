/** Beyond it keys stand in each other's way. */
const MAX_FULL = 0.8

/** Numbers to numbers in twelve bytes an entry, outside of the collected heap: a million entries of a Map cost ten times that. */
export class NumberTable {
  /** 0 stands for an empty place; keys are kept one higher. */
  #keys = new Float64Array(1 << 12)
  #values = new Int32Array(1 << 12)
  #count = 0

  /** undefined for a key that is not there. Keys are whole, 0 <= key < 2^48. */
  get(key: number): number | undefined {
    const place = this.#placeOf(key + 1)
    return this.#keys[place] === 0 ? undefined : this.#values[place]
  }

  set(key: number, value: number): void {
    if (this.#count >= this.#keys.length * MAX_FULL) this.#grow()
    const place = this.#placeOf(key + 1)
    if (this.#keys[place] === 0) this.#count++
    this.#keys[place] = key + 1
    this.#values[place] = value
  }

  /** Where a stored key stands, or the empty place where it would. */
  #placeOf(stored: number): number {
    const mask = this.#keys.length - 1
    let place = (stored % 0x7fffffff) & mask
    while (this.#keys[place] !== 0 && this.#keys[place] !== stored) place = (place + 1) & mask
    return place
  }

  #grow(): void {
    const [keys, values] = [this.#keys, this.#values]
    this.#keys = new Float64Array(keys.length * 2)
    this.#values = new Int32Array(values.length * 2)
    keys.forEach((stored, i) => {
      if (stored === 0) return
      const place = this.#placeOf(stored)
      this.#keys[place] = stored
      this.#values[place] = values[i]!
    })
  }
}
