import { expect, test } from 'vitest'
import { aConfig } from '#test/support/builders'
import { factRows, rowsWith, settingRows } from '../../../src-renderer/pages/run/setting-rows.ts'

const preset = aConfig()

test('settings that differ from the preset stand first, with what the preset says', () => {
  const rows = settingRows(aConfig({ steps: 61, maxApproxKl: null, proof: true }), preset)
  expect(rows.slice(0, 4).map(({ path, value, inPreset }) => [path, value, inPreset])).toEqual([
    ['proof', 'on', 'off'],
    ['steps', '61', String(preset.steps)],
    ['maxApproxKl', 'off', String(preset.maxApproxKl)],
    [rows[3]!.path, rows[3]!.value, null],
  ])
  expect(rows.some(({ path }) => path === 'reward.weights.quality')).toBe(true)
})

test('the hash of the data set is no difference, and without a preset nothing is', () => {
  const config = aConfig({ dataset: { id: 'starter', hash: 'ab' } })
  expect(settingRows(config, preset).filter(({ inPreset }) => inPreset !== null)).toEqual([])
  expect(settingRows(aConfig({ steps: 61 }), null).filter(({ inPreset }) => inPreset !== null)).toEqual([])
})

test('a row is found by the words of its label, path or meaning', () => {
  const rows = settingRows(preset, preset)
  expect(rowsWith(rows, 'optimizer learning').map(({ path }) => path)).toContain('optimizer.learningRate')
  expect(rowsWith(rows, 'no such words')).toEqual([])
  expect(rowsWith(rows, ' ')).toHaveLength(rows.length)
})

test('nested facts are rows with their way as a name', () => {
  expect(factRows({ node: 'v24', engine: { name: 'onnx', hasValueHead: false }, cards: [] })).toEqual([
    ['node', 'v24'],
    ['engine.name', 'onnx'],
    ['engine.hasValueHead', 'off'],
    ['cards', 'none'],
  ])
})
