import { truncateSync, writeFileSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { singles, words, writeStored, type StoredBytes } from '#test/support/stored-tensors'
import { temporaryFolder } from '#test/support/temporary-folder'
import { readTensors } from '#trainer/engines/onnx/safetensors'

const vector = (dtype: string, bytes: Uint8Array, count: number, begin?: number): StoredBytes => ({
  dtype,
  shape: [count],
  bytes,
  ...(begin !== undefined && { begin }),
})

function read(tensors: Record<string, StoredBytes>, tail?: Uint8Array): Record<string, number[]> {
  const file = join(temporaryFolder(), 'a.safetensors')
  writeStored(file, tensors, { ...(tail && { tail }) })
  return Object.fromEntries([...readTensors(file)].map(([name, { data }]) => [name, [...data]]))
}

describe('stored numbers', () => {
  test('are read from every type of weights', () => {
    expect(read({ a: vector('F32', singles(0, -1.5, 3e38), 3) }).a).toEqual([...Float32Array.of(0, -1.5, 3e38)])
    // 1, -2, 2^-24 (the smallest half), 65504 (the largest), 1/3 to 11 bits.
    expect(read({ a: vector('F16', words(0x3c00, 0xc000, 0x0001, 0x7bff, 0x3555), 5) }).a).toEqual([
      1,
      -2,
      2 ** -24,
      65504,
      0.333251953125,
    ])
    // 1, -2, and the largest bfloat16: an exponent of one less than ones, a fraction of ones.
    expect(read({ a: vector('BF16', words(0x3f80, 0xc000, 0x7f7f), 3) }).a).toEqual([1, -2, (2 - 2 ** -7) * 2 ** 127])
  })

  test('of 16 bits are widened alike at every place, odd counts and chunks included', () => {
    const count = (1 << 20) + 3
    const patterns = Uint16Array.from({ length: count }, (_, i) => (i * 40503) & 0x7bff & 0x7f7f)
    const bytes = new Uint8Array(patterns.buffer)
    const stored = read({ half: vector('F16', bytes, count), brain: vector('BF16', bytes, count) })
    const whole = Float32Array.from(stored.brain!)
    expect(new Uint32Array(whole.buffer).every((bits, i) => bits === patterns[i]! << 16)).toBe(true)
    // Number of a half by its definition: the fraction's bits follow the exponent's, biased by 15.
    const half = (p: number): number => (p >> 10 === 0 ? (p & 0x3ff) * 2 ** -24 : (1024 + (p & 0x3ff)) * 2 ** ((p >> 10) - 25))
    expect(stored.half!.every((value, i) => value === half(patterns[i]!))).toBe(true)
  })

  test('that are no numbers are found wherever they stand', () => {
    const flaws = { F32: [0x7fc00000, 0x7f800000, 0xff800000], F16: [0x7e00, 0x7c00, 0xfc01], BF16: [0x7fc0, 0x7f80, 0xff81] }
    const anyCase = fc.record({
      dtype: fc.constantFrom('F32', 'F16', 'BF16'),
      count: fc.integer({ min: 1, max: 70 }),
      place: fc.nat(),
      which: fc.nat(2),
    })
    fc.assert(
      fc.property(anyCase, ({ dtype, count, place, which }) => {
        const numbers = dtype === 'F32' ? new Uint32Array(count).fill(0x3f000000) : new Uint16Array(count).fill(0x3f00)
        expect(read({ a: vector(dtype, new Uint8Array(numbers.buffer), count) }).a).toHaveLength(count)
        numbers[place % count] = flaws[dtype as keyof typeof flaws][which]!
        const bytes = new Uint8Array(numbers.buffer)
        expect(() => read({ good: vector('F32', singles(1), 1), a: vector(dtype, bytes, count) })).toThrow(
          new RegExp(`a\\.safetensors: tensor a holds (NaN|-?Infinity) at place \\[${place % count}\\]`),
        )
      }),
      { numRuns: 60 },
    )
  })

  test('have a place in rows and columns', () => {
    const matrix = { dtype: 'F32', shape: [2, 3], bytes: singles(0, 1, 2, 3, NaN, 5) }
    expect(() => read({ 'lm_head.weight': matrix })).toThrow('tensor lm_head.weight holds NaN at place [1, 1]')
  })
})

describe('a file is refused by name', () => {
  const one = (): StoredBytes => vector('F32', singles(1, 2), 2)

  test.each(['F64', 'I8', 'F8_E4M3', 'U32'])('for the type %s', (dtype) => {
    expect(() => read({ w: vector(dtype, new Uint8Array(8), 1) })).toThrow(`a.safetensors: tensor w is stored as ${dtype}`)
  })

  test('for bytes that two tensors share, and for bytes that none uses', () => {
    expect(() => read({ a: one(), b: vector('F32', singles(3), 1, 4) })).toThrow('tensor b begins inside tensor a')
    expect(() => read({ a: one(), b: vector('F32', singles(3), 1, 12) })).toThrow(
      'nothing uses the bytes between tensor a and tensor b',
    )
    expect(() => read({ a: one() }, Buffer.alloc(5))).toThrow('it goes on after its last tensor')
  })

  test('for a shape that its bytes do not fill', () => {
    expect(() => read({ a: { ...one(), shape: [3] } })).toThrow('the bytes of tensor a do not fill its shape [3]')
  })

  test('when it was cut off anywhere', () => {
    const file = join(temporaryFolder(), 'cut.safetensors')
    writeStored(file, { a: one(), b: one() })
    const { size } = statSync(file)
    for (const length of [size - 1, size - 9, 60, 8, 7, 0]) {
      truncateSync(file, Math.min(length, statSync(file).size))
      expect(() => readTensors(file)).toThrow(/cut\.safetensors: (it is cut off|its header|it is shorter)/)
    }
  })

  test('when its header is something else, or it is a pointer of Git LFS', () => {
    const file = join(temporaryFolder(), 'odd.safetensors')
    writeStored(file, { a: one() })
    const bytes = readFileSync(file)
    bytes[8] = 0x7e
    writeFileSync(file, bytes)
    expect(() => readTensors(file)).toThrow('odd.safetensors: its header is not JSON')
    writeFileSync(file, 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n')
    expect(() => readTensors(file)).toThrow('it is a pointer of Git LFS, not the weights')
  })
})
