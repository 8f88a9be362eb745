import { describe, expect, test } from 'vitest'
import { METRICS } from '#contract/metrics'
import type { Column } from '../../../src-renderer/state/columns.ts'
import { FIRST_OPTIONS, optionsFrom } from '../../../src-renderer/pages/run/chart-options.ts'
import { axisScale, curveKeys, runCharts } from '../../../src-renderer/pages/run/run-charts.ts'

const x = [1, 2, 3, 4]
const columns: Readonly<Record<string, Column>> = {
  'train/kl': { x, y: [0, 0.1, 0.2, 0.3] },
  'train/loss': { x, y: [0.1, -0.1, 0.2, 0.1] },
  'train/functional/scored_count': { x: [400], y: [128] },
  'train/functional_rate': { x, y: [0.1, 0.2, 0.3, 0.4] },
  'train/completions/tokens': { x, y: [1000, 1000, 2000, 2000] },
  'timing_s/step': { x, y: [60, 60, 60, 60] },
  'system/rss': { x, y: [1e9, 2e9, 2e9, 2e9] },
}
const column = (key: string): Column => columns[key] ?? { x: [], y: [] }
const GRPO = { isPpo: false, isSupervised: false }
const chart = (id: string, options = FIRST_OPTIONS) => runCharts(column, GRPO, options).find((plan) => plan.id === id)!

describe('the charts of a run', () => {
  test('show use and power of a card where its maker’s tool told of them', () => {
    const told: Readonly<Record<string, Column>> = {
      'system/gpu_utilisation': { x, y: [0.5, 0.9, 0.9, 1] },
      'system/gpu_power': { x, y: [300, 600, 610, 620] },
      'system/gpu_temperature': { x, y: [40, 55, 60, 61.4] },
      'system/gpu_memory': { x, y: [5e9, 6e9, 6e9, 6e9] },
    }
    const plans = runCharts((key) => told[key] ?? column(key), GRPO, FIRST_OPTIONS)
    const planOf = (id: string) => plans.find((plan) => plan.id === id)
    expect(planOf('card-use')).toMatchObject({ range: 'rate', series: [{ y: [0.5, 0.9, 0.9, 1] }] })
    expect(planOf('card-power')!.note).toBe('W; up to 61 °C')
    expect(planOf('memory')!.series.map(({ label }) => label)).toEqual(['machine', 'card, all programs'])
    expect(runCharts(column, GRPO, FIRST_OPTIONS).some(({ id }) => id.startsWith('card'))).toBe(false)
    expect(curveKeys()).toEqual(expect.arrayContaining(Object.keys(told)))
  })

  test('ask for metrics that exist, with those of every axis', () => {
    expect(curveKeys().filter((key) => !(key in METRICS))).toEqual([])
    expect(curveKeys()).toEqual(
      expect.arrayContaining(['train/completions/tokens', 'timing_s/step', 'system/rss', 'system/device_memory']),
    )
  })

  test('are smoothed as a person wants it', () => {
    const rate = (smoothing: 'off' | 'some' | 'strong') =>
      chart('rates', { ...FIRST_OPTIONS, smoothing }).series.find(({ label }) => label === 'Functional')
    // A fortieth of 400 steps.
    expect(rate('some')).toMatchObject({ isSmoothed: true, smoothingWindow: 10 })
    expect(rate('strong')).toMatchObject({ isSmoothed: true, smoothingWindow: 40 })
    expect(rate('off')).toMatchObject({ isSmoothed: false })
    expect(chart('rates', { ...FIRST_OPTIONS, smoothing: 'strong' }).note).toContain('mean of 40 steps')
  })

  test('are logarithmic only where nothing is below 0, and say so where something is', () => {
    const options = { ...FIRST_OPTIONS, isLogarithmic: true }
    expect(chart('kl', options).range).toBe('log')
    expect(chart('loss', options)).toMatchObject({ range: 'free', note: 'per minibatch; linear, as it has values below 0' })
    expect(chart('entropy', options).range).toBe('zero')
    expect(chart('kl').range).toBe('zero')
  })

  test('show memory in gigabytes, that of a card where there is one', () => {
    expect(chart('memory').series.map(({ label, y }) => [label, y])).toEqual([['machine', [1, 2, 2, 2]]])
    const withCard = (key: string): Column => (key === 'system/device_memory' ? { x, y: [4e9, 4e9, 4e9, 5e9] } : column(key))
    const memory = runCharts(withCard, GRPO, FIRST_OPTIONS).find(({ id }) => id === 'memory')!
    expect(memory.series.map(({ label }) => label)).toEqual(['machine', 'card'])
  })

  test('are, of a run that learns from references alone, those that its steps can fill', () => {
    const withLoss = (key: string): Column => (key === 'train/supervised_loss' ? { x, y: [3, 2, 1, 1] } : column(key))
    const plans = runCharts(withLoss, { isPpo: false, isSupervised: true }, FIRST_OPTIONS)
    expect(plans.map(({ id }) => id)).toEqual(['validation', 'loss', 'gradient', 'times', 'memory'])
    expect(plans[1]!.series.map(({ label }) => label)).toEqual(['of references'])
  })

  test('lie along steps, tokens or time', () => {
    expect(axisScale(column, 'step')).toBeNull()
    expect(axisScale(column, 'tokens')!.placeOf(4)).toBe(6)
    expect(axisScale(column, 'time')).toMatchObject({ unit: 'min' })
    expect(axisScale(column, 'time')!.placeOf(4)).toBe(4)
    const long = (): Column => ({ x: [1, 2, 3, 4], y: [3600, 3600, 3600, 3600] })
    expect(axisScale(long, 'time')).toMatchObject({ unit: 'hours' })
  })
})

test('choices are read as they were kept; whatever else stands there is as at first', () => {
  const kept = { smoothing: 'strong', isLogarithmic: true, axis: 'time' } as const
  expect(optionsFrom(JSON.stringify(kept))).toEqual(kept)
  for (const text of [null, '', 'nonsense', 'null', '{"smoothing":"wild","axis":7}'])
    expect(optionsFrom(text)).toEqual(FIRST_OPTIONS)
})
