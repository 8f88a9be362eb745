/** LoRA dropout: exact chances, masks that can be drawn again, the mean that the layer has without it, true gradients. */
import { describe, expect, test } from 'vitest'
import { Graph } from '#trainer/engines/onnx/graph/graph'
import { serialize } from '#trainer/engines/onnx/graph/serialize'
import { keptElements, maskDropout } from '#trainer/engines/onnx/dropout-masks'
import { linear, maskName } from '#trainer/engines/onnx/model/linear'
import { OnnxEngine } from '#trainer/engines/onnx/onnx-engine'
import { Session } from '#trainer/engines/onnx/session'
import { TrainSessions, type ModelState } from '#trainer/engines/onnx/train-sessions'
import { createRandom } from '#trainer/math/random'
import { runGraph, uniform } from '#test/support/run-graph'
import { temporaryFolder } from '#test/support/temporary-folder'
import { aModelState, TINY_CONFIG, TINY_SETTINGS } from '#test/support/tiny-llama'
import { supervisedSequences, SUPERVISED, tinyTraining } from '#test/support/tiny-train-graph'

const NEVER = new AbortController().signal
const MINIBATCH = { sequences: supervisedSequences() }
const LORA = TINY_SETTINGS.lora!
const ADAPTER = { rank: LORA.rank, scale: LORA.alpha / LORA.rank }
const settingsWith = (dropout: number, seed = 1) => ({ ...TINY_SETTINGS, hasValueHead: false, seed, lora: { ...LORA, dropout } })

describe('masks', () => {
  test.each([0.05, 0.1, 0.5, 0.9])('drop each element with chance %d, neighbours independently of each other', (dropout) => {
    const size = 400_001
    const kept = keptElements(size, dropout, 3)
    const share = (of: (i: number) => number): number => kept.reduce((sum, _, i) => sum + of(i), 0) / size
    const chance = 1 - maskDropout(dropout)
    const fourDeviations = 4 * Math.sqrt(0.25 / size)
    expect(maskDropout(dropout)).toBeCloseTo(dropout, 4)
    expect(Math.abs(share((i) => kept[i]!) - chance)).toBeLessThan(fourDeviations)
    for (const distance of [1, 2, 16, 256]) {
      const both = share((i) => kept[i]! * kept[(i + distance) % size]!)
      expect(Math.abs(both - chance * chance), `distance ${distance}`).toBeLessThan(fourDeviations)
    }
  })

  test('are drawn with the numbers of every other seeded draw, two elements from each', () => {
    const random = createRandom(0xfedc_ba98)
    const expected = Array.from({ length: 500 }, () => random.uint32()).flatMap((drawn) => [drawn >>> 16, drawn & 0xffff])
    const least = Math.round(0.3 * 0x1_0000)
    expect([...keptElements(1000, 0.3, 0xfedc_ba98)]).toEqual(expected.map((part) => (part >= least ? 1 : 0)))
  })

  test('come again from their seed, and another seed gives others', () => {
    expect(keptElements(1000, 0.5, 7)).toEqual(keptElements(1000, 0.5, 7))
    expect(keptElements(1000, 0.5, 7)).not.toEqual(keptElements(1000, 0.5, 8))
  })
})

describe('a layer with dropout', () => {
  test('is, over many masks, the layer without', async () => {
    const [rows, runs, dropout] = [3, 4000, 0.3]
    const name = 'model.layers.0.self_attn.q_proj'
    const data: Record<string, Float32Array> = {
      x: uniform(rows * 16, 1),
      [`${name}.weight`]: uniform(16 * 16, 2),
      [`${name}.lora_A.weight`]: uniform(4 * 16, 3),
      [`${name}.lora_B.weight`]: uniform(16 * 4, 4),
    }
    const graphWith = (chance: number): Graph => {
      const graph = new Graph()
      const shapes = { weight: [16, 16], 'lora_A.weight': [4, 16], 'lora_B.weight': [16, 4] }
      const weights = new Map(
        Object.entries(shapes).map(([part, shape]) => [`${name}.${part}`, graph.input(`${name}.${part}`, shape)]),
      )
      const model = { config: TINY_CONFIG, weights, adapter: { ...ADAPTER, dropout: chance }, isCheckpointed: false }
      graph.output('y', linear(graph, model, graph.input('x', [rows, 16]), name))
      return graph
    }
    const everything = new Uint8Array(rows * 16).fill(1)
    // With every element kept the adapter's part is 1 / (1 - p) times what it is without dropout.
    const { y: whole } = await runGraph(graphWith(maskDropout(dropout)), { ...data, [maskName(name)]: everything })
    const { y: base } = await runGraph(graphWith(0), { ...data })
    const session = await Session.create(graphWith(maskDropout(dropout)), { threads: 1, name: 'dropout' })
    const sums = new Float64Array(rows * 16)
    const squares = new Float64Array(rows * 16)
    for (let run = 0; run < runs; run++) {
      const kept = keptElements(rows * 16, dropout, run)
      const { y } = await session.run((input) => (input === maskName(name) ? kept : data[input]!))
      y!.forEach((value, i) => ((sums[i]! += value), (squares[i]! += value * value)))
    }
    const plain = whole!.map((value, i) => base![i]! + (value - base![i]!) * (1 - maskDropout(dropout)))
    const worst = Array.from(sums, (sum, i) => {
      const mean = sum / runs
      return Math.abs(mean - plain[i]!) / Math.sqrt((squares[i]! / runs - mean * mean) / runs)
    })
    expect(Math.max(...worst), 'in standard errors of the mean').toBeLessThan(4.5)
  })

  test('of chance 0 is, byte for byte, the graph without', () => {
    const state = aModelState(LORA, false)
    const bytes = (dropout: number): Uint8Array => serialize(tinyTraining(state, { adapter: ADAPTER }, dropout).graph)
    const without = serialize(tinyTraining(state, { adapter: ADAPTER }).graph)
    expect(bytes(0)).toEqual(without)
    expect(bytes(0.1)).not.toEqual(without)
  })

  test('has the gradients that finite differences find under the same mask', async () => {
    const state = aModelState(LORA, false)
    const { graph, feeds } = tinyTraining(state, { adapter: ADAPTER }, 0.4)
    const session = await Session.create(graph, { threads: 1, name: 'dropout' })
    const run = () => session.run((name) => feeds[name]!)
    const found = await run()
    for (const seed of [1, 2, 3]) {
      const direction = new Map([...state.trained].map(([name, { data }], i) => [name, uniform(data.length, 100 * seed + i)]))
      const lossAt = async (h: number): Promise<number> => {
        for (const [name, { data }] of state.trained) feeds[name] = data.map((value, i) => value + h * direction.get(name)![i]!)
        return (await run()).loss![0]!
      }
      const h = 1e-3
      const numeric = ((await lossAt(h)) - (await lossAt(-h))) / (2 * h)
      let analytic = 0
      for (const [name, along] of direction) along.forEach((value, i) => (analytic += value * found[`gradient:${name}`]![i]!))
      expect(Math.abs(analytic - numeric) / Math.max(0.02, Math.abs(numeric)), `seed ${seed}`).toBeLessThan(1e-2)
    }
  })
})

describe('updates with dropout', () => {
  async function updated(dropout: number, seed: number): Promise<ModelState> {
    const state = aModelState(LORA, false)
    const sessions = new TrainSessions(state, { ...settingsWith(dropout, seed), microbatchSize: 3 })
    for (let step = 0; step < 2; step++) await sessions.update(MINIBATCH, SUPERVISED, NEVER)
    return state
  }
  const numbers = ({ trained }: ModelState): number[] => [...trained.values()].flatMap(({ data }) => [...data])

  test('are the same for the same seed, and others for another seed or another chance', async () => {
    const first = numbers(await updated(0.3, 1))
    expect(numbers(await updated(0.3, 1))).toEqual(first)
    expect(numbers(await updated(0.3, 2))).not.toEqual(first)
    expect(numbers(await updated(0, 1))).not.toEqual(first)
  })

  test('of a run that was resumed are those of one that was not', async () => {
    const engineOf = (): OnnxEngine => new OnnxEngine(TINY_CONFIG, aModelState(LORA, false).weights, settingsWith(0.3))
    const update = async (engine: OnnxEngine, times: number): Promise<void> => {
      for (let i = 0; i < times; i++) await engine.update(MINIBATCH, SUPERVISED, NEVER)
    }
    const [undisturbed, before, resumed] = [engineOf(), engineOf(), engineOf()]
    const folder = temporaryFolder()
    await update(undisturbed, 4)
    await update(before, 2)
    await before.save(folder)
    await resumed.load(folder)
    await update(resumed, 2)
    const logprobs = (engine: OnnxEngine) => engine.logprobs(MINIBATCH.sequences, 'current', 1)
    expect(await logprobs(resumed)).toEqual(await logprobs(undisturbed))
    expect(await logprobs(resumed)).not.toEqual(await logprobs(before))
  })

  test('leave rollouts and log-probs alone: those are of the whole policy', async () => {
    const logprobs = [0, 0.5].map((dropout) =>
      new TrainSessions(aModelState(LORA, false), settingsWith(dropout)).logprobs(MINIBATCH.sequences, 'current', 1),
    )
    expect(await logprobs[1]).toEqual(await logprobs[0])
  })

  test('learn all the same', async () => {
    const sessions = new TrainSessions(aModelState(LORA, false), settingsWith(0.1))
    const losses: number[] = []
    for (let step = 0; step < 60; step++) losses.push((await sessions.update(MINIBATCH, SUPERVISED, NEVER)).loss)
    expect(losses.at(-1)).toBeLessThan(0.6 * losses[0]!)
  })
})
