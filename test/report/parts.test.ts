/** The parts of a report that decide something: numbers as text, axes, looks, which completions are shown, how long a run had trained. */
import fc from 'fast-check'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import yauzl from 'yauzl'
import { evaluationRollouts } from '#runs/evaluation-rollouts'
import { drawChart, drawChartFile } from '#report/charts/draw-chart'
import { lookOf } from '#report/charts/palette'
import { ticksBetween } from '#report/charts/ticks'
import { duration, percent, percentIn, pointsIn, whole, withMinus } from '#report/numbers'
import { pickCompletions } from '#report/pick-completions'
import { minutesUntil } from '#report/training-time'
import { zipOf } from '#report/zip'
import type { EvaluatedCompletion } from '#report/source'
import { aChart } from '#test/support/report-sources'
import { aRollout } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'

describe('numbers', () => {
  test('have fixed decimals, a real minus, and spaces that do not break', () => {
    expect([percent(0.4312), percent(1), percent(-0.0001)]).toEqual(['43.1\u00a0%', '100.0\u00a0%', '0.0\u00a0%'])
    expect(percentIn({ mean: 0.5, low: 0.4, high: 0.6 })).toBe('50.0\u00a0%\u00a0[40.0,\u00a060.0]')
    expect(pointsIn({ mean: 0.061, low: -0.02, high: 0.14 })).toBe('+6.1\u00a0[−2.0,\u00a014.0]')
    expect(pointsIn({ mean: -0.0001, low: -0.1, high: 0.1 })).toBe('0.0\u00a0[−10.0,\u00a010.0]')
    expect([whole(999), whole(10_240), whole(1_234_567)]).toEqual(['999', '10\u202f240', '1\u202f234\u202f567'])
    expect([4.04, 48, 552, 7_500].map(duration)).toEqual(['4.0\u00a0s', '48\u00a0s', '9.2\u00a0min', '2\u00a0h\u00a005\u00a0min'])
  })

  test('a hyphen before a number of a sentence is a minus; one between words or in a range of names stays', () => {
    expect(withMinus('A: no difference between x-1 and y (-0.8 points [-22.8, 21.2]).')).toBe(
      'A: no difference between x-1 and y (−0.8 points [−22.8, 21.2]).',
    )
  })
})

describe('an axis', () => {
  test('has round ticks inside its ends, evenly apart, never more than asked for', () => {
    const width = fc.double({ min: 1e-6, max: 1e6, noNaN: true })
    const below = fc.double({ min: 0, max: 2, noNaN: true })
    fc.assert(
      fc.property(width, below, fc.integer({ min: 2, max: 12 }), (width, below, most) => {
        const low = -below * width
        const ticks = ticksBetween(low, low + width, most)
        const slack = width * 1e-6
        expect(ticks.length).toBeLessThanOrEqual(most)
        for (const tick of ticks) expect(tick >= low - slack && tick <= low + width + slack).toBe(true)
        const gaps = ticks.slice(1).map((tick, i) => tick - ticks[i]!)
        for (const gap of gaps) expect(Math.abs(gap - gaps[0]!)).toBeLessThan(gaps[0]! * 1e-6)
      }),
    )
    expect(ticksBetween(0, 1, 6)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1])
    expect(ticksBetween(0, 80, 7, false)).toEqual([0, 20, 40, 60, 80])
    expect(ticksBetween(0, 3, 7, false)).toEqual([0, 1, 2, 3])
  })
})

describe('a chart', () => {
  test('stays within its frame, and its labels stand apart', () => {
    const drawn = drawChart(
      aChart((name) => name),
      'c',
    )
    for (const [, x, y] of drawn.matchAll(/([\d.]+),([\d.]+)/g)) {
      expect(Number(x) >= 50 && Number(x) <= 424).toBe(true)
      expect(Number(y) >= 10 && Number(y) <= 204).toBe(true)
    }
    const labels = [...drawn.matchAll(/x="([\d.]+)" y="220\.0" text-anchor="middle"|x="([\d.]+)" y="220" text-anchor="middle"/g)]
    const places = labels.map((found) => Number(found[1] ?? found[2]))
    for (const [i, place] of places.entries()) if (i > 0) expect(place - places[i - 1]!).toBeGreaterThan(30)
  })

  test('is a whole picture without style sheet and script', () => {
    const file = drawChartFile(
      aChart((name) => name),
      'c',
    )
    expect(file).toContain('<rect width="440" height="240" fill="#fff"/>')
    expect(file).toMatch(/stroke="#0072b2"/)
    expect(file).not.toMatch(/<script|<style|href|url\(/)
  })

  test('groups differ by colour and by dash', () => {
    const looks = Array.from({ length: 12 }, (_, group) => lookOf({ group }))
    expect(new Set(looks.map(({ color, dash }) => color + dash)).size).toBe(12)
    expect(new Set(looks.slice(0, 6).map(({ dash }) => dash)).size).toBe(6)
  })
})

const score = (value: number) => ({ value, outcome: value === 1 ? 'passed' : 'failed', evidence: { summary: '' } }) as const

function completion(taskId: string, index: number, functional: number, others: number): EvaluatedCompletion {
  const rest = { compilation: score(1), synthesis: score(others), reasoning: score(others), quality: score(others) }
  return { run: 'r', record: aRollout(8, index, { taskId, scores: { ...rest, functional: score(functional) } }) }
}

describe('completions that are shown', () => {
  const all = [
    completion('easy', 0, 1, 1),
    completion('easy', 1, 1, 1),
    completion('easy', 2, 0, 0),
    completion('hard', 3, 1, 1),
    completion('hard', 4, 0, 0),
    completion('hard', 5, 0, 0),
    completion('middle', 6, 0.5, 1),
    { run: 'r', record: aRollout(8, 7, { taskId: 'unscored', scores: { ...all0(), functional: { unscored: 'no tool' } } }) },
  ]
  function all0() {
    return { compilation: score(0), synthesis: score(0), reasoning: score(0), quality: score(0) }
  }
  const places = (of: readonly EvaluatedCompletion[]): number[] => of.map(({ record }) => record.index)

  test('the best solve what is seldom solved, the worst fail at what is mostly solved; one of a task, none unscored', () => {
    const { best, worst, count } = pickCompletions(all)
    expect([places(best), places(worst), count]).toEqual([[3, 0], [2, 4], 8])
  })

  test('nothing is shown where nothing was written', () => {
    expect(pickCompletions([])).toEqual({ best: [], worst: [], count: 0 })
  })

  test('lines that cannot be read are passed over', async () => {
    const folder = temporaryFolder()
    mkdirSync(join(folder, 'rollouts'))
    writeFileSync(join(folder, 'rollouts/eval-000008.jsonl'), `${JSON.stringify(aRollout(8, 1))}\n{"torn": \n`)
    expect(places((await evaluationRollouts(folder, 8)).map((record) => ({ run: 'r', record })))).toEqual([1])
    expect(await evaluationRollouts(folder, 9)).toEqual([])
  })
})

test('time of training adds up over gathered steps', () => {
  const seconds = { steps: [10, 20], values: [6, 12] }
  expect([0, 5, 10, 15, 20, 30].map((step) => minutesUntil(seconds, step))).toEqual([0, 0.5, 1, 2, 3, 3])
  expect(minutesUntil(undefined, 5)).toBe(0)
})

test('an archive holds what was put in, under its name', async () => {
  const files = [
    { name: 'report.html', content: Buffer.from('<p>é</p>'.repeat(1_000)) },
    { name: 'charts/eine-Kurve-ü.svg', content: Buffer.from('') },
  ]
  const archive = await new Promise<yauzl.ZipFile>((done, failed) =>
    yauzl.fromBuffer(zipOf(files, new Date()), { lazyEntries: true }, (error, zip) => (error ? failed(error) : done(zip))),
  )
  const found: { name: string; content: Buffer }[] = []
  await new Promise<void>((done, failed) => {
    archive.on('entry', (entry: yauzl.Entry) => {
      archive.openReadStream(entry, (error, stream) => {
        if (error) return failed(error)
        const parts: Buffer[] = []
        stream.on('data', (part: Buffer) => parts.push(part))
        stream.on('end', () => {
          found.push({ name: entry.fileName, content: Buffer.concat(parts) })
          archive.readEntry()
        })
      })
    })
    archive.on('end', done)
    archive.on('error', failed)
    archive.readEntry()
  })
  expect(found).toEqual(files)
})
