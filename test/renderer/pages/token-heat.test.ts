import { expect, test } from 'vitest'
import type { RolloutRecord } from '#contract/journal'
import type { TokenLogprobs } from '#contract/token-logprobs'
import {
  askedWords,
  cutWords,
  HEAT_CLASSES,
  heatOf,
  heatWords,
  mostSurprising,
  probabilityWords,
} from '../../../src-renderer/pages/run/token-heat.ts'

const answer = (tokens: TokenLogprobs['tokens'], changes: Partial<TokenLogprobs> = {}): TokenLogprobs => ({
  tokens,
  hasEnd: false,
  checkpoint: 40,
  promptTokens: 9,
  engine: { name: 'onnx', device: 'cpu', dtype: 'float32' },
  ...changes,
})
const rollout = { step: 43, completionTokens: 3, promptTokens: 9 } as RolloutRecord
const THREE = [
  { text: 'assign', logprob: 0 },
  { text: ' y', logprob: Math.log(0.25) },
  { text: '\n', logprob: Math.log(0.001) },
]

test('each token is of one class, from likely to surprising', () => {
  const classes = [
    0,
    Math.log(0.9),
    Math.log(0.6),
    Math.log(0.5),
    Math.log(0.2),
    Math.log(0.05),
    Math.log(0.002),
    -800,
    -Infinity,
  ]
  expect(classes.map(heatOf)).toEqual([0, 0, 1, 1, 2, 3, 4, 4, 4])
  expect(HEAT_CLASSES.map(({ words }) => words)).toHaveLength(5)
})

test('a probability is said as exactly as it means something', () => {
  expect([0, Math.log(0.123), Math.log(0.034), Math.log(0.0003), -30].map(probabilityWords)).toEqual([
    '100 %',
    '12 %',
    '3 %',
    '0.03 %',
    'under 0.001 %',
  ])
})

test('the most surprising come first, with what stands before them; blanks and line ends are seen', () => {
  expect(mostSurprising(answer(THREE), 2)).toEqual([
    { text: '⏎', logprob: Math.log(0.001), place: 3, before: 'assign·y' },
    { text: '·y', logprob: Math.log(0.25), place: 2, before: 'assign' },
  ])
  expect(mostSurprising(answer(THREE, { hasEnd: true }), 1)[0]!.text).toBe('end')
})

test('all tokens together are their mean and its perplexity', () => {
  // (0 + ln 0.25 + ln 0.001) / 3 = -2.76, and e to the 2.76 is 15.87.
  expect(heatWords(answer(THREE))).toBe('3 tokens, mean log-prob −2.76, perplexity 15.87')
})

test('it is said which weights were asked, and how far they are from those that wrote it', () => {
  expect(askedWords(answer(THREE), rollout)).toMatch(
    /^By the checkpoint of step 40: 2 updates before those that wrote it \(onnx on cpu/,
  )
  expect(askedWords(answer(THREE, { checkpoint: 42 }), rollout)).toContain('the weights that wrote it')
  expect(askedWords(answer(THREE, { checkpoint: null }), rollout)).toContain('By the model that the run began with')
  // An evaluation is written by the weights after its step.
  expect(askedWords(answer(THREE, { checkpoint: 43 }), rollout, 'evaluation')).toContain('the weights that wrote it')
  expect(askedWords(answer(THREE, { checkpoint: null }), { ...rollout, step: 0 }, 'evaluation')).toContain('which wrote it')
})

test('a text that is not cut into the tokens that were drawn says so', () => {
  expect(cutWords(answer(THREE), rollout)).toBe('')
  expect(cutWords(answer(THREE.slice(1), { promptTokens: 8 }), rollout)).toBe(
    'The stored text is cut anew: 2 tokens where 3 were drawn, a prompt of 8 tokens where it had 9.',
  )
})
