import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createRandom, hashSeed } from '#trainer/math/random'

describe('seeds from parts', () => {
  test('are frozen: a run replays only while they stay as they are', () => {
    expect(hashSeed(1, 'order', 0)).toBe(561251929)
    const random = createRandom(1)
    expect([random.uint32(), random.uint32(), random.uint32()]).toEqual([2693262067, 11749833, 2265367787])
  })

  test('tell parts apart by their place, their kind and where one ends', () => {
    const seeds = [
      hashSeed(1, 2),
      hashSeed(2, 1),
      hashSeed('1', 2),
      hashSeed(12),
      hashSeed('12'),
      hashSeed('a', 'bc'),
      hashSeed('ab', 'c'),
    ]
    expect(new Set(seeds).size).toBe(seeds.length)
  })
})

describe('a generator', () => {
  test('gives the same numbers for the same seed, 0 up to but not 1', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (seed) => {
        const [a, b] = [createRandom(seed), createRandom(seed)]
        for (let i = 0; i < 20; i++) {
          const number = a.next()
          expect(b.next()).toBe(number)
          expect(number >= 0 && number < 1).toBe(true)
        }
      }),
    )
  })

  test('draws below a bound, each number about as often as the others', () => {
    const random = createRandom(3)
    const counts = Array<number>(6).fill(0)
    for (let i = 0; i < 6_000; i++) counts[random.below(6)]!++
    // 1000 expected, deviation 29: five of them.
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(145)
  })

  test('shuffles a copy: the same items, each place equally likely', () => {
    const items = Object.freeze([0, 1, 2, 3])
    const firsts = Array<number>(4).fill(0)
    for (let seed = 0; seed < 4_000; seed++) {
      const shuffled = createRandom(hashSeed('shuffle', seed)).shuffled(items)
      expect([...shuffled].sort()).toEqual(items)
      firsts[shuffled[0]!]!++
    }
    for (const count of firsts) expect(Math.abs(count - 1_000)).toBeLessThan(140)
  })

  test('picks from a list, and from an empty one refuses', () => {
    expect(createRandom(1).pick(['only'])).toBe('only')
    expect(() => createRandom(1).pick([])).toThrow('empty list')
  })
})
