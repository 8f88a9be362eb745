import { describe, expect, test } from 'vitest'
import { runPython } from '#test/support/python'
import { join } from 'node:path'
import { REPOSITORY } from '#test/support/run-builders'
import { MISSING_TORCH, unlessSkipped } from '#test/support/torch-engine'
import { createRandom, hashSeed } from '#trainer/math/random'
import { FrameReader, frameBytes, type Frame } from '#trainer/engines/torch/frames'

const HEADER = { call: 'höre', nested: { list: [1, 2.5, null] } }
const ARRAYS = [Int32Array.of(1, -2, 3), new Float32Array(0), Float32Array.of(0.5, -1e30, Infinity)]

/** All frames that come out when the bytes arrive in pieces of `size`. */
function read(bytes: Buffer, size: number): Frame[] {
  const reader = new FrameReader()
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
    reader.push(Buffer.from(bytes.subarray(i * size, (i + 1) * size))),
  ).flat()
}

describe('frames', () => {
  test.each([1, 3, 7, 1000])('come out as they went in, whatever the pieces of %i bytes', (size) => {
    const bytes = Buffer.concat([...frameBytes(HEADER, ARRAYS), ...frameBytes({ stop: 1 }), ...frameBytes(HEADER, ARRAYS)])
    const frames = read(bytes, size)
    expect(frames.map(({ header }) => header)).toMatchObject([HEADER, { stop: 1 }, HEADER])
    expect(frames.map(({ arrays }) => arrays)).toEqual([ARRAYS, [], ARRAYS])
  })

  test('whose body is shorter than its tensors are refused', () => {
    const text = Buffer.from(JSON.stringify({ tensors: [['float32', 2]] }))
    const prefix = Buffer.alloc(8)
    prefix.writeUInt32LE(text.length, 0)
    prefix.writeUInt32LE(4, 4)
    expect(() => new FrameReader().push(Buffer.concat([prefix, text, Buffer.alloc(4)]))).toThrow(/shorter than its tensors/)
  })
})

describe.skipIf(MISSING_TORCH !== '')(unlessSkipped('Python'), () => {
  interface Said {
    readonly frame: string
    readonly hashes: number[]
    readonly uniforms: number[]
  }

  test('reads and writes the same frames, and has the same random numbers', () => {
    const frame = Buffer.concat(frameBytes(HEADER, ARRAYS))
    const parts = [[1, 'model.layers.0.self_attn.q_proj.lora_A.weight'], [0xffff_ffff, 'dropout', 3], ['ü']]
    const said = runPython(join(REPOSITORY, 'native/tests/same_numbers.py'), {
      frame: frame.toString('base64'),
      hashes: parts,
      seed: 4_000_000_000,
      count: 5,
    }) as Said
    expect(read(Buffer.from(said.frame, 'base64'), 1000)).toMatchObject([{ header: HEADER, arrays: ARRAYS }])
    expect(said.hashes).toEqual(parts.map((each) => hashSeed(...each)))
    const random = createRandom(4_000_000_000)
    expect(said.uniforms).toEqual(Array.from({ length: 5 }, () => random.next()))
  })
})
