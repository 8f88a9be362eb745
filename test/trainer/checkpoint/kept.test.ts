import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { JournalEntry } from '#contract/journal'
import { stepName } from '#contract/run-directory'
import { bestStep } from '#trainer/checkpoint/best'
import { removeOldCheckpoints } from '#trainer/checkpoint/kept'
import { newestCheckpoint } from '#trainer/checkpoint/checkpoint'
import { aJournal } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'

const saved = (step: number): JournalEntry => ({ type: 'checkpoint.saved', step, directory: `checkpoints/${stepName(step)}` })

function evaluated(step: number, rate: number, split: 'validation' | 'test' = 'validation'): JournalEntry {
  return { type: 'eval.finished', step, split, datasetHash: '', metrics: { 'eval/pass@1': rate } }
}

function runWith(...steps: number[]): string {
  const directory = temporaryFolder()
  for (const step of steps) {
    mkdirSync(join(directory, 'checkpoints', stepName(step)), { recursive: true })
    writeFileSync(join(directory, 'checkpoints', stepName(step), 'state.json'), JSON.stringify({ step }))
  }
  return directory
}

const stepsIn = (directory: string): number[] => readdirSync(join(directory, 'checkpoints')).map((name) => Number(name.slice(5)))

describe('the best step', () => {
  test('is chosen by validation tasks only, the first of equals', () => {
    expect(bestStep(aJournal([evaluated(1, 0.5), evaluated(2, 0.6), evaluated(3, 0.6), evaluated(4, 0.9, 'test')]))).toBe(2)
    expect(bestStep(aJournal([evaluated(4, 0.9, 'test')]))).toBeNull()
  })

  test('is not one that was rewound and came out otherwise', () => {
    expect(bestStep(aJournal([evaluated(1, 0.5), evaluated(3, 0.9), { type: 'rewound', toStep: 2 }, evaluated(3, 0.4)]))).toBe(1)
  })
})

describe('old checkpoints', () => {
  const events = aJournal([evaluated(2, 0.7), ...[2, 4, 6, 8].map(saved), evaluated(4, 0.3), evaluated(7, 0.9)])

  test('go, but for the newest and the best that has one', () => {
    const directory = runWith(2, 4, 6, 8)
    removeOldCheckpoints(directory, events, { keepLast: 1, keepBest: true })
    expect(stepsIn(directory)).toEqual([2, 8])
    const other = runWith(2, 4, 6, 8)
    removeOldCheckpoints(other, events, { keepLast: 2, keepBest: false })
    expect(stepsIn(other)).toEqual([6, 8])
  })

  test('all stay where nothing is said', () => {
    const directory = runWith(2, 4, 6, 8)
    removeOldCheckpoints(directory, events, { keepLast: 0, keepBest: true })
    expect(stepsIn(directory)).toEqual([2, 4, 6, 8])
  })

  test('stay while the newer one is not named yet', () => {
    const directory = runWith(2, 4, 6)
    removeOldCheckpoints(directory, aJournal([saved(2), saved(4)]), { keepLast: 1, keepBest: false })
    expect(stepsIn(directory)).toEqual([4, 6])
  })

  test('a removal that a kill cut off is no checkpoint, and is finished the next time', () => {
    const directory = runWith(4, 6)
    mkdirSync(join(directory, 'checkpoints/step-000002.removed'))
    writeFileSync(join(directory, 'checkpoints/step-000002.removed/state.json'), '{}')
    const named = aJournal([2, 4, 6].map(saved))
    expect(newestCheckpoint(directory, named)).toBe('checkpoints/step-000006')
    removeOldCheckpoints(directory, named, { keepLast: 2, keepBest: true })
    expect(stepsIn(directory)).toEqual([4, 6])
  })
})
