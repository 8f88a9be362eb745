import { describe, expect, onTestFinished, test } from 'vitest'
import { rollOut, type RolloutRequest } from '#trainer/2-rollouts/roll-out'
import { createEngine } from '#trainer/engines/create-engine'
import type { Engine, GenerateEvent, Sampling } from '#trainer/engines/engine'
import type { Prompt, Rollout, Task } from '#trainer/flow'
import { hashSeed } from '#trainer/math/random'
import { PLAIN } from '#test/support/bandit'
import { temporaryFolder } from '#test/support/temporary-folder'
import { TINY_SETTINGS } from '#test/support/tiny-llama'
import { writeTinyFolder } from '#test/support/tiny-folder'

const NEVER = new AbortController().signal
const sampling: Sampling = { temperature: 1, topP: 1, topK: 0, maxCompletionTokens: 6, endTokens: [0] }
const prompts = ['a', 'b', 'c'].map((id, i): Prompt => ({ task: { id } as Task, text: '', tokens: [1, 2 + i] }))

const aRequest = (changes: Partial<RolloutRequest> = {}): RolloutRequest => ({
  prompts,
  groupSize: 4,
  sampling,
  policy: 'current',
  seedOf: ({ task }, index) => hashSeed(7, 1, task.id, index),
  ...changes,
})

async function anEngine(): Promise<Engine> {
  const engine = await createEngine('fake', { ...TINY_SETTINGS, modelFolder: writeTinyFolder(temporaryFolder()) })
  onTestFinished(() => engine.close())
  return engine
}

/** An engine that says what it is told to. */
async function aSpeaker(events: readonly Pick<GenerateEvent, 'request' | 'index' | 'tokens' | 'isFinished'>[]): Promise<Engine> {
  const generate: Engine['generate'] = async (_requests, _sampling, _policy, onEvent) =>
    events.forEach((event) => {
      const oldLogprobs = Float32Array.from(event.tokens, (token) => -token)
      onEvent({ ...event, oldLogprobs, samplingLogprobs: oldLogprobs, plainLogprobs: oldLogprobs })
    })
  return Object.assign(Object.create(await anEngine()) as Engine, { generate })
}

const textsOf = (rollouts: readonly Rollout[]): string[] => rollouts.map(({ completion }) => completion.text)

describe('rolling out', () => {
  test('gives a group for each prompt in their order, with completions 0, 1, 2 … and the seed of each', async () => {
    const groups = await rollOut(await anEngine(), PLAIN, aRequest(), NEVER)
    expect(groups.map(({ prompt }) => prompt)).toEqual(prompts)
    for (const { prompt, rollouts } of groups) {
      expect(rollouts.map(({ index }) => index)).toEqual([0, 1, 2, 3])
      expect(rollouts.map(({ seed }) => seed)).toEqual([0, 1, 2, 3].map((i) => hashSeed(7, 1, prompt.task.id, i)))
      for (const { completion, prompt: own } of rollouts) {
        expect(own).toBe(prompt)
        expect(completion.oldLogprobs).toHaveLength(completion.tokens.length)
      }
    }
  })

  test('the same seed gives the same text, whatever else is rolled out with it', async () => {
    const engine = await anEngine()
    const [all, alone] = [
      await rollOut(engine, PLAIN, aRequest(), NEVER),
      await rollOut(engine, PLAIN, aRequest({ prompts: [prompts[2]!], groupSize: 2 }), NEVER),
    ]
    expect(textsOf(alone[0]!.rollouts)).toEqual(textsOf(all[2]!.rollouts).slice(0, 2))
    const other = await rollOut(engine, PLAIN, aRequest({ seedOf: ({ task }, i) => hashSeed(8, 1, task.id, i) }), NEVER)
    expect(other.flatMap(({ rollouts }) => textsOf(rollouts))).not.toEqual(all.flatMap(({ rollouts }) => textsOf(rollouts)))
  })

  test('a completion is truncated when its last token is no end token, and the end token belongs to it', async () => {
    const groups = await rollOut(await anEngine(), PLAIN, aRequest({ groupSize: 64 }), NEVER)
    const completions = groups.flatMap(({ rollouts }) => rollouts.map(({ completion }) => completion))
    for (const { tokens, isTruncated } of completions) {
      expect(isTruncated).toBe(!tokens.includes(0))
      expect(tokens.length).toBeLessThanOrEqual(6)
      if (isTruncated) expect(tokens).toHaveLength(6)
      else expect(tokens.indexOf(0)).toBe(tokens.length - 1)
    }
    expect(new Set(completions.map(({ isTruncated }) => isTruncated)).size).toBe(2)
  })

  test('a completion that comes in parts, among others, is put together and told of once', async () => {
    const engine = await aSpeaker([
      { request: 1, index: 1, tokens: [5], isFinished: false },
      { request: 0, index: 0, tokens: [9, 0], isFinished: true },
      { request: 1, index: 0, tokens: [4], isFinished: false },
      { request: 1, index: 1, tokens: [6, 7], isFinished: true },
      { request: 1, index: 0, tokens: [0], isFinished: true },
    ])
    const told: string[] = []
    const request = aRequest({ groupSize: 2, onRollout: ({ completion }) => told.push(completion.text) })
    const groups = await rollOut(engine, PLAIN, request, NEVER)
    expect(told).toEqual(['9 0', '5 6 7', '4 0'])
    expect(groups.map(({ rollouts }) => textsOf(rollouts))).toEqual([['9 0'], ['4 0', '5 6 7'], []])
    expect([...groups[1]!.rollouts[1]!.completion.oldLogprobs]).toEqual([-5, -6, -7])
  })

  test('what was not whole when it was stopped is left out', async () => {
    const engine = await aSpeaker([
      { request: 0, index: 1, tokens: [3, 0], isFinished: true },
      { request: 0, index: 0, tokens: [3], isFinished: false },
    ])
    const groups = await rollOut(engine, PLAIN, aRequest(), AbortSignal.abort())
    expect(groups.map(({ rollouts }) => rollouts.map(({ index }) => index))).toEqual([[1], [], []])
  })
})
