import { describe, expect, test } from 'vitest'
import { rotations, type RopeScaling } from '#trainer/engines/onnx/model/rope'
import { readRope } from '#trainer/engines/onnx/model/rope-settings'

/** Heads of 8 and theta 10,000: the four pairs turn by 1, 0.1, 0.01 and 0.001 radians per position. */
function turning(ropeScaling: RopeScaling): { frequencies: number[]; attentionFactor: number } {
  const { frequencies, attentionFactor } = rotations({ headSize: 8, ropeTheta: 10_000, ropeScaling })
  return { frequencies: [...frequencies], attentionFactor }
}

function refuse(problem: string): never {
  throw new Error(problem)
}

const read = (settings: object): ReturnType<typeof readRope> => readRope({ max_position_embeddings: 4096, ...settings }, refuse)

describe('rotations', () => {
  test('plain pairs turn by theta^(-2i / head size)', () => {
    expectFrequencies({ type: 'default' }, [1, 0.1, 0.01, 0.001])
  })

  test('linear scaling divides all of them by the factor', () => {
    expectFrequencies({ type: 'linear', factor: 4 }, [0.25, 0.025, 0.0025, 0.00025])
  })

  test('dynamic scaling changes nothing inside the model’s own context', () => {
    expectFrequencies({ type: 'dynamic', factor: 4 }, [1, 0.1, 0.01, 0.001])
  })

  test('llama3 keeps pairs that turn often, divides slow ones by the factor and mixes between', () => {
    // 40π positions: the pairs turn 20, 2, 0.2 and 0.02 times. 2 turns are a third of the way from 1 to 4, so 1/3 stays and 2/3 is divided.
    const originalPositions = 40 * Math.PI
    const scaling = { type: 'llama3', factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalPositions } as const
    expectFrequencies(scaling, [1, 0.1 * (1 / 3 + 2 / 3 / 8), 0.01 / 8, 0.001 / 8])
  })

  test('yarn mixes along the pairs between those that turn betaFast and betaSlow times', () => {
    // 200π positions: pair 0 turns 100 times, pair 2 once. So the ramp runs from 0 to 2, and pair 1 is half divided.
    const scaling = { type: 'yarn', factor: 4, originalPositions: 200 * Math.PI, betaFast: 100, betaSlow: 1 } as const
    const { frequencies, attentionFactor } = turning({ ...scaling, isTruncated: false, attentionFactor: 1.25 })
    expect(attentionFactor).toBe(1.25)
    const wanted = [1, 0.1 * (1 / 2 + 1 / 2 / 4), 0.01 / 4, 0.001 / 4]
    wanted.forEach((frequency, i) => expect(frequencies[i]! / frequency, `pair ${i}`).toBeCloseTo(1, 12))
  })
})

describe('RoPE settings', () => {
  test('both spellings say the same', () => {
    const wanted = { theta: 100_000, scaling: { type: 'linear', factor: 4 } }
    expect(read({ rope_theta: 100_000, rope_scaling: { type: 'linear', factor: 4 } })).toEqual(wanted)
    expect(read({ rope_theta: 100_000, rope_scaling: { rope_type: 'linear', factor: 4 } })).toEqual(wanted)
    expect(read({ rope_parameters: { rope_type: 'linear', rope_theta: 100_000, factor: 4 } })).toEqual(wanted)
  })

  test('without settings the model has plain RoPE with theta 10,000', () => {
    const plain = { theta: 10_000, scaling: { type: 'default' } }
    expect(read({})).toEqual(plain)
    expect(read({ rope_scaling: null })).toEqual(plain)
  })

  test('yarn infers its attention factor: 0.1 ln(factor) + 1, or the ratio of two such with mscale', () => {
    const attentionFactor = (settings: object): number => {
      const { scaling } = read({ rope_scaling: { rope_type: 'yarn', factor: Math.E ** 2, ...settings } })
      return scaling.type === 'yarn' ? scaling.attentionFactor : NaN
    }
    expect(attentionFactor({})).toBeCloseTo(1.2, 12)
    expect(attentionFactor({ mscale: 2, mscale_all_dim: 1 })).toBeCloseTo(1.4 / 1.2, 12)
    // A lone mscale is not read.
    expect(attentionFactor({ mscale: 2 })).toBeCloseTo(1.2, 12)
    expect(attentionFactor({ attention_factor: 0.9 })).toBe(0.9)
  })

  test('yarn without a factor takes the ratio of the contexts', () => {
    const settings = { rope_type: 'yarn', factor: null, original_max_position_embeddings: 1024 }
    expect(read({ rope_scaling: settings }).scaling).toMatchObject({ factor: 4, originalPositions: 1024 })
  })

  test.each([
    ['rope type "longrope" is not supported', { rope_scaling: { rope_type: 'longrope', short_factor: [1], long_factor: [2] } }],
    ['rope type "proportional" is not supported', { rope_parameters: { rope_type: 'proportional' } }],
    ['partial_rotary_factor 0.5 is not supported', { rope_parameters: { rope_type: 'default', partial_rotary_factor: 0.5 } }],
    ['the rope settings.factor', { rope_scaling: { type: 'linear' } }],
    ['the rope settings.low_freq_factor', { rope_scaling: { rope_type: 'llama3', factor: 8 } }],
    [
      'high_freq_factor must be above low_freq_factor',
      { rope_scaling: { rope_type: 'llama3', factor: 8, low_freq_factor: 4, high_freq_factor: 4 } },
    ],
  ])('refused by name: %s', (problem, settings) => {
    expect(() => read(settings)).toThrow(problem)
  })
})

function expectFrequencies(scaling: RopeScaling, wanted: readonly number[]): void {
  const { frequencies, attentionFactor } = turning(scaling)
  expect(attentionFactor).toBe(1)
  expect(frequencies.length).toBe(wanted.length)
  wanted.forEach((frequency, i) => expect(frequencies[i]! / frequency, `pair ${i}`).toBeCloseTo(1, 12))
}
