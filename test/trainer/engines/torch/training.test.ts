/** What must not change the numbers of an update: how it is cut, what is kept, and that it was interrupted. */
import { describe, expect, onTestFinished, test } from 'vitest'
import { aMinibatch } from '#test/support/a-minibatch'
import { expectStats, LOSS_CASES, lossObjective } from '#test/support/loss-cases'
import { temporaryFolder } from '#test/support/temporary-folder'
import { writeTinyFolder } from '#test/support/tiny-folder'
import { MISSING_TORCH, openTorch, TORCH_SETTINGS, unlessSkipped } from '#test/support/torch-engine'
import type { Engine, EngineSettings } from '#trainer/engines/engine'
import { createOnnxEngine } from '#trainer/engines/onnx/onnx-engine'
import type { Minibatch, Objective, UpdateStats } from '#trainer/flow'
import { createRandom } from '#trainer/math/random'

const NEVER = new AbortController().signal
const OBJECTIVE: Objective = {
  kind: 'policy',
  temperature: 0.8,
  clipEpsilonLow: 0.2,
  clipEpsilonHigh: 0.2,
  klCoef: 0.1,
  entropyCoef: 0.01,
  lossMean: 'sequence',
  value: { coef: 0.5, clipEpsilon: 0.2 },
  learningRate: 0.01,
  valueLearningRate: 0.01,
}
const SUPERVISED: Objective = { kind: 'supervised', learningRate: 0, valueLearningRate: 0 }
const DROPOUT = { rank: 4, alpha: 8, dropout: 0.3 }

const open = (changes: Partial<EngineSettings> = {}): Promise<Engine> =>
  openTorch({ modelFolder: writeTinyFolder(temporaryFolder()), ...changes })

async function twoUpdates(engine: Engine): Promise<UpdateStats[]> {
  const minibatch = aMinibatch()
  return [await engine.update(minibatch, OBJECTIVE, NEVER), await engine.update(minibatch, OBJECTIVE, NEVER)]
}

function expectAlike(found: readonly UpdateStats[], wanted: readonly UpdateStats[], digits: number): void {
  for (const [i, stats] of wanted.entries()) {
    for (const key of Object.keys(stats) as (keyof UpdateStats)[]) expect(found[i]![key], key).toBeCloseTo(stats[key], digits)
  }
}

describe.skipIf(MISSING_TORCH !== '')(unlessSkipped('an update of the PyTorch engine'), () => {
  test('is the same whatever the size of its microbatches', async () => {
    const wanted = await twoUpdates(await open({ microbatchSize: 12 }))
    expectAlike(await twoUpdates(await open({ microbatchSize: 1 })), wanted, 5)
    expectAlike(await twoUpdates(await open({ microbatchSize: 5 })), wanted, 5)
  })

  test('is the same when layers are computed again in the backward pass, dropout included', async () => {
    const wanted = await twoUpdates(await open({ lora: DROPOUT }))
    expectAlike(await twoUpdates(await open({ lora: DROPOUT, isCheckpointed: true })), wanted, 6)
  })

  test('draws the same dropout after a checkpoint, another in the next step, and none outside of updates', async () => {
    const engine = await open({ lora: DROPOUT })
    const minibatch = aMinibatch()
    await engine.update(minibatch, OBJECTIVE, NEVER)
    const folder = temporaryFolder()
    await engine.save(folder)
    const wanted = await engine.update(minibatch, OBJECTIVE, NEVER)
    await engine.load(folder)
    const [first, second] = [1, 2].map(() => engine.logprobs(minibatch.sequences, 'current', 1))
    expect(await first).toEqual(await second)
    expect(await engine.update(minibatch, OBJECTIVE, NEVER)).toEqual(wanted)
    const still = { ...OBJECTIVE, learningRate: 0, valueLearningRate: 0 }
    const losses = [await engine.update(minibatch, still, NEVER), await engine.update(minibatch, still, NEVER)]
    expect(losses[0]!.loss).not.toBe(losses[1]!.loss)
  })
})

describe.skipIf(MISSING_TORCH !== '')(unlessSkipped('a probe'), () => {
  const LOAD = { promptTokens: 40, completionTokens: 60, prompts: 3, groupSize: 4, entropyCoef: 0.01 }

  test('tells what the largest takes, and leaves weights, moments and dropout as they were', async () => {
    const [probed, other] = [await open({ lora: DROPOUT }), await open({ lora: DROPOUT })]
    const minibatch = aMinibatch()
    for (const engine of [probed, other]) await engine.update(minibatch, OBJECTIVE, NEVER)
    const { peakBytes, microbatchSeconds } = await probed.probe!(LOAD)
    expect(peakBytes).toBeGreaterThan(100e6)
    expect(microbatchSeconds).toBeGreaterThan(0)
    expect(await probed.update(minibatch, OBJECTIVE, NEVER)).toEqual(await other.update(minibatch, OBJECTIVE, NEVER))
  })

  test('grows with the microbatch', async () => {
    const small = await (await open({ microbatchSize: 1 })).probe!(LOAD)
    const large = await (await open({ microbatchSize: 200 })).probe!({ ...LOAD, completionTokens: 88 })
    expect(large.peakBytes).toBeGreaterThan(small.peakBytes)
  })
})

describe.skipIf(MISSING_TORCH !== '')(unlessSkipped('an update in several microbatches'), () => {
  test('has the stats of the embedded engine under each option of the loss, a rollout without tokens included', async () => {
    const [embedded, torch] = await both()
    const minibatch = unlikeRollouts()
    const clipped = []
    for (const options of LOSS_CASES) {
      const objective = { ...lossObjective(options), learningRate: 0, valueLearningRate: 0 }
      const wanted = await embedded.update(minibatch, objective, NEVER)
      expectStats(await torch.update(minibatch, objective, NEVER), wanted, 1e-4)
      clipped.push(wanted.clipRatioDual)
    }
    expect(Math.max(...clipped)).toBeGreaterThan(0.01)
  })

  test('of supervised training has them as well, with a ratio of 1', async () => {
    const [embedded, torch] = await both()
    const wanted = await embedded.update(unlikeRollouts(), SUPERVISED, NEVER)
    expect(wanted.ratio).toBeCloseTo(1, 5)
    expectStats(await torch.update(unlikeRollouts(), SUPERVISED, NEVER), wanted, 1e-4)
  })
})

async function both(): Promise<[Engine, Engine]> {
  const settings: EngineSettings = { ...TORCH_SETTINGS, modelFolder: writeTinyFolder(temporaryFolder()), microbatchSize: 2 }
  const embedded = createOnnxEngine(settings)
  onTestFinished(() => embedded.close())
  return [embedded, await openTorch(settings)]
}

/** Seven sequences of unlike lengths, two of one prompt, one a duplicate's and one without tokens. */
function unlikeRollouts(): Minibatch {
  const random = createRandom(11)
  const sequences = [5, 12, 1, 9, 0, 7, 3].map((length, i) => {
    const completionTokens = Array.from({ length }, () => 3 + random.below(20))
    const floats = (low: number, high: number): Float32Array =>
      Float32Array.from(completionTokens, () => low + (high - low) * random.next())
    return {
      promptTokens: i < 2 ? [1, 2, 3] : Array.from({ length: 2 + i }, () => 3 + random.below(20)),
      completionTokens,
      oldLogprobs: floats(-5, -1),
      refLogprobs: floats(-5, -1),
      advantages: floats(-1, 1),
      returns: floats(-1, 1),
      oldValues: floats(-1, 1),
      weight: i === 3 ? 2 : 1,
    }
  })
  return { sequences }
}
