/** What a PyTorch run needs beside what there is: refused only where that was read and is clearly too little. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { Failure } from '#contract/failure'
import type { Gpu } from '#contract/gpu'
import type { RunConfig } from '#contract/run-config'
import { inspectModel } from '#trainer/commands/inspect-model'
import { refuseTorch, torchReport, torchRoom } from '#trainer/commands/torch-memory'
import type { ModelConfig } from '#trainer/engines/onnx/model/config'
import { aConfig, REPOSITORY } from '#test/support/run-builders'
import { standIn } from '#test/support/stand-in'
import { temporaryFolder } from '#test/support/temporary-folder'
import { TINY_CONFIG } from '#test/support/tiny-llama'
import { journalOf, startTrainer, writeRunDirectory } from '#test/support/tiny-trainer'

const MODEL: ModelConfig = {
  ...TINY_CONFIG,
  vocabularySize: 32_000,
  hiddenSize: 2048,
  intermediateSize: 5632,
  layerCount: 22,
  headCount: 32,
  keyValueHeadCount: 4,
  headSize: 64,
  maxPositions: 2048,
}
const PROMPT = { tokens: 256, isMeasured: true }
const CARD: Gpu = {
  index: 0,
  uuid: 'GPU-1',
  name: 'NVIDIA A2',
  maker: 'nvidia',
  driver: '570.86',
  totalBytes: 16e9,
  freeBytes: 15e9,
}
const torch = (change: Partial<RunConfig['torch']> = {}): RunConfig['torch'] => ({
  device: 'auto',
  precision: 'bfloat16',
  quantization: 'none',
  optimizer: 'adamw',
  processes: 1,
  sharding: 'none',
  gpu: null,
  ...change,
})
const config = (change: Partial<RunConfig> = {}): RunConfig => aConfig({ engine: 'torch', torch: torch(), ...change })

afterEach(() => vi.unstubAllEnvs())

describe('where a PyTorch run lies', () => {
  test('on the card that it names, else on the first; on the processor where it says so', () => {
    const second = { ...CARD, index: 1, uuid: 'GPU-2', name: 'NVIDIA L4' }
    expect(torchRoom(torch(), [CARD, second])).toEqual({
      card: 'NVIDIA A2',
      availableBytes: 15e9,
      machineBytes: 16e9,
      isSure: true,
    })
    expect(torchRoom(torch({ gpu: '1' }), [CARD, second]).card).toBe('NVIDIA L4')
    expect(torchRoom(torch({ gpu: 'GPU-2' }), [CARD, second]).card).toBe('NVIDIA L4')
    expect(torchRoom(torch({ device: 'cpu' }), [CARD])).toMatchObject({ card: null, isSure: true })
  })

  test('is not sure where no tool tells of a card', () => {
    expect(torchRoom(torch(), [])).toMatchObject({ card: null, isSure: false })
    expect(torchRoom(torch({ device: 'cuda' }), [])).toEqual({
      card: 'the graphics card',
      availableBytes: null,
      machineBytes: null,
      isSure: false,
    })
  })
})

describe('the report', () => {
  const room = (freeBytes: number) => torchRoom(torch(), [{ ...CARD, freeBytes }])
  const reportIn = (freeBytes: number, change: Partial<RunConfig> = {}) =>
    torchReport(MODEL, config(change), PROMPT, room(freeBytes))

  test('counts nothing of the scorers on a card, and does on the processor', () => {
    const terms = (gpus: Gpu[], device: 'auto' | 'cpu') =>
      torchReport(MODEL, config({ torch: torch({ device }) }), PROMPT, torchRoom(torch({ device }), gpus)).parts.map(
        ({ term }) => term,
      )
    expect(terms([CARD], 'auto')).not.toContain('scoring')
    expect(terms([CARD], 'cpu')).toContain('scoring')
  })

  test('names the first change with which it fits', () => {
    const small = torchReport(
      MODEL,
      config({ microbatchSize: 1 }),
      PROMPT,
      torchRoom(torch(), [{ ...CARD, freeBytes: 15e9 }]),
    ).totalBytes
    expect(reportIn(15e9).fits).toBe(true)
    const tight = reportIn(small * 0.99, { microbatchSize: 8 })
    expect(tight.fits).toBe(false)
    expect(tight.remedy?.setting).toMatch(/^(microbatchSize|gradientCheckpointing)$/)
    const wide = torchReport(
      MODEL,
      config({ microbatchSize: 1, gradientCheckpointing: true, torch: torch({ precision: 'float32' }) }),
      PROMPT,
      room(4e9),
    )
    expect(wide.remedy?.setting).toBe('torch.precision')
    expect(reportIn(1e9).remedy).toEqual({ setting: 'model', sentence: 'Choose a smaller model, or a card with more memory.' })
  })

  test('refuses what is clearly too large for a card that was read, and nothing else', () => {
    const need = reportIn(Infinity).totalBytes
    const refusal = (freeBytes: number): unknown => {
      try {
        refuseTorch(reportIn(freeBytes), room(freeBytes))
        return null
      } catch (error) {
        return error
      }
    }
    expect(refusal(need * 2)).toBeNull()
    const failure = refusal(1e9)
    expect(failure).toBeInstanceOf(Failure)
    expect((failure as Failure).message).toMatch(/^The run needs about \d+\.\d GB of memory, NVIDIA A2 has 1\.0 GB to give\./)
    const unsure = { ...torchRoom(torch(), []), availableBytes: 1e9 }
    expect(() => refuseTorch(torchReport(MODEL, config(), PROMPT, unsure), unsure)).not.toThrow()
    const unknown = torchRoom(torch({ device: 'cuda' }), [])
    expect(torchReport(MODEL, config(), PROMPT, unknown)).toMatchObject({ fits: true, remedy: null, availableBytes: null })
  })
})

test('the starter under PyTorch is counted as the form asks for it', async () => {
  vi.stubEnv('PATH', temporaryFolder())
  const { memory } = await inspectModel(config({ model: 'starter', torch: torch({ device: 'cpu', precision: 'float32' }) }))
  expect(memory).toMatchObject({ card: null, fits: true, isPromptMeasured: true })
  expect(memory!.parts.filter(({ turn }) => turn === 'rollouts').map(({ term }) => term)).toEqual(['cache', 'decoding'])
})

test.skipIf(process.platform === 'win32')('a run that cannot fit on its card ends before Python is looked for', async () => {
  const folder = temporaryFolder()
  const model = join(folder, 'model')
  cpSync(join(REPOSITORY, 'resources/starter/model'), model, { recursive: true })
  const json = JSON.parse(readFileSync(join(model, 'config.json'), 'utf8')) as object
  writeFileSync(
    join(model, 'config.json'),
    JSON.stringify({
      ...json,
      hidden_size: 8192,
      intermediate_size: 28_672,
      num_hidden_layers: 80,
      num_attention_heads: 64,
      num_key_value_heads: 8,
      head_dim: 128,
    }),
  )
  standIn(join(folder, 'bin'), 'nvidia-smi', 'echo "0, GPU-1, NVIDIA A2, 570.86.15, 15356, 300"')
  vi.stubEnv('PATH', `${join(folder, 'bin')}${delimiter}${process.env.PATH}`)
  vi.stubEnv('VERITUNE_PYTHON', '/nowhere/python3')
  const directory = writeRunDirectory(join(folder, 'run'), config({ model }))
  expect((await startTrainer(directory).ended)[0]).toBe(2)
  expect(journalOf(directory).at(-1)).toMatchObject({
    type: 'run.ended',
    outcome: 'failed',
    reason: expect.stringMatching(
      /^The run needs about \d+\.\d GB of memory, NVIDIA A2 has 15\.8 GB to give\. Most of it is the weights/,
    ) as string,
    remedy: 'Choose a smaller model, or a card with more memory.',
  })
})
