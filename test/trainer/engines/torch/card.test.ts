import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runConfigSchema } from '#contract/run-config'
import { cardEnvironment, onNamedCard } from '#trainer/engines/torch/card'
import { pythonProgram } from '#trainer/engines/torch/python-process'
import { aConfig } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'

const TORCH = { device: 'auto', precision: 'float32' } as const

describe('the card that a run names', () => {
  test('is the only one that PyTorch sees; without a name it sees what its caller sees', () => {
    expect(cardEnvironment({ ...TORCH, gpu: 'GPU-1' })).toEqual({
      CUDA_DEVICE_ORDER: 'PCI_BUS_ID',
      CUDA_VISIBLE_DEVICES: 'GPU-1',
    })
    expect(cardEnvironment({ ...TORCH, gpu: '1' })).toMatchObject({ CUDA_VISIBLE_DEVICES: '1', HIP_VISIBLE_DEVICES: '1' })
    expect(cardEnvironment({ ...TORCH, gpu: null })).toEqual({})
    expect(cardEnvironment(undefined)).toEqual({})
  })

  test('does not become the processor where it is gone', () => {
    expect(onNamedCard({ ...TORCH, gpu: '0' }).device).toBe('cuda')
    expect(onNamedCard({ ...TORCH, device: 'cpu', gpu: '0' }).device).toBe('cpu')
    expect(onNamedCard(TORCH).device).toBe('auto')
  })

  test('may be written as a number', () => {
    const config = aConfig()
    expect(runConfigSchema.parse({ ...config, torch: { ...config.torch, gpu: 1 } }).torch.gpu).toBe('1')
    const { gpu: _gpu, ...older } = config.torch
    expect(runConfigSchema.parse({ ...config, torch: older }).torch.gpu).toBeNull()
  })
})

describe('the Python of the engine', () => {
  const INSTALLED = {
    schemaVersion: 1,
    program: 'bin/python',
    installer: 'uv 0.13.9',
    asked: 'auto',
    installedAt: '2026-11-28T00:00:00.000Z',
    bytes: 1,
    python: '3.12.3',
    torch: '2.15.0',
    cuda: null,
    rocm: null,
    cards: [],
    problem: null,
    packages: {},
  }

  test('is the installed one only where that is whole, and where nobody names another', () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'bin'))
    const environment = { VERITUNE_TORCH_ENVIRONMENT: folder }
    const plain = pythonProgram({})
    expect(pythonProgram(environment)).toBe(plain)
    writeFileSync(join(folder, 'environment.json'), JSON.stringify(INSTALLED))
    expect(pythonProgram(environment)).toBe(plain)
    writeFileSync(join(folder, 'bin/python'), '')
    expect(pythonProgram(environment)).toBe(join(folder, 'bin/python'))
    expect(pythonProgram({ ...environment, VERITUNE_PYTHON: '/mine' })).toBe('/mine')
    writeFileSync(join(folder, 'environment.json'), '{"schemaVersion": 1')
    expect(pythonProgram(environment)).toBe(plain)
  })
})
