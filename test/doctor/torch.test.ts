import { describe, expect, test } from 'vitest'
import type { TorchProof } from '#contract/torch-environment'
import { torchFinding, uvCheck } from '#doctor/torch'
import { cardsFinding } from '#trainer/commands/doctor'
import { temporaryFolder } from '#test/support/temporary-folder'

const BUILT: TorchProof = {
  python: '3.12.3',
  torch: '2.15.0+cu130',
  cuda: '13.0',
  rocm: null,
  cards: [],
  problem: null,
  packages: {},
}

describe('the doctor on PyTorch', () => {
  test('names the cards that it can use', () => {
    const { state, finding } = torchFinding({ ...BUILT, cards: ['NVIDIA H200'] }, '/python')
    expect([state, finding]).toEqual(['good', 'PyTorch 2.15.0+cu130 with Python 3.12.3 at /python, on NVIDIA H200'])
  })

  test('knows a driver that is too old, in PyTorch’s own words', () => {
    const problem = 'The NVIDIA driver on your system is too old (found version 12020)'
    const { state, remedy } = torchFinding({ ...BUILT, problem }, '/python')
    expect([state, remedy]).toEqual(['warning', expect.stringContaining('newer driver')])
  })

  test('has nothing against a build for cards on a machine without one', () => {
    expect(torchFinding({ ...BUILT, problem: 'Found no NVIDIA driver on your system' }, '/python')).toMatchObject({
      state: 'good',
      remedy: '',
    })
    expect(torchFinding({ ...BUILT, cuda: null }, '/python').finding).toContain('on the processor')
  })

  test('offers another build where this one’s kernels are not for the card', () => {
    const problem = 'CUDA error: no kernel image is available for execution on the device'
    expect(torchFinding({ ...BUILT, problem }, '/python').remedy).toContain('veritune engine install torch')
  })

  test('says how to get uv where it is not', async () => {
    const environment = { PATH: temporaryFolder(), VERITUNE_UV: '/nowhere/uv' }
    expect(await uvCheck(environment)).toMatchObject({
      state: 'warning',
      remedy: expect.stringContaining('VERITUNE_UV') as string,
    })
  })

  test('names each card with its memory, and does without one', () => {
    const card = {
      index: 0,
      uuid: 'GPU-1',
      name: 'NVIDIA H200',
      maker: 'nvidia',
      driver: '570.86',
      totalBytes: 150e9,
      freeBytes: 149e9,
    } as const
    expect(cardsFinding([card])).toEqual({
      state: 'good',
      finding: 'NVIDIA H200, 149.0 GB free of 150.0 GB, driver 570.86',
      remedy: '',
    })
    expect(cardsFinding([]).state).toBe('warning')
  })
})
