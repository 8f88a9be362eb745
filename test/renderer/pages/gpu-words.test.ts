import { describe, expect, test } from 'vitest'
import type { Gpu } from '#contract/gpu'
import { cardChoices } from '../../../src-renderer/pages/new-run/gpu-words.ts'

const H200: Gpu = {
  index: 0,
  uuid: 'GPU-8e9b',
  name: 'NVIDIA H200',
  maker: 'nvidia',
  driver: '570',
  totalBytes: 151e9,
  freeBytes: 138e9,
}
const AMD: Gpu = {
  index: 1,
  uuid: '0x12',
  name: 'AMD Instinct MI300X',
  maker: 'amd',
  driver: null,
  totalBytes: null,
  freeBytes: null,
}

describe('the cards that a run may take', () => {
  test('stand by name and free memory, NVIDIA’s by UUID, AMD’s by number', () => {
    expect(cardChoices([H200, AMD], null)).toEqual([
      { value: 'GPU-8e9b', words: '0: NVIDIA H200, 138 GB free' },
      { value: '1', words: '1: AMD Instinct MI300X' },
    ])
  })

  test('are found under the number that a person wrote', () => {
    expect(cardChoices([H200], '0').map(({ value }) => value)).toEqual(['0'])
  })

  test('may be several, for as many processes', () => {
    expect(cardChoices([H200, AMD], '0,1').at(-1)).toEqual({ value: '0,1', words: '0: NVIDIA H200 and 1: AMD Instinct MI300X' })
  })

  test('keep one that is gone, and say so', () => {
    expect(cardChoices([H200], 'GPU-old').at(-1)).toEqual({ value: 'GPU-old', words: 'GPU-old, which no tool tells of' })
  })
})
