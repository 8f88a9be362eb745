/** Seeded randomness: everything that is drawn can be drawn again. */
import { createHash } from 'node:crypto'

/** 32-bit seed from any mix of numbers and strings: the first four bytes of SHA-256 over their JSON. */
export function hashSeed(...parts: readonly (string | number)[]): number {
  return createHash('sha256').update(JSON.stringify(parts)).digest().readUInt32LE(0)
}

export interface Random {
  /** Uniform in [0, 1), 32 bits. */
  next(): number
  /** Uniform 32-bit unsigned integer. */
  uint32(): number
  /** Uniform integer in [0, bound). */
  below(bound: number): number
  pick<T>(items: readonly T[]): T
  /** A shuffled copy (Fisher-Yates). */
  shuffled<T>(items: readonly T[]): T[]
}

/** Generator of Mulberry32 (Tommy Ettinger, public domain): one 32-bit word of state, passes the usual small batteries. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0
  const uint32 = (): number => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return (t ^ (t >>> 14)) >>> 0
  }
  const next = (): number => uint32() / 0x1_0000_0000
  const below = (bound: number): number => Math.floor(next() * bound)
  return {
    next,
    uint32,
    below,
    pick: (items) => {
      if (items.length === 0) throw new RangeError('cannot pick from an empty list')
      return items[below(items.length)]!
    },
    shuffled: (items) => {
      const copy = [...items]
      for (let i = copy.length - 1; i > 0; i--) {
        const j = below(i + 1)
        ;[copy[i], copy[j]] = [copy[j]!, copy[i]!]
      }
      return copy
    },
  }
}
