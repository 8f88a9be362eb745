import { expect, test } from 'vitest'
import type { Score, Statement } from '#contract/score'
import { reasoningLines } from '../../../src-renderer/pages/reasoning-lines.ts'

function scored(statements: readonly Statement[] | undefined, summary = 'Of the design.'): Score {
  return { value: 0.5, outcome: 'partial', evidence: { summary, ...(statements && { statements: [...statements] }) } }
}

test('each statement is marked true, false or not checkable; prose claims nothing', () => {
  const score = scored([
    { text: 'registers: 4', isTrue: true, note: 'the netlist says 4' },
    { text: 'reset: sync high', isTrue: false, note: 'the netlist says none' },
    { text: 'states: 3', isTrue: false, isUncheckable: true, note: 'the netlist does not show this' },
  ])
  expect(reasoningLines('A counter.\n\n registers:  4 \nreset: sync   high\nstates: 3', score)).toEqual([
    { text: 'A counter.', verdict: 'prose', note: '' },
    { text: 'registers:  4', verdict: 'true', note: '' },
    { text: 'reset: sync   high', verdict: 'false', note: 'the netlist says none' },
    { text: 'states: 3', verdict: 'not checkable', note: 'the netlist does not show this' },
  ])
})

test('where the design did not get that far, statements are not checkable and say why', () => {
  const lines = reasoningLines('registers: 4', {
    value: 0,
    outcome: 'not-reached',
    evidence: { summary: 'It does not compile.' },
  })
  expect(lines).toEqual([{ text: 'registers: 4', verdict: 'not checkable', note: 'It does not compile.' }])
  expect(reasoningLines('registers: 4', { unscored: 'no tool' })[0]!.note).toBe('no tool')
})

test('a repeated statement is marked each time; no block gives no line', () => {
  const score = scored([{ text: 'latches: none', isTrue: true, note: '' }])
  expect(reasoningLines('latches: none\nlatches: none', score).map(({ verdict }) => verdict)).toEqual(['true', 'true'])
  expect(reasoningLines('', score)).toEqual([])
})
