import { describe, expect, test } from 'vitest'
import { drawToken } from '#trainer/engines/onnx/sampler'
import { createRandom } from '#trainer/math/random'

const DRAWS = 20_000
const SHARES = Float32Array.of(0.6439, 0.2369, 0.0871, 0.0321)

function frequencies(shares: Float32Array, cut: { topK?: number; topP?: number }): number[] {
  const seen = Array.from(shares, () => 0)
  for (let seed = 0; seed < DRAWS; seed++) seen[drawToken(shares, { topK: 0, topP: 1, ...cut }, seed, 3).token]!++
  return seen.map((count) => count / DRAWS)
}

/** What stays under top-k and top-p, by sorting everything. */
function keptBySorting(shares: Float32Array, topK: number, topP: number): number[] {
  const order = Array.from(shares.keys()).sort((a, b) => shares[b]! - shares[a]! || a - b)
  const kept: number[] = []
  let mass = 0
  for (const token of order.slice(0, topK || shares.length)) {
    if (kept.length > 0 && mass >= topP) break
    kept.push(token)
    mass += shares[token]!
  }
  return kept.sort((a, b) => a - b)
}

describe('sampler', () => {
  test('frequencies follow the shares', () => {
    frequencies(SHARES, {}).forEach((found, i) => expect(found).toBeCloseTo(SHARES[i]!, 1.9))
  })

  test('top-k and top-p cut the tail, and what is left keeps its proportions', () => {
    expect(frequencies(SHARES, { topK: 2 }).slice(2)).toEqual([0, 0])
    expect(frequencies(SHARES, { topP: 0.6 }).slice(1)).toEqual([0, 0, 0])
    const [first, second, ...rest] = frequencies(SHARES, { topP: 0.7 })
    expect(rest).toEqual([0, 0])
    expect(second! / first!).toBeCloseTo(0.2369 / 0.6439, 1.5)
  })

  test('the same seed and position give the same token, others others', () => {
    const draws = Array.from({ length: 50 }, (_, position) => drawToken(SHARES, { topK: 0, topP: 1 }, 7, position).token)
    expect(Array.from({ length: 50 }, (_, position) => drawToken(SHARES, { topK: 0, topP: 1 }, 7, position).token)).toEqual(draws)
    expect(new Set(draws).size).toBeGreaterThan(1)
  })

  test('exactly the tokens that sorting would keep can be drawn, ties by the smaller id', () => {
    const random = createRandom(5)
    for (let round = 0; round < 40; round++) {
      const raw = Array.from({ length: 60 }, () => Math.ceil(random.next() * 8) ** 3)
      const total = raw.reduce((sum, value) => sum + value, 0)
      const shares = Float32Array.from(raw, (value) => value / total)
      const topK = round % 3 === 0 ? 0 : 1 + random.below(20)
      const topP = round % 2 === 0 ? 1 : 0.2 + 0.7 * random.next()
      const kept = keptBySorting(shares, topK, topP)
      const mass = kept.reduce((sum, token) => sum + shares[token]!, 0)
      const drawn = new Set<number>()
      for (let seed = 0; seed < 2000; seed++) {
        const { token, samplingLogprob } = drawToken(shares, { topK, topP }, seed, round)
        expect(kept, `round ${round}`).toContain(token)
        expect(samplingLogprob).toBeCloseTo(Math.log(shares[token]! / mass), 5)
        drawn.add(token)
      }
      // The rarest token that is kept has at least one part in 60 · 512 of the mass; the likely ones must all have come.
      for (const token of kept) if (shares[token]! / mass > 0.01) expect([...drawn], `round ${round}`).toContain(token)
    }
  })

  test('a vocabulary without top-k is drawn from by its whole distribution', () => {
    const { token, samplingLogprob } = drawToken(SHARES, { topK: 0, topP: 1 }, 1, 0)
    expect(samplingLogprob).toBeCloseTo(Math.log(SHARES[token]!), 6)
  })

  test('tokens without any share are never drawn', () => {
    const shares = Float32Array.of(0, 0.5, 0, 0.5, 0)
    expect(frequencies(shares, {}).filter((_, i) => i % 2 === 0)).toEqual([0, 0, 0])
    expect(frequencies(shares, { topP: 0.99 }).filter((_, i) => i % 2 === 0)).toEqual([0, 0, 0])
  })
})
