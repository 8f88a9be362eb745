import { describe, expect, test } from 'vitest'
import type { MemoryReport, ModelInspection } from '#contract/model-inspection'
import {
  downloadWords,
  modelName,
  modelState,
  parameterWords,
  suggestedFolder,
} from '../../../src-renderer/pages/models/model-words.ts'
import { memoryWords } from '../../../src-renderer/pages/memory-words.ts'

const MEMORY = { totalBytes: 2e9, availableBytes: 8e9, machineBytes: 10e9, fits: true } as MemoryReport
const INSPECTION = { problems: [], memory: MEMORY, source: null } as unknown as ModelInspection

test('a downloaded model has the hub’s name, another that of its folder', () => {
  const source = { origin: 'https://hub.example/acme/tiny', revision: 'abc', licence: null }
  expect(modelName({ path: '/home/models/acme--tiny', inspection: { ...INSPECTION, source } })).toBe('acme/tiny')
  expect(modelName({ path: '/home/mine/', inspection: INSPECTION })).toBe('mine')
  expect(modelName({ path: 'C:\\models\\mine', inspection: null })).toBe('mine')
  expect(modelName({ path: 'starter', inspection: null })).toBe('Starter model')
})

test('parameters are read at a glance', () => {
  expect([3_394_560, 494_032_768, 7_615_616_512, 900, null].map(parameterWords)).toEqual([
    '3.39 M',
    '494 M',
    '7.62 B',
    '900',
    '–',
  ])
})

describe('what hinders comes first', () => {
  test('a folder that cannot be looked at', () => {
    const problem = { message: 'The model folder /a has no config.json.', remedy: 'Restore it.' }
    expect(modelState({ inspection: null, problem })).toEqual({ words: 'cannot be used here', reason: problem.message })
  })
  test('a model that does not run here', () => {
    const problems = [{ message: 'The model is a mamba.', remedy: '' }]
    expect(modelState({ inspection: { ...INSPECTION, problems }, problem: null }).reason).toBe('The model is a mamba.')
  })
  test('one that needs more memory than the computer has, in numbers', () => {
    const memory = { ...MEMORY, totalBytes: 12e9, fits: false }
    const state = modelState({ inspection: { ...INSPECTION, memory }, problem: null })
    expect(state).toEqual({ words: 'too large for this computer', reason: 'A run needs 12.00 GB; there are 10.00 GB.' })
    expect(memoryWords(memory)).toBe('does not fit: a run takes 12.00 GB, 8.00 GB are free')
  })
  test('nothing', () => {
    expect(modelState({ inspection: INSPECTION, problem: null })).toEqual({ words: 'can be trained, in 2.00 GB', reason: null })
  })
})

test('a download says its share, its bytes and its file, and that it asks before it knows any', () => {
  const download = { repository: 'acme/tiny', folder: '/m', file: null, doneBytes: 0, totalBytes: 0, end: null }
  expect(downloadWords(download)).toBe('Asking the hub …')
  const going = { ...download, file: 'model.safetensors', doneBytes: 250e6, totalBytes: 1e9 }
  expect(downloadWords(going)).toBe('25 % · 250 MB of 1.00 GB · model.safetensors')
})

test('an export is offered a folder of the data folder’s own kind, and none before that is known', () => {
  expect(suggestedFolder('/home/me/veritune', 'a-run', 60, 'merged')).toBe('/home/me/veritune/exports/a-run-step-60-merged')
  expect(suggestedFolder('C:\\data', 'a-run', 60, 'onnx')).toBe('C:\\data\\exports\\a-run-step-60-onnx')
  expect(suggestedFolder('', 'a-run', 60, 'adapter')).toBe('')
})
