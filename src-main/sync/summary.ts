/** The summary that W&B shows of a run: the newest value of each key. */
import type { Line, LineValue } from './lines.ts'

export class Summary {
  readonly #newest = new Map<string, { readonly step: number; readonly value: LineValue }>()

  /** Lines may come in any order, and more than once. */
  add({ number, values }: Line): void {
    for (const [key, value] of Object.entries(values)) {
      const known = this.#newest.get(key)
      if (known === undefined || known.step <= number) this.#newest.set(key, { step: number, value })
    }
  }

  values(): Record<string, LineValue> {
    const entries = [...this.#newest].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, { value }]) => [key, value] as const)
    const runtime = this.#newest.get('_runtime')?.value
    return { ...Object.fromEntries(entries), ...(typeof runtime === 'number' && { _wandb: { runtime: Math.floor(runtime) } }) }
  }
}

/** Of all lines of a run. */
export function summaryOf(lines: readonly Line[]): Record<string, LineValue> {
  const summary = new Summary()
  for (const line of lines) summary.add(line)
  return summary.values()
}
