/** What uv and pip say while they work: how far the large packages are, and at the end why it did not go on. */

export interface Amounts {
  readonly totalBytes: number
  readonly doneBytes: number
}

const UNITS: Readonly<Record<string, number>> = { KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, kB: 1e3, MB: 1e6, GB: 1e9 }
const NAMED = /^\s*Downloading (\S+) \(([\d.]+) ?(KiB|MiB|GiB|kB|MB|GB)\)/
const FETCHED = /^\s*Downloaded (\S+)/

/** Counts packages as they are named (`Downloading torch (2.5GiB)`) and fetched (` Downloaded torch`). */
export class FetchTally {
  readonly #bytesByName = new Map<string, number>()
  readonly #fetched = new Set<string>()

  hear(line: string): void {
    const [, name, amount, unit] = NAMED.exec(line) ?? []
    if (name !== undefined && !name.endsWith('.metadata')) {
      // pip fetches one file after another, and does not say when one is there.
      if (name.endsWith('.whl')) for (const earlier of this.#bytesByName.keys()) this.#fetched.add(earlier)
      this.#bytesByName.set(name, Number(amount) * UNITS[unit!]!)
    }
    const fetched = FETCHED.exec(line)?.[1]
    if (fetched !== undefined) this.#fetched.add(fetched)
  }

  get amounts(): Amounts {
    let [totalBytes, doneBytes] = [0, 0]
    for (const [name, bytes] of this.#bytesByName) {
      totalBytes += bytes
      if (this.#fetched.has(name)) doneBytes += bytes
    }
    return { totalBytes, doneBytes }
  }
}

const MARK = /^(cause:|error:|ERROR:|Caused by:|× |╰─▶ )\s*/

/** The words among a tool's last ones that say why, on one line and without their full stop. */
export function reasonIn(lastWords: string): string {
  const lines = lastWords
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  // uv names the deepest cause last, pip its conclusion.
  const told = lines.findLast((line) => MARK.test(line)) ?? lines.at(-1) ?? 'it ended without a word'
  return told.replace(MARK, '').slice(0, 300).replace(/[.]+$/, '')
}

export function isOutOfSpace(lastWords: string): boolean {
  return /no space left on device|os error 28|disk quota exceeded|not enough space on the disk/i.test(lastWords)
}
