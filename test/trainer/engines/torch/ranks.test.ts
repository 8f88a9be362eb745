/** Several processes of the PyTorch engine under torchrun: the numbers of one, and an engine again when one of them is lost. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { Failure } from '#contract/failure'
import { aMinibatch } from '#test/support/a-minibatch'
import { expectStats } from '#test/support/loss-cases'
import { PYTHON } from '#test/support/python'
import { REPOSITORY } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'
import { writeTinyFolder } from '#test/support/tiny-folder'
import { MISSING_TORCH, TORCH_SETTINGS, unlessSkipped } from '#test/support/torch-engine'
import { childrenOf } from '#test/support/traces'
import type { Engine, EngineSettings, GenerateEvent, GenerateRequest, Sampling } from '#trainer/engines/engine'
import { createTorchEngine } from '#trainer/engines/torch/torch-engine'
import type { LossMean, Objective } from '#trainer/flow'

const NEVER = new AbortController().signal
const SAMPLING: Sampling = { temperature: 1, topP: 1, topK: 0, maxCompletionTokens: 12, endTokens: [0] }
const REQUESTS: GenerateRequest[] = [
  { prompt: [1, 2, 3], seeds: [11, 12, 13, 14, 15] },
  { prompt: [4, 5], seeds: [21] },
  { prompt: [7], seeds: [31, 32, 33] },
]
const objective = (lossMean: LossMean): Objective => ({
  ...{ kind: 'policy', temperature: 0.8, clipEpsilonLow: 0.2, clipEpsilonHigh: 0.2, klCoef: 0.1, entropyCoef: 0.01 },
  ...{ lossMean, value: { coef: 0.5, clipEpsilon: 0.2 }, learningRate: 0.01, valueLearningRate: 0.01 },
})

const KINDS = [
  { kind: 'each with the whole base', sharding: 'none' },
  { kind: 'that share the base', sharding: 'full' },
] as const

describe.skipIf(MISSING_TORCH !== '').each(KINDS)(
  `${unlessSkipped('two processes of the PyTorch engine')}, $kind`,
  ({ sharding }) => {
    let root: string
    let [one, two]: Engine[] = []
    beforeAll(async () => {
      root = mkdtempSync(join(tmpdir(), 'veritune-test-'))
      const settings: EngineSettings = { ...TORCH_SETTINGS, modelFolder: writeTinyFolder(join(root, 'tiny')), microbatchSize: 4 }
      ;[one, two] = await Promise.all(
        [1, 2].map((processes) =>
          createTorchEngine({ ...settings, torch: { device: 'cpu', precision: 'float32', processes, sharding } }),
        ),
      )
    }, 120_000)
    afterAll(async () => {
      await Promise.all([one?.close(), two?.close()])
      rmSync(root, { recursive: true, force: true })
    })

    test('say what they are', () => {
      expect(two!.info).toEqual({ ...one!.info, device: '2 x cpu' })
      expect(two!.process!.residentBytes).toBeGreaterThan(1.5 * one!.process!.residentBytes)
    })

    test.each<LossMean>(['token', 'sequence', { localRollouts: 5 }, { tokensPerRollout: 20 }])(
      'take the step of one process under the mean %o',
      async (mean) => {
        for (let update = 1; update <= 3; update++) {
          const wanted = await one!.update(aMinibatch(), objective(mean), NEVER)
          expectStats(await two!.update(aMinibatch(), objective(mean), NEVER), wanted, 1e-5)
        }
        await expectSamePolicy()
      },
    )

    test('take the step of one process where there is work for one of them only', async () => {
      const minibatch = { sequences: aMinibatch().sequences.slice(0, 1) }
      const wanted = await one!.update(minibatch, objective('token'), NEVER)
      expectStats(await two!.update(minibatch, objective('token'), NEVER), wanted, 1e-5)
      await expectSamePolicy()
    })

    test('read sequences that are not as many for each of them', async () => {
      for (const count of [1, 2, 5]) {
        const sequences = aMinibatch().sequences.slice(0, count)
        expectClose(await two!.logprobs(sequences, 'current', 1), await one!.logprobs(sequences, 'current', 1))
      }
    })

    test('draw the completions of one process, all told before the call has ended', async () => {
      const [wanted, found] = [await generated(one!), await generated(two!)]
      expect(found.map(({ request, index, tokens }) => ({ request, index, tokens }))).toEqual(
        wanted.map(({ request, index, tokens }) => ({ request, index, tokens })),
      )
      for (const [i, event] of found.entries())
        event.oldLogprobs.forEach((logprob, t) => expect(logprob).toBeCloseTo(wanted[i]!.oldLogprobs[t]!, 4))
    })

    test('that are stopped within an update leave the weights as they were', async () => {
      const before = await two!.logprobs(aMinibatch().sequences, 'current', 1)
      const stop = AbortSignal.abort()
      expect((await two!.update(aMinibatch(), objective('token'), stop)).tokenCount).toBe(0)
      expect(await two!.logprobs(aMinibatch().sequences, 'current', 1)).toEqual(before)
    })

    test('save what one process loads, and the other way round', async () => {
      const folders = [join(root, 'of-two'), join(root, 'of-one')]
      for (const [i, engine] of [two!, one!].entries()) {
        mkdirSync(folders[i]!)
        await engine.save(folders[i]!)
      }
      await one!.update(aMinibatch(), objective('token'), NEVER)
      await one!.load(folders[0]!)
      await two!.update(aMinibatch(), objective('sequence'), NEVER)
      await two!.load(folders[1]!)
      await expectSamePolicy()
      // With its moments and its number of steps.
      const wanted = await one!.update(aMinibatch(), objective('token'), NEVER)
      expectStats(await two!.update(aMinibatch(), objective('token'), NEVER), wanted, 1e-5)
      await expectSamePolicy()
    })

    test('refuse together what one of them refuses, and go on', async () => {
      await expect(two!.load(join(root, 'tiny'))).rejects.toMatchObject({ code: 'adapter.invalid' })
      const folder = join(root, 'empty')
      mkdirSync(folder)
      await expect(two!.load(folder)).rejects.toBeInstanceOf(Failure)
      await expectSamePolicy()
    })

    test('of which one runs out of memory say in what, and which', async () => {
      const endless = { ...SAMPLING, maxCompletionTokens: 10 ** 14 }
      const modelFolder = writeTinyFolder(join(root, 'endless'))
      const file = join(modelFolder, 'config.json')
      const config = JSON.parse(readFileSync(file, 'utf8')) as object
      // More tokens than any machine can address.
      writeFileSync(file, JSON.stringify({ ...config, max_position_embeddings: 10 ** 15 }))
      const torch = { device: 'cpu', precision: 'float32', processes: 2, sharding } as const
      const engine = await createTorchEngine({ ...TORCH_SETTINGS, modelFolder, torch })
      onTestFinished(() => engine.close())
      const error: unknown = await engine
        .generate(REQUESTS, endless, 'current', () => {}, NEVER)
        .catch((reason: unknown) => reason)
      expect(error).toMatchObject({
        code: 'memory.exhausted',
        message: expect.stringMatching(/in generate( \(process \d\))?\.$/),
      })
    }, 60_000)

    // Found in /proc. The last one: it is another engine afterwards.
    test.skipIf(process.platform !== 'linux')(
      'are there again after one of them was killed, as if fresh',
      async () => {
        const folder = join(root, 'kept')
        mkdirSync(folder)
        await two!.save(folder)
        const wanted = await two!.logprobs(aMinibatch().sequences, 'current', 1)
        for (const place of ['first', 'last'] as const) {
          const ranks = ranksOf(two!)
          expect(ranks).toHaveLength(2)
          let killed = 0
          const kill = (): void => {
            if (killed++ === 0) process.kill(place === 'first' ? ranks[0]! : ranks[1]!, 'SIGKILL')
          }
          const endless = { ...SAMPLING, maxCompletionTokens: 100, endTokens: [], isStreamed: true }
          const lost: unknown = await two!.generate(REQUESTS, endless, 'current', kill, NEVER).catch((error: unknown) => error)
          expect(lost).toMatchObject({ code: 'engine.restarted' })
          await two!.recover!(NEVER)
          expect(ranksOf(two!)).toHaveLength(2)
          expect(ranksOf(two!)).not.toContain(ranks[0])
          await two!.load(folder)
          expect(await two!.logprobs(aMinibatch().sequences, 'current', 1)).toEqual(wanted)
        }
        const ranks = ranksOf(two!)
        await two!.close()
        for (const pid of ranks) await vi.waitFor(() => expect(isThere(pid)).toBe(false), 20_000)
      },
      180_000,
    )

    async function expectSamePolicy(): Promise<void> {
      const { sequences } = aMinibatch()
      for (const who of ['current', 'reference'] as const) {
        const wanted = await one!.logprobs(sequences, who, 1)
        expectClose(await two!.logprobs(sequences, who, 1), wanted)
      }
      expectClose(await two!.values(sequences), await one!.values(sequences))
    }
  },
)

describe.skipIf(MISSING_TORCH !== '')(unlessSkipped('two processes that share the base'), () => {
  const torch = { device: 'cpu', precision: 'float32', processes: 2, sharding: 'full' } as const

  test('hold half of its layers each', () => {
    const program = join(REPOSITORY, 'native/tests/shards.py')
    const torchrun = ['-m', 'torch.distributed.run', '--standalone', '--nproc-per-node', '2', program]
    const { stdout } = spawnSync(PYTHON, [...torchrun, writeTinyFolder(temporaryFolder())], { encoding: 'utf8' })
    const held = stdout.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line) as Record<string, number>] : []))
    expect(held).toHaveLength(2)
    expect(held[0]!.held! + held[1]!.held!).toBe(held[0]!.all)
    for (const { held: own, all } of held) expect(own! / all!).toBeCloseTo(0.5, 1)
  }, 60_000)

  test('take the step of one process that computes its layers again', async () => {
    const settings = {
      ...TORCH_SETTINGS,
      modelFolder: writeTinyFolder(temporaryFolder()),
      microbatchSize: 5,
      isCheckpointed: true,
    }
    const engines = await Promise.all([
      createTorchEngine({ ...settings, torch: { ...torch, processes: 1 } }),
      createTorchEngine({ ...settings, torch }),
    ])
    onTestFinished(async () => void (await Promise.all(engines.map((engine) => engine.close()))))
    const [wanted, found] = await Promise.all(engines.map((engine) => engine.update(aMinibatch(), objective('token'), NEVER)))
    expectStats(found!, wanted!, 1e-5)
  }, 60_000)

  test('are refused where all weights are trained', async () => {
    const opened = createTorchEngine({ ...TORCH_SETTINGS, lora: null, modelFolder: temporaryFolder(), torch })
    await expect(opened).rejects.toMatchObject({ code: 'config.invalid', facts: { field: 'torch.sharding' } })
  })
})

/** The processes of PyTorch, the speaker first. */
function ranksOf({ process: engine }: Engine): number[] {
  return childrenOf(engine!.id, 'veritune_engine')
}

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

function expectClose(found: readonly Float32Array[], wanted: readonly Float32Array[]): void {
  expect(found.map(({ length }) => length)).toEqual(wanted.map(({ length }) => length))
  found.forEach((each, i) => each.forEach((value, t) => expect(Math.abs(value - wanted[i]![t]!)).toBeLessThan(1e-5)))
}

async function generated(engine: Engine): Promise<GenerateEvent[]> {
  const events: GenerateEvent[] = []
  await engine.generate(REQUESTS, SAMPLING, 'current', (event) => events.push(event), NEVER)
  return events.sort((a, b) => a.request - b.request || a.index - b.index)
}
