import { expect, test } from 'vitest'
import { partMeaning, summaryOf, totalBytes } from '../../../src-renderer/pages/settings/settings-words.ts'

const states = (...all: ('good' | 'warning' | 'bad')[]) => all.map((state) => ({ state }))

test.each([
  [states('good', 'good'), 'all that is needed is there'],
  [states('good', 'warning'), 'all that is needed is there, 1 note about what is missing and not needed'],
  [states('bad', 'warning', 'warning'), '1 thing to mend, 2 notes about what is missing and not needed'],
  [states('bad', 'bad'), '2 things to mend'],
])('the checks of a machine in one sentence: %o', (checks, sentence) => {
  expect(summaryOf(checks)).toBe(sentence)
})

test('the data folder is as large as its parts, and an unknown part keeps its name', () => {
  const parts = [
    { name: 'runs', bytes: 5, fileCount: 1 },
    { name: 'mine', bytes: 7, fileCount: 1 },
  ]
  expect(totalBytes({ home: '/h', parts, freeBytes: null })).toBe(12)
  expect(partMeaning('mine')).toBe('mine')
})
