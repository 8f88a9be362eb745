import { expect, test } from 'vitest'
import type { JournalEntry } from '#contract/journal'
import { aJournal, started, stepFinished } from '#test/support/builders'
import { evaluationsOf } from '../../../src-renderer/pages/run/evaluations.ts'

const evaluated = (step: number, passAt1?: number): JournalEntry => ({
  type: 'eval.finished',
  step,
  split: 'validation',
  datasetHash: 'h',
  metrics: passAt1 === undefined ? {} : { 'eval/pass@1': passAt1 },
})

test('evaluations stand in order of their steps, each once, with what passed where something was scored', () => {
  const events = aJournal([started(), evaluated(0), stepFinished(1), evaluated(1, 0.25), evaluated(1, 0.5)])
  expect(evaluationsOf(events)).toEqual([
    { step: 0, passAt1: null },
    { step: 1, passAt1: 0.5 },
  ])
})

test('what the run went back on is forgotten until it is made again', () => {
  const before = [started(), evaluated(0, 0.1), stepFinished(1), evaluated(1, 0.2), stepFinished(2), evaluated(2, 0.3)]
  const rewound = [...before, { type: 'rewound', toStep: 1 } as const]
  expect(evaluationsOf(aJournal(rewound)).map(({ step }) => step)).toEqual([0, 1])
  expect(evaluationsOf(aJournal([...rewound, stepFinished(2), evaluated(2, 0.4)])).at(-1)).toEqual({ step: 2, passAt1: 0.4 })
})
