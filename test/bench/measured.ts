/** What a bench gives. */
export interface Measured {
  readonly what: string
  readonly value: number
  readonly unit: string
  readonly how: string
}

export async function secondsOf(run: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  await run()
  return (performance.now() - start) / 1000
}

export async function median(tries: number, measure: (index: number) => Promise<number>): Promise<number> {
  const values: number[] = []
  for (let i = 0; i < tries; i++) values.push(await measure(i))
  return middle(values)
}

/** Of an even number the mean of the two in the middle. */
export function middle(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const half = sorted.length / 2
  return (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2
}
