import { describe, expect, test } from 'vitest'
import type { InstalledTorch, TorchProgress } from '#contract/torch-environment'
import { installedWords, installerWords, progressWords } from '../../../src-renderer/pages/settings/engine-words.ts'

const INSTALLED = {
  torch: '2.15.0+cu130',
  python: '3.12.3',
  bytes: 5.41e9,
  installedAt: '2026-11-28T09:00:00.000Z',
  cards: [],
  problem: null,
} as unknown as InstalledTorch
const PROGRESS: TorchProgress = {
  stage: 'packages',
  line: 'Downloading torch (2.5GiB)',
  totalBytes: 2e9,
  doneBytes: 5e8,
  startedAt: '2026-11-28T09:00:00.000Z',
  end: null,
}
const REMEDY = 'Install uv.'

describe('PyTorch in words', () => {
  test('names the cards that it trains on, or why it does not', () => {
    expect(installedWords({ ...INSTALLED, cards: ['NVIDIA H200'] })).toBe(
      'PyTorch 2.15.0+cu130 with Python 3.12.3, 5.41 GB, since 2026-11-28; on NVIDIA H200',
    )
    const problem = 'The NVIDIA driver on your system is too old (found version 12020)'
    expect(installedWords({ ...INSTALLED, problem })).toContain(`; on the processor: ${problem}`)
  })

  test('says who installs it, and how to get who would do it better', () => {
    const uv = { name: 'uv', program: '/uv', version: '0.13.9' } as const
    expect(installerWords({ installer: uv, uvRemedy: REMEDY })).not.toContain(REMEDY)
    expect(installerWords({ installer: { ...uv, name: 'pip', version: '3.12.3' }, uvRemedy: REMEDY })).toContain(REMEDY)
    expect(installerWords({ installer: null, uvRemedy: REMEDY })).toMatch(/^Neither uv nor .* Install uv\.$/)
  })

  test('counts what was fetched of the packages whose size was told, and time when it takes some', () => {
    const start = Date.parse(PROGRESS.startedAt)
    expect(progressWords(PROGRESS, start + 5_000)).toBe('Fetching packages · 25 % · 500 MB of 2.00 GB in large packages')
    expect(progressWords({ ...PROGRESS, totalBytes: 0 }, start + 60_000)).toBe('Fetching packages · 60 s')
  })
})
