import { describe, expect, test } from 'vitest'
import type { GenerateEvent, GenerateRequest, Sampling } from '#trainer/engines/engine'
import { Decoder } from '#trainer/engines/onnx/decoder'
import { TrainSessions } from '#trainer/engines/onnx/train-sessions'
import { aModelState, TINY_CONFIG, TINY_SETTINGS } from '#test/support/tiny-llama'

const NEVER = new AbortController().signal
const SAMPLING: Sampling = { temperature: 0.9, topP: 1, topK: 0, maxCompletionTokens: 60, endTokens: [0] }
const SETTINGS = { ...TINY_SETTINGS, lora: null, hasValueHead: false }
const state = aModelState(null, false)

const REQUESTS: GenerateRequest[] = [
  { prompt: [1, 2, 3], seeds: [11, 12, 13, 14] },
  { prompt: Array.from({ length: 40 }, (_, i) => 1 + (i % 20)), seeds: [21, 22, 23, 24] },
  { prompt: [7], seeds: [31, 32, 33, 34] },
]

async function generate(requests: readonly GenerateRequest[], sampling = SAMPLING): Promise<Map<string, GenerateEvent>> {
  const decoder = new Decoder(TINY_CONFIG, 1)
  const events = new Map<string, GenerateEvent>()
  await decoder.generate(
    requests,
    sampling,
    (name) => state.weights.get(name)!.data,
    (event) => events.set(`${event.request}.${event.index}`, event),
    NEVER,
  )
  await decoder.release()
  return events
}

describe('decoder', () => {
  test('every seed gives one completion, which ends with an end token or at the limit', async () => {
    const events = await generate(REQUESTS)
    expect(events.size).toBe(12)
    for (const { tokens, oldLogprobs } of events.values()) {
      expect(oldLogprobs.length).toBe(tokens.length)
      expect(tokens.at(-1) === 0 || tokens.length === 60).toBe(true)
      expect(tokens.slice(0, -1)).not.toContain(0)
    }
  })

  test('log-probs at sampling equal those of the training graph', async () => {
    const events = await generate(REQUESTS)
    const sessions = new TrainSessions(state, SETTINGS)
    const sequences = [...events.values()].map(({ request, tokens }) => ({
      promptTokens: REQUESTS[request]!.prompt,
      completionTokens: tokens,
    }))
    const expected = await sessions.logprobs(sequences, 'current', SAMPLING.temperature)
    ;[...events.values()].forEach(({ oldLogprobs }, i) => {
      oldLogprobs.forEach((logprob, t) => expect(Math.abs(logprob - expected[i]![t]!)).toBeLessThan(1e-4))
    })
  })

  test('a completion depends on its seed, not on who shares its batch', async () => {
    const together = await generate(REQUESTS)
    const alone = await generate([{ prompt: REQUESTS[1]!.prompt, seeds: [23] }])
    expect(alone.get('0.0')!.tokens).toEqual(together.get('1.2')!.tokens)
    expect(await generate(REQUESTS)).toEqual(together)
  })

  test('rows that leave the batch early change nothing for those that stay', async () => {
    // Completions of very different lengths: many of the 32 rows end long before the others.
    const requests = Array.from({ length: 4 }, (_, i) => ({
      prompt: [1 + i, 2, 3],
      seeds: Array.from({ length: 8 }, (_, k) => 100 * i + k),
    }))
    const together = await generate(requests)
    const lengths = [...together.values()].map(({ tokens }) => tokens.length).sort((a, b) => a - b)
    expect(lengths[16]!).toBeLessThan(0.6 * lengths.at(-1)!)
    for (const [name, { tokens, oldLogprobs }] of together) {
      const [request, index] = name.split('.').map(Number) as [number, number]
      const { prompt, seeds } = requests[request]!
      const alone = (await generate([{ prompt, seeds: [seeds[index]!] }])).get('0.0')!
      expect(alone.tokens, name).toEqual(tokens)
      alone.oldLogprobs.forEach((logprob, t) => expect(Math.abs(logprob - oldLogprobs[t]!)).toBeLessThan(1e-5))
    }
  })

  test('near temperature 0 the likeliest token is drawn', async () => {
    const [event] = [...(await generate([REQUESTS[0]!], { ...SAMPLING, temperature: 0.01, maxCompletionTokens: 8 })).values()]
    const sessions = new TrainSessions(state, SETTINGS)
    const promptTokens = [...REQUESTS[0]!.prompt]
    for (const token of event!.tokens) {
      const every = Array.from({ length: 24 }, (_, candidate) => ({ promptTokens, completionTokens: [candidate] }))
      const logprobs = (await sessions.logprobs(every, 'current', 1)).map(([logprob]) => logprob!)
      expect(logprobs.indexOf(Math.max(...logprobs))).toBe(token)
      promptTokens.push(token)
    }
  })

  test('an aborted generation ends early without an error', async () => {
    const decoder = new Decoder(TINY_CONFIG, 1)
    const events: GenerateEvent[] = []
    await decoder.generate(
      REQUESTS,
      SAMPLING,
      (name) => state.weights.get(name)!.data,
      (event) => events.push(event),
      AbortSignal.abort(),
    )
    expect(events).toEqual([])
  })
})
