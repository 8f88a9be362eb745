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
  return values.sort((a, b) => a - b)[Math.floor(tries / 2)]!
}
