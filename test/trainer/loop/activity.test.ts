import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { readActivity } from '#runs/run-activity'
import { Heart } from '#trainer/loop/heart'
import { Stopwatch } from '#trainer/loop/stopwatch'
import { temporaryFolder } from '#test/support/temporary-folder'

function aStopwatch(): { stopwatch: Stopwatch; pass: (seconds: number) => void } {
  let now = 0
  return { stopwatch: new Stopwatch(() => now), pass: (seconds) => (now += seconds * 1000) }
}

test('a stage says its name, its age and how much of it is done', async () => {
  const { stopwatch, pass } = aStopwatch()
  pass(3)
  expect(stopwatch.activity()).toEqual({ stage: 'start', seconds: 3, done: 0, of: null })
  await stopwatch.time('rollouts', () => {
    stopwatch.expect(128)
    pass(5)
    stopwatch.advance()
    stopwatch.advance()
    expect(stopwatch.activity()).toEqual({ stage: 'rollouts', seconds: 5, done: 2, of: 128 })
  })
  stopwatch.timeSync('journal', () => expect(stopwatch.activity()).toEqual({ stage: 'journal', seconds: 0, done: 0, of: null }))
})

test('a pause inside a stage is told of while it lasts, and the stage goes on where it was', async () => {
  const { stopwatch, pass } = aStopwatch()
  await stopwatch.time('evaluation', async () => {
    stopwatch.expect(32)
    stopwatch.advance()
    pass(2)
    await stopwatch.time('paused', () => {
      pass(4)
      expect(stopwatch.activity()).toMatchObject({ stage: 'paused', seconds: 4 })
    })
    expect(stopwatch.activity()).toEqual({ stage: 'evaluation', seconds: 6, done: 1, of: 32 })
  })
  expect(stopwatch.take()).toEqual({ 'timing_s/evaluation': 6, 'timing_s/paused': 4 })
})

test('minibatch after minibatch is one stage', async () => {
  const { stopwatch, pass } = aStopwatch()
  for (let i = 0; i < 3; i++) await stopwatch.time('update', () => pass(2))
  expect(stopwatch.activity()).toMatchObject({ stage: 'update', seconds: 6 })
  expect(stopwatch.take()).toEqual({ 'timing_s/update': 6 })
})

test('a heart beats at once, with what the machine tells; what cannot be read is no activity', () => {
  const directory = temporaryFolder()
  expect(readActivity(directory)).toBeNull()
  vi.useFakeTimers()
  onTestFinished(() => void vi.useRealTimers())
  const { stopwatch } = aStopwatch()
  const heart = new Heart(directory, { step: 7 }, stopwatch)
  onTestFinished(() => heart.stop())
  expect(readActivity(directory)).toMatchObject({ step: 7, stage: 'start', metrics: {} })
  heart.metrics = () => ({ 'system/gpu_power': 612 })
  vi.advanceTimersByTime(1_000)
  expect(readActivity(directory)!.metrics).toEqual({ 'system/gpu_power': 612 })
  const text = readFileSync(join(directory, 'heartbeat.json'), 'utf8')
  expect(JSON.parse(text)).toMatchObject({ pid: process.pid, step: 7 })
})
