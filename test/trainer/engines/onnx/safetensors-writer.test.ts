import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { temporaryFolder } from '#test/support/temporary-folder'
import { readTensors } from '#trainer/engines/onnx/safetensors'
import { TensorFile, writeTensors, type StoredType } from '#trainer/engines/onnx/safetensors-writer'

function throughFile(dtype: StoredType, ...values: number[]): number[] {
  const file = join(temporaryFolder(), 'a.safetensors')
  writeTensors(file, new Map([['a', { shape: [values.length], data: Float32Array.from(values) }]]), dtype)
  return [...readTensors(file).get('a')!.data]
}

/** Spacing of the numbers of a type around a value: 2^(exponent - kept bits), and that of the smallest exponent below it. */
function spacing(value: number, bits: number, leastExponent: number): number {
  const exponent = value === 0 ? leastExponent : Math.max(leastExponent, Math.floor(Math.log2(Math.abs(value))))
  return 2 ** (exponent - bits)
}

describe('written tensors', () => {
  test('are read as they were, under their names and shapes', () => {
    const file = join(temporaryFolder(), 'a.safetensors')
    const tensors = new Map([
      ['z', { shape: [2, 3], data: Float32Array.of(1, -2, 3e38, 1e-40, 0, -0) }],
      ['ä', { shape: [], data: Float32Array.of(7) }],
    ])
    writeTensors(file, tensors, 'F32', { origin: 'a test' })
    expect([...readTensors(file)].sort()).toEqual([...tensors].sort())
  })

  test('of 16 bits are rounded to the nearest, ties to the even one', () => {
    // A bfloat16 has 7 bits after the 1, a half 10: the next number after 1 is 1 + 2^-7 or 1 + 2^-10.
    expect(throughFile('BF16', 1 + 2 ** -8, 1 + 3 * 2 ** -8, 1 + 2 ** -8 + 2 ** -20)).toEqual([1, 1 + 2 ** -6, 1 + 2 ** -7])
    expect(throughFile('F16', 1 + 2 ** -11, 1 + 3 * 2 ** -11, 65504, 2 ** -24, 2 ** -25)).toEqual([
      1,
      1 + 2 ** -9,
      65504,
      2 ** -24,
      0,
    ])
  })

  test.each([
    ['BF16', 7, -126, 1e38],
    ['F16', 10, -14, 65504],
  ] as const)('in %s are never further away than half a step', (dtype, bits, leastExponent, most) => {
    const number = fc.float({ min: Math.fround(-most), max: Math.fround(most), noNaN: true })
    fc.assert(
      fc.property(fc.array(number, { minLength: 1, maxLength: 40 }), (values) => {
        const back = throughFile(dtype, ...values)
        return values.every((value, i) => Math.abs(back[i]! - value) <= spacing(value, bits, leastExponent) / 2)
      }),
    )
  })

  test('that a half cannot hold are refused by name, not stored as infinity', () => {
    expect(() => throughFile('F16', 1, 70_000)).toThrow('a holds 70000, which float16 cannot hold')
  })

  test('longer than one chunk are whole', () => {
    const values = Float32Array.from({ length: (1 << 20) + 5 }, (_, i) => i % 251)
    const file = join(temporaryFolder(), 'a.safetensors')
    for (const dtype of ['F32', 'F16', 'BF16'] as const) {
      writeTensors(file, new Map([['a', { shape: [values.length], data: values }]]), dtype)
      const read = readTensors(file).get('a')!.data
      expect([read.length, read.findIndex((value, i) => value !== values[i])]).toEqual([values.length, -1])
    }
  })

  test('are refused while one is missing, too many or of another size', () => {
    const file = new TensorFile(join(temporaryFolder(), 'a'), [{ name: 'a', shape: [2] }], 'F32')
    expect(() => file.finish()).toThrow('has 0 of its 1 tensors')
    expect(() => file.write(new Float32Array(3))).toThrow(RangeError)
    file.write(new Float32Array(2))
    expect(() => file.write(new Float32Array(2))).toThrow(RangeError)
    file.finish()
    file.close()
  })

  test.skipIf(!existsSync('/dev/full'))(
    'on a full disk are a failure that names the file (needs /dev/full, as Linux has it)',
    () => {
      expect(() => writeTensors('/dev/full', new Map([['a', { shape: [1], data: new Float32Array(1) }]]))).toThrow(
        'No space is left on the disk that holds /dev/full',
      )
    },
  )

  test('begin at a multiple of eight', () => {
    const file = join(temporaryFolder(), 'a.safetensors')
    for (const name of ['a', 'ab', 'abc', 'äbcd']) {
      writeTensors(file, new Map([[name, { shape: [0], data: new Float32Array(0) }]]))
      expect(statSync(file).size % 8).toBe(0)
    }
  })
})
