import { expect, test } from 'vitest'
import type { JournalEntry } from '#contract/journal'
import { aJournal, started } from '#test/support/builders'
import { alertWords, findingsOf } from '../../../src-renderer/pages/run/health.ts'

const warned = (step: number, code: string, isSevere = false): JournalEntry => ({
  type: 'health.warned',
  step,
  code,
  isSevere,
  evidence: `numbers of step ${step}`,
})

test('a kind of warning is one finding, of its newest step, severe ones first', () => {
  const findings = findingsOf(
    aJournal([started(), warned(2, 'kl-high', true), warned(3, 'length-drift'), warned(9, 'length-drift')]),
  )
  expect(findings.map(({ title, step, count, isSevere }) => [title, step, count, isSevere])).toEqual([
    ['KL to the reference', 2, 1, true],
    ['Length drift', 9, 2, false],
  ])
  expect(findings[1]).toMatchObject({ text: 'numbers of step 9' })
  expect(findings[1]!.rule).toContain('Limit 1.5.')
})

test('warnings of steps that are made again are forgotten; a healthy run has none', () => {
  expect(findingsOf(aJournal([warned(5, 'kl-high'), { type: 'rewound', toStep: 4 }]))).toEqual([])
  expect(findingsOf(aJournal([started()]))).toEqual([])
})

test('a code that is not known is said in its own words', () => {
  expect(findingsOf(aJournal([warned(1, 'from-the-future')]))[0]).toMatchObject({ title: 'from the future', rule: '' })
})

test('judges that disagree and memory that ran out are findings too', () => {
  const findings = findingsOf(
    aJournal([
      { type: 'judge.disagreed', step: 1, count: 2, taskIds: ['mux-1'] },
      { type: 'microbatch.halved', step: 2, toStep: 1, from: 8, to: 4, evidence: 'It took 9 GB.' },
    ]),
  )
  expect(findings.map(({ title }) => title)).toEqual(['Out of memory', 'The judges disagree'])
  expect(findings[1]!.text).toContain('2 rollouts of mux-1')
})

test('what a severe warning does is said, and that the run stands still for one until it goes on', () => {
  const paused = aJournal([{ type: 'run.paused', step: 7, alerts: ['kl-high'] }])
  expect(alertWords([], 'warn')).toContain('do not pause')
  expect(alertWords([], 'pause')).toBe('A severe warning pauses this run.')
  expect(alertWords(paused, 'pause')).toContain('Paused at step 7 because of: KL to the reference')
  expect(alertWords([...paused, ...aJournal([{ type: 'run.continued', step: 7 }], 2)], 'pause')).toBe(
    'A severe warning pauses this run.',
  )
  expect(alertWords(aJournal([{ type: 'run.paused', step: 7 }]), 'pause')).toBe('A severe warning pauses this run.')
})
