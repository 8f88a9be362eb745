/** The estimate of a PyTorch run against what was measured on a card (docs/gpu.md, native/bench/gpu_7b.py). */
import { describe, expect, test } from 'vitest'
import type { MemoryEstimate, MemoryTerm } from '#contract/model-inspection'
import type { ModelConfig } from '#trainer/engines/onnx/model/config'
import { parameterCount } from '#trainer/engines/onnx/model/weights'
import { estimateTorchMemory, type TorchMemorySettings } from '#trainer/engines/torch/memory-estimate'
import { TINY_CONFIG } from '#test/support/tiny-llama'

/** The shapes of deepseek-coder-7b-instruct-v1.5. */
const MODEL: ModelConfig = {
  ...TINY_CONFIG,
  vocabularySize: 102_400,
  hiddenSize: 4096,
  intermediateSize: 11_008,
  layerCount: 30,
  headCount: 32,
  keyValueHeadCount: 32,
  headSize: 128,
  maxPositions: 4096,
  isTied: false,
}
const SETTINGS: TorchMemorySettings = {
  loraRank: 16,
  loraDropout: 0,
  hasValueHead: false,
  precision: 'bfloat16',
  isBaseIn4Bits: false,
  areMomentsIn8Bits: false,
  sharers: 1,
  isCheckpointed: true,
  microbatchSize: 8,
  rows: 64,
  prompts: 8,
  promptTokens: 256,
  completionTokens: 512,
  isOnCard: true,
  availableBytes: null,
}

/** What PyTorch holds in one of the two turns; its figure has nothing of CUDA's own context. */
function peakOf({ parts }: MemoryEstimate, turn: 'rollouts' | 'update'): number {
  return parts.reduce((sum, part) => (part.term === 'runtime' || (part.turn ?? turn) !== turn ? sum : sum + part.bytes), 0)
}

const bytesOf = ({ parts }: MemoryEstimate, term: MemoryTerm): number => parts.find((part) => part.term === term)?.bytes ?? 0

/** The part that a person can change is held as closely as the whole: of the whole the frozen base is most. */
const CLOSE = 0.15
const BASE = 13.82e9

describe('a base that is made smaller', () => {
  const weights = (change: Partial<TorchMemorySettings>): number =>
    bytesOf(estimateTorchMemory(MODEL, { ...SETTINGS, ...change }), 'weights')

  test('in 4 bits has a quarter of bfloat16 in its layers; embeddings and head stay whole', () => {
    const whole = 2 * 2 * 102_400 * 4096
    expect((weights({ isBaseIn4Bits: true }) - whole) / (weights({}) - whole)).toBeCloseTo(0.258, 2)
  })

  test('shared by eight has an eighth of its layers, and one layer whole', () => {
    const whole = 2 * 2 * 102_400 * 4096
    expect((weights({ sharers: 8 }) - whole) / (weights({}) - whole)).toBeCloseTo(1 / 8 + 1 / 30, 2)
  })

  test('moments in 8 bits are a quarter', () => {
    const moments = (areMomentsIn8Bits: boolean): number =>
      bytesOf(estimateTorchMemory(MODEL, { ...SETTINGS, areMomentsIn8Bits }), 'optimizer')
    expect(moments(true) / moments(false)).toBeCloseTo(0.25, 2)
  })
})

describe('a 7B model in bfloat16 with an adapter of rank 16', () => {
  test('has the parameters and the base that were measured', () => {
    expect(parameterCount(MODEL)).toBe(6_910_365_696)
    expect(bytesOf(estimateTorchMemory(MODEL, SETTINGS), 'weights')).toBeCloseTo(BASE, -7)
  })

  test.each([
    [4, true, 16.7],
    [8, true, 17.6],
    [16, true, 20.3],
    [4, false, 30.2],
    [8, false, 44.6],
  ])('updates in microbatches of %d, checkpointed %s, take %d GB', (microbatchSize, isCheckpointed, measured) => {
    const peak = peakOf(estimateTorchMemory(MODEL, { ...SETTINGS, microbatchSize, isCheckpointed }), 'update')
    expect(Math.abs(peak / (measured * 1e9) - 1)).toBeLessThan(CLOSE)
    expect(Math.abs((peak - BASE) / (measured * 1e9 - BASE) - 1)).toBeLessThan(CLOSE)
  })

  test.each([
    [128, 26.75],
    [512, 39.0],
  ])('64 rollouts of 256 and %d tokens take %d GB', (completionTokens, measured) => {
    const peak = peakOf(estimateTorchMemory(MODEL, { ...SETTINGS, completionTokens }), 'rollouts')
    expect(Math.abs(peak / (measured * 1e9) - 1)).toBeLessThan(CLOSE)
    expect(Math.abs((peak - BASE) / (measured * 1e9 - BASE) - 1)).toBeLessThan(CLOSE)
  })

  test('PPO’s update takes no more than its value head', () => {
    const [without, withHead] = [false, true].map((hasValueHead) => estimateTorchMemory(MODEL, { ...SETTINGS, hasValueHead }))
    expect(withHead!.totalBytes - without!.totalBytes).toBeLessThan(1e6)
  })

  test('rollouts and updates take turns: the larger counts', () => {
    const estimate = estimateTorchMemory(MODEL, SETTINGS)
    const runtime = bytesOf(estimate, 'runtime')
    expect(estimate.totalBytes / (peakOf(estimate, 'rollouts') + runtime)).toBeCloseTo(1, 6)
    const large = estimateTorchMemory(MODEL, { ...SETTINGS, isCheckpointed: false })
    expect(large.totalBytes / (peakOf(large, 'update') + runtime)).toBeCloseTo(1, 6)
  })

  test('rollouts make do with what a card has left', () => {
    const onSmall = estimateTorchMemory(MODEL, { ...SETTINGS, availableBytes: 24e9 })
    expect(onSmall.totalBytes).toBeLessThan(24e9)
    expect(bytesOf(onSmall, 'cache')).toBeGreaterThan(1e9)
  })
})

describe('what a setting adds', () => {
  test('an adapter has no reference of its own; all weights have a copy, gradients and two moments of each', () => {
    expect(bytesOf(estimateTorchMemory(MODEL, SETTINGS), 'reference')).toBe(0)
    const all = estimateTorchMemory(MODEL, { ...SETTINGS, loraRank: null, precision: 'float32' })
    const weights = 4 * parameterCount(MODEL)
    for (const term of ['weights', 'reference'] as const) expect(bytesOf(all, term)).toBe(weights)
    expect(bytesOf(all, 'optimizer')).toBe(2 * weights)
    expect(bytesOf(all, 'gradients')).toBeGreaterThanOrEqual(weights)
    expect(bytesOf(all, 'adapter')).toBe(0)
  })

  test('float32 doubles what the precision is of', () => {
    const [half, whole] = (['bfloat16', 'float32'] as const).map((precision) =>
      estimateTorchMemory(MODEL, { ...SETTINGS, precision }),
    )
    for (const term of ['weights', 'cache'] as const) expect(bytesOf(whole!, term)).toBe(2 * bytesOf(half!, term))
    expect(bytesOf(whole!, 'optimizer')).toBe(bytesOf(half!, 'optimizer'))
  })

  test('dropout keeps the inputs that it has dropped', () => {
    const large = { ...SETTINGS, isCheckpointed: false }
    const [without, dropped] = [0, 0.1].map((loraDropout) =>
      bytesOf(estimateTorchMemory(MODEL, { ...large, loraDropout }), 'activations'),
    )
    expect(dropped! / without!).toBeGreaterThan(1.4)
  })
})
