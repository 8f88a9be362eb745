import { expect, test } from 'vitest'
import type { TaskSummary } from '#contract/api'
import type { KnownModel, ModelList } from '#contract/known-models'
import type { PlaygroundCompletion } from '#contract/playground'
import {
  completionWords,
  matchingTasks,
  modelChoice,
  modelOptions,
  samplingProblem,
} from '../../../src-renderer/pages/playground/playground-words.ts'

const aModel = (path: string, problems: readonly object[] = []): KnownModel =>
  ({ path, origin: 'added', inspection: { problems }, problem: null, runCount: 0 }) as unknown as KnownModel
const LIST: ModelList = {
  models: [aModel('starter'), aModel('/models/other', [{}])],
  runs: [
    {
      run: 'a',
      name: 'GRPO, seed 1',
      model: 'starter',
      hasAdapter: true,
      checkpoints: [
        { step: 10, bytes: 1, passAt1: 0.612, isBest: true },
        { step: 20, bytes: 1, passAt1: 0.6, isBest: false },
      ],
    },
  ],
}

test('models come first, then each run’s checkpoints, newest first; what cannot be used cannot be chosen', () => {
  const groups = modelOptions(LIST, 'starter')
  expect(groups.map(({ title }) => title)).toEqual(['Models', 'GRPO, seed 1'])
  expect(groups[0]!.options.map(({ key, isUsable }) => [key, isUsable])).toEqual([
    ['starter', true],
    ['/models/other', false],
  ])
  expect(groups[1]!.options.map(({ words }) => words)).toEqual([
    'step 20 · GRPO, seed 1',
    'step 10 (best, 61.2 %) · GRPO, seed 1',
  ])
})

test('what was chosen and is gone still stands there, and is said to be gone', () => {
  const [first] = modelOptions(LIST, 'run:a@5')
  expect(first).toMatchObject({ title: 'No longer there', options: [{ key: 'run:a@5', words: 'step 5 · a' }] })
})

test('a base is asked on the engine of the run that began with it, any other model on the embedded one', () => {
  expect(modelChoice(LIST, 'starter', 'run:a@20')).toEqual({ kind: 'model', path: 'starter', like: 'a' })
  expect(modelChoice(LIST, 'starter', 'starter')).toEqual({ kind: 'model', path: 'starter', like: null })
  expect(modelChoice(LIST, '/models/mine', 'run:a@20')).toEqual({ kind: 'model', path: '/models/mine', like: null })
  expect(modelChoice(LIST, 'run:a@20', 'starter')).toEqual({ kind: 'checkpoint', run: 'a', step: 20 })
})

test('every word of a search must be met, anywhere', () => {
  const aTask = (id: string, instruction: string): TaskSummary =>
    ({ id, split: 'train', family: 'gate', difficulty: 1, instruction, moduleName: 'top' }) as TaskSummary
  const tasks = [aTask('gate-1', 'An AND gate.'), aTask('mux-1', 'A multiplexer.'), aTask('gate-2', 'An OR gate.')]
  const found = (search: string): string[] => matchingTasks(tasks, search).map(({ id }) => id)
  expect(found('GATE or')).toEqual(['gate-2'])
  expect(found(' ')).toEqual(['gate-1', 'mux-1', 'gate-2'])
  expect(found('adder')).toEqual([])
})

test('what came of it is said with units', () => {
  const engine = { name: 'onnx', device: 'cpu', dtype: 'float32' }
  const completion: PlaygroundCompletion = { text: 'x', promptTokens: 210, tokenCount: 1420, end: 'limit', seconds: 2, engine }
  expect(completionWords(completion)).toBe(
    'cut at the most tokens · 1\u202f420 tokens in 2 s, 710 a second · prompt 210 tokens · onnx on cpu, float32',
  )
  expect(completionWords({ ...completion, tokenCount: 0, end: 'stopped', seconds: 0 })).toContain('stopped · 0 tokens in 0 s ·')
})

test('settings that the workbench would refuse are named', () => {
  const good = { temperature: 0.8, topP: 1, maxCompletionTokens: 512, seed: 1 }
  expect(samplingProblem(good)).toBe('')
  for (const [wrong, word] of [
    [{ temperature: 0 }, 'temperature'],
    [{ temperature: Number.NaN }, 'temperature'],
    [{ topP: 0 }, 'Top-p'],
    [{ maxCompletionTokens: 1.5 }, 'Most tokens'],
    [{ seed: -1 }, 'seed'],
  ] as const) {
    expect(samplingProblem({ ...good, ...wrong })).toContain(word)
  }
})
