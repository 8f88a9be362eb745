import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { createEngine, type EngineName } from '#trainer/engines/create-engine'
import type { Engine, EngineSettings, GenerateEvent, GenerateRequest, Sampling } from '#trainer/engines/engine'
import type { Minibatch, Objective } from '#trainer/flow'
import { TINY_SETTINGS } from '#test/support/tiny-llama'
import { writeTinyFolder } from '#test/support/tiny-folder'
import { MISSING_TORCH, openTorch, unlessSkipped } from '#test/support/torch-engine'

const root = mkdtempSync(join(tmpdir(), 'veritune-engine-'))
afterAll(() => rmSync(root, { recursive: true }))
const NEVER = new AbortController().signal
const settings: EngineSettings = { ...TINY_SETTINGS, modelFolder: writeTinyFolder(join(root, 'tiny')) }
const SAMPLING: Sampling = { temperature: 1, topP: 1, topK: 0, maxCompletionTokens: 12, endTokens: [0] }
const REQUESTS: GenerateRequest[] = [
  { prompt: [1, 2, 3], seeds: [11, 12, 13, 14] },
  { prompt: [4, 5], seeds: [21, 22, 23, 24] },
]
const OBJECTIVE: Objective = {
  kind: 'policy',
  temperature: 1,
  clipEpsilonLow: 0.2,
  clipEpsilonHigh: 0.2,
  klCoef: 0,
  entropyCoef: 0,
  lossMean: 'token',
  value: { coef: 0.5, clipEpsilon: 0.2 },
  learningRate: 0.02,
  valueLearningRate: 0.02,
}

const opened: Engine[] = []
afterEach(async () => {
  await Promise.all(opened.splice(0).map((engine) => engine.close()))
})

/** The laws of the Engine interface, for every engine that runs here. PyTorch's are skipped by name where there is none. */
const KINDS: readonly { name: EngineName; kind?: Partial<EngineSettings> }[] = [
  { name: 'onnx' },
  { name: 'onnx', kind: { baseStorage: 'float16' } },
  { name: 'onnx', kind: { baseStorage: 'int4' } },
  { name: 'torch' },
  { name: 'fake' },
]
for (const { name, kind = {} } of KINDS) {
  const isMissing = name === 'torch' && MISSING_TORCH !== ''
  const title = ['engine', name, kind.baseStorage].filter(Boolean).join(' ')
  describe.skipIf(isMissing)(isMissing ? unlessSkipped(title) : title, () => {
    const open = async (changes: Partial<EngineSettings> = {}): Promise<Engine> => {
      if (name === 'torch') return openTorch({ ...settings, ...changes })
      const engine = await createEngine(name, { ...settings, ...kind, ...changes })
      opened.push(engine)
      return engine
    }

    test('one completion per seed, the same for the same seed', async () => {
      const engine = await open()
      const first = await generate(engine)
      expect(first.map(({ request, index }) => `${request}.${index}`)).toEqual([
        '0.0',
        '0.1',
        '0.2',
        '0.3',
        '1.0',
        '1.1',
        '1.2',
        '1.3',
      ])
      expect(await generate(engine)).toEqual(first)
    })

    test('a streamed completion is told token by token, and is the same', async () => {
      const engine = await open()
      const whole = await generate(engine)
      const parts = await generate(engine, 0, { ...SAMPLING, isStreamed: true })
      expect(parts.every(({ tokens, oldLogprobs }) => tokens.length === 1 && oldLogprobs.length === 1)).toBe(true)
      whole.forEach(({ request, index, ...said }) => {
        const told = parts.filter((part) => part.request === request && part.index === index)
        for (const list of ['tokens', 'oldLogprobs', 'samplingLogprobs', 'plainLogprobs'] as const) {
          expect(told.flatMap((part) => [...part[list]])).toEqual([...said[list]])
        }
        expect(told.map(({ isFinished }) => isFinished)).toEqual(told.map((_, i) => i === told.length - 1))
      })
    })

    test('what is streamed can be stopped half-way', async () => {
      const engine = await open()
      const [stop, told] = [new AbortController(), [] as GenerateEvent[]]
      const onEvent = (event: GenerateEvent): void => {
        told.push(event)
        stop.abort()
      }
      const [request] = REQUESTS
      const endless = { ...SAMPLING, maxCompletionTokens: 200, endTokens: [], isStreamed: true }
      await engine.generate([{ ...request!, seeds: [1] }], endless, 'current', onEvent, stop.signal)
      expect(told.length).toBeLessThan(100)
      expect(told.some(({ isFinished }) => isFinished)).toBe(false)
    })

    test('log-probs at sampling are those of logprobs()', async () => {
      const engine = await open()
      const events = await generate(engine)
      const expected = await engine.logprobs(sequencesOf(events), 'current', 1)
      events.forEach(({ oldLogprobs }, i) =>
        oldLogprobs.forEach((logprob, t) => expect(logprob).toBeCloseTo(expected[i]![t]!, 4)),
      )
    })

    test('log-probs at temperature 1 are said beside those at the sampling’s, and those of what was drawn from', async () => {
      const engine = await open()
      const events = await generate(engine, 0, { ...SAMPLING, temperature: 0.7 })
      const sequences = sequencesOf(events)
      for (const [temperature, pick] of [
        [0.7, (event: GenerateEvent) => event.oldLogprobs],
        [0.7, (event: GenerateEvent) => event.samplingLogprobs],
        [1, (event: GenerateEvent) => event.plainLogprobs],
      ] as const) {
        const expected = await engine.logprobs(sequences, 'current', temperature)
        events.forEach((event, i) => pick(event).forEach((logprob, t) => expect(logprob).toBeCloseTo(expected[i]![t]!, 4)))
      }
    })

    test('a completion ends with the token that completes a stop text', async () => {
      const engine = await open()
      const tokenTexts = Array.from({ length: 24 }, (_, token) => `<${token}>`)
      const plain = await generate(engine)
      const stopped = await generate(engine, 0, { ...SAMPLING, stop: { texts: ['><7', '<3>'], tokenTexts } })
      expect(stopped.some(({ tokens }, i) => tokens.length < plain[i]!.tokens.length)).toBe(true)
      stopped.forEach(({ tokens }, i) => {
        const whole = plain[i]!.tokens
        const end = whole.findIndex((token, t) => token === 3 || (token === 7 && t > 0))
        expect(tokens).toEqual(end < 0 ? whole : whole.slice(0, end + 1))
      })
    })

    test('a fresh policy is its reference, exactly', async () => {
      const engine = await open()
      const sequences = sequencesOf(await generate(engine))
      expect(await engine.logprobs(sequences, 'current', 1)).toEqual(await engine.logprobs(sequences, 'reference', 1))
    })

    test('at the first update the ratio is 1 and nothing is clipped', async () => {
      const engine = await open()
      const stats = await engine.update(await aMinibatch(engine), OBJECTIVE, NEVER)
      expect(stats.ratio).toBeCloseTo(1, 4)
      expect(stats.approxKl).toBeLessThan(1e-6)
      expect([stats.clipRatioLow, stats.clipRatioHigh]).toEqual([0, 0])
    })

    test('an update moves the current policy and leaves the reference', async () => {
      const engine = await open()
      const minibatch = await aMinibatch(engine)
      const reference = await engine.logprobs(minibatch.sequences, 'reference', 1)
      await engine.update(minibatch, OBJECTIVE, NEVER)
      expect(await engine.logprobs(minibatch.sequences, 'current', 1)).not.toEqual(reference)
      expect(await engine.logprobs(minibatch.sequences, 'reference', 1)).toEqual(reference)
    })

    test('the value head approaches its returns', async () => {
      const engine = await open()
      const minibatch = await aMinibatch(engine)
      const losses = []
      for (let i = 0; i < 30; i++)
        losses.push((await engine.update(minibatch, { ...OBJECTIVE, value: { coef: 1, clipEpsilon: 100 } }, NEVER)).valueLoss)
      expect(losses.at(-1)!).toBeLessThan(0.5 * losses[0]!)
    })

    test('what was saved goes on as if nothing had happened', async () => {
      const engine = await open()
      const minibatch = await aMinibatch(engine)
      await engine.update(minibatch, OBJECTIVE, NEVER)
      const directory = mkdtempSync(join(root, 'saved-'))
      await engine.save(directory)
      const wanted = await engine.update(minibatch, OBJECTIVE, NEVER)
      const logprobs = await engine.logprobs(minibatch.sequences, 'current', 1)
      await engine.close()
      const again = await open()
      await again.load(directory)
      expect(await again.update(minibatch, OBJECTIVE, NEVER)).toEqual(wanted)
      expect(await again.logprobs(minibatch.sequences, 'current', 1)).toEqual(logprobs)
    })

    test('a reward for one token is learnt', async () => {
      const engine = await open({ hasValueHead: false })
      const share = (events: readonly GenerateEvent[]): number => {
        const tokens = events.flatMap((event) => [...event.tokens])
        return tokens.filter((token) => token === 7).length / tokens.length
      }
      const before = share(await generate(engine, 999))
      for (let step = 0; step < 40; step++) {
        const events = await generate(engine, step)
        const rewards = events.map((event) => share([event]))
        const mean = rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length
        const sequences = await toTraining(engine, events, (i) => (rewards[i]! - mean) * 4)
        await engine.update({ sequences }, { ...OBJECTIVE, value: null, learningRate: name === 'fake' ? 0.2 : 0.02 }, NEVER)
      }
      expect(share(await generate(engine, 999))).toBeGreaterThan(before + 0.2)
    })

    test('an aborted generation ends without an error', async () => {
      const engine = await open()
      await engine.generate(REQUESTS, SAMPLING, 'current', () => {}, AbortSignal.abort())
    })
  })
}

describe('engine onnx', () => {
  test('a checkpoint is in PEFT’s own format', async () => {
    const engine = await createEngine('onnx', settings)
    opened.push(engine)
    const directory = mkdtempSync(join(root, 'peft-'))
    await engine.save(directory)
    const config = JSON.parse(readFileSync(join(directory, 'adapter_config.json'), 'utf8')) as { peft_type: string; r: number }
    expect([config.peft_type, config.r]).toEqual(['LORA', 4])
    expect(readFileSync(join(directory, 'adapter_model.safetensors')).toString('latin1')).toContain(
      'base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight',
    )
  })

  test('a folder without weights is refused by name', async () => {
    await expect(createEngine('onnx', { ...settings, modelFolder: join(root, 'nowhere') })).rejects.toThrow(
      /nowhere has no config.json/,
    )
  })
})

async function generate(engine: Engine, round = 0, sampling = SAMPLING): Promise<GenerateEvent[]> {
  const events: GenerateEvent[] = []
  const requests = REQUESTS.map(({ prompt, seeds }) => ({ prompt, seeds: seeds.map((seed) => seed + 1000 * round) }))
  await engine.generate(requests, sampling, 'current', (event) => events.push(event), NEVER)
  return events.sort((a, b) => a.request - b.request || a.index - b.index)
}

function sequencesOf(
  events: readonly GenerateEvent[],
): { promptTokens: readonly number[]; completionTokens: readonly number[] }[] {
  return events.map(({ request, tokens }) => ({ promptTokens: REQUESTS[request]!.prompt, completionTokens: tokens }))
}

async function toTraining(
  engine: Engine,
  events: readonly GenerateEvent[],
  advantageOf: (i: number) => number,
): Promise<Minibatch['sequences']> {
  const oldValues = engine.info.hasValueHead ? await engine.values(sequencesOf(events)) : null
  return sequencesOf(events).map((sequence, i) => {
    const filled = (value: number): Float32Array => new Float32Array(sequence.completionTokens.length).fill(value)
    return {
      ...sequence,
      oldLogprobs: events[i]!.oldLogprobs,
      refLogprobs: null,
      advantages: filled(advantageOf(i)),
      returns: filled(i % 2 === 0 ? 1 : 0.5),
      oldValues: oldValues?.[i] ?? null,
      weight: 1,
    }
  })
}

async function aMinibatch(engine: Engine): Promise<Minibatch> {
  return { sequences: await toTraining(engine, await generate(engine), (i) => (i % 2 === 0 ? 1 : -1)) }
}
