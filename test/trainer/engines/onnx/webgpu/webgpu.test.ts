import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { REPOSITORY } from '#test/support/run-builders'
import { NO_ADAPTER, softwareAdapter, WITHOUT_DRIVERS } from '#test/support/software-adapter'
import type { EngineAnswer, Training } from '#test/support/webgpu-child'
import { OPERATORS } from '#trainer/engines/onnx/graph/ops/table'
import { STORED } from '#trainer/engines/onnx/graph/ops/stored'
import { caseGraphs, OPERATOR_NAMES } from '#trainer/engines/onnx/graph/self-test'
import { findingOf, probeWebgpu } from '#trainer/engines/onnx/webgpu/probe'
import { difference, testedGraphs, type SelfTest } from '#trainer/engines/onnx/webgpu/self-test'

/** A software adapter compiles every shader on the processor. */
const SLOW = { timeout: 180_000 }

const adapter = softwareAdapter()
if (adapter === null) console.log(`webgpu on a software adapter: ${NO_ADAPTER}`)

/** What a process of its own prints: a crash of the device must not take this one along. */
async function inChild<Answer>(job: string, env = adapter!): Promise<Answer> {
  const options = { env, timeout: SLOW.timeout, cwd: REPOSITORY }
  const child = join(REPOSITORY, 'test/support/webgpu-child.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [child, job], options)
  return JSON.parse(stdout.trim().split('\n').at(-1)!) as Answer
}

describe.skipIf(adapter === null)('on a software adapter', () => {
  test('every operator, its gradients and a whole training step give the CPU’s numbers', SLOW, async () => {
    const finding = await probeWebgpu(adapter!, SLOW.timeout)
    expect(finding).toMatchObject({ state: 'available', caseCount: testedGraphs().length })
    expect(finding).toHaveProperty(
      'worstError',
      expect.toSatisfy((error: number) => error < 5e-5),
    )
  })

  // SimplifiedLayerNormalization of ONNX Runtime 1.30: when this fails, the kernel was mended and the form for WebGPU can go.
  test('a kernel that leaves an output unwritten is found, and named', SLOW, async () => {
    expect(await inChild<SelfTest>('broken')).toMatchObject({
      outcome: 'differs',
      where: expect.stringContaining('rmsNorm (1)') as string,
    })
  })

  test('steps of training have the losses, norms and log-probs of the CPU', SLOW, async () => {
    const trainings = await inChild<Record<string, Training>>('train')
    for (const kind of ['adapter', 'all']) {
      const [expected, found] = [trainings[`${kind} cpu`]!, trainings[`${kind} webgpu`]!]
      expectClose(found.losses, expected.losses, 1e-5)
      expectClose(found.gradNorms, expected.gradNorms, 1e-5)
      found.logprobs.forEach((numbers, i) => expectClose(numbers, expected.logprobs[i]!, 1e-4))
      expectClose(found.values, expected.values, 1e-4)
      // AdamW's first steps are of size 1 for the smallest gradient, rounding and all.
      for (const [name, numbers] of Object.entries(expected.state)) expectClose(found.state[name]!, numbers, 5e-4)
      expectClose(found.changed, expected.changed, 1e-4)
    }
    expect(trainings['adapter cpu']!.losses[2]).toBeLessThan(trainings['adapter cpu']!.losses[0]! - 0.1)
  })

  test('an engine trains on it, and the CPU goes on from what it saved', SLOW, async () => {
    const answer = await inChild<EngineAnswer>('engine')
    if ('failure' in answer) throw new Error(answer.failure)
    expect(answer).toMatchObject({ device: 'webgpu', completions: 2 })
    expectClose(answer.loaded, answer.logprobs, 1e-5)
    expect(answer.logprobs).not.toEqual(answer.before)
  })

  test('a device that does not answer in time is refused', async () => {
    expect(await probeWebgpu(adapter!, 300)).toMatchObject({
      state: 'refused',
      reason: expect.stringContaining('0.3 s') as string,
    })
  })
})

describe('the probe of a device', () => {
  test.runIf(process.platform === 'linux')('says why there is none', async () => {
    expect(await probeWebgpu(WITHOUT_DRIVERS)).toEqual({ state: 'absent', reason: expect.stringMatching(/adapter/i) as string })
  })

  test.runIf(process.platform === 'linux')('without a device no engine opens on one', SLOW, async () => {
    expect(await inChild<EngineAnswer>('engine', WITHOUT_DRIVERS)).toEqual({ failure: 'device.refused' })
  })

  test('a process that crashed is refused with the graph that it was in', () => {
    const said = '{"place":"compiling rope (1)"}\n{"place":"rope (1)"}\n'
    expect(findingOf(said, 'ended its process (SIGABRT)')).toEqual({
      state: 'refused',
      reason: 'it ended its process (SIGABRT) in rope (1)',
    })
  })

  test('numbers that differ are refused with the operator and the error', () => {
    const said = '{"place":"exp (1)"}\n{"result":{"outcome":"differs","where":"exp (1), result","error":0.25}}\n'
    expect(findingOf(said, '')).toEqual({ state: 'refused', reason: 'exp (1), result differs from the CPU’s by 2.5e-1' })
  })
})

describe('the self-test', () => {
  test('holds every operator of the table that a device may be given', () => {
    expect(new Set(OPERATOR_NAMES)).toEqual(new Set(Object.keys(OPERATORS)))
    // Those of stored weights never run on a device: `baseStorage` is refused there.
    for (const operator of OPERATOR_NAMES.filter((name) => !(name in STORED)))
      expect(caseGraphs(operator), operator).not.toEqual([])
  })

  test('the CPU passes it against itself, to the last digit', async () => {
    for (const tested of testedGraphs()) expect(await difference(tested, 'cpu'), tested.name).toMatchObject({ error: 0 })
  })
})

function expectClose(found: readonly number[], expected: readonly number[], bound: number): void {
  expect(found.length).toBe(expected.length)
  const apart = found.map((number, i) => Math.abs(number - expected[i]!))
  expect(Math.max(...apart)).toBeLessThan(bound)
}
