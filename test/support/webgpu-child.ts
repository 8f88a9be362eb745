/**
 * A process of its own that works on the graphics device, which can end it, and prints one line of JSON. Argument: what to do.
 * `engine`: an engine that is opened as a run opens it, trained and saved, beside one on the CPU that loads what it saved.
 * `train`: some steps with adapter and value head on both devices. `broken`: the self-test of a runtime without the form of rmsNorm.
 */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Failure } from '#contract/failure'
import { createEngine } from '#trainer/engines/create-engine'
import type { Engine, EngineSettings, Sampling } from '#trainer/engines/engine'
import { OPERATORS } from '#trainer/engines/onnx/graph/ops/table'
import { TrainSessions } from '#trainer/engines/onnx/train-sessions'
import { selfTest } from '#trainer/engines/onnx/webgpu/self-test'
import type { Objective, TrainingSequence } from '#trainer/flow'
import { writeTinyFolder } from '#test/support/tiny-folder'
import { aModelState, TINY_SETTINGS } from '#test/support/tiny-llama'

const NEVER = new AbortController().signal
/** All weights together are more numbers, not more kinds of them. */
const STEPS = { adapter: 3, all: 1 } as const
const SAMPLING: Sampling = { temperature: 1, topP: 1, topK: 0, maxCompletionTokens: 8, endTokens: [] }

const POLICY: Objective = {
  kind: 'policy',
  temperature: 0.9,
  clipEpsilonLow: 0.2,
  clipEpsilonHigh: 0.28,
  klCoef: 0.1,
  entropyCoef: 0.05,
  lossMean: 'token',
  value: { coef: 0.5, clipEpsilon: 0.2 },
  learningRate: 1e-2,
  valueLearningRate: 3e-2,
}

const SUPERVISED: Objective = { kind: 'supervised', learningRate: 1e-2, valueLearningRate: 0 }

export interface Training {
  readonly losses: readonly number[]
  readonly gradNorms: readonly number[]
  /** Of a sequence, before and after, and under the reference. */
  readonly logprobs: readonly (readonly number[])[]
  readonly values: readonly number[]
  /** Everything that is trained, with both moments, after fetching. */
  readonly state: Readonly<Record<string, readonly number[]>>
  /** Log-probs after the fetched arrays were changed from outside. */
  readonly changed: readonly number[]
}

const job = process.argv[2]
const answer = await (job === 'broken' ? broken() : job === 'engine' ? engine() : bothTrainings())
process.stdout.write(`${JSON.stringify(answer)}\n`, () => process.exit())

export type EngineAnswer =
  | { readonly failure: string }
  | {
      readonly device: string
      readonly completions: number
      readonly logprobs: readonly number[]
      /** Of the engine on the CPU that loaded the other's checkpoint. */
      readonly loaded: readonly number[]
      /** Before the update. */
      readonly before: readonly number[]
    }

async function engine(): Promise<EngineAnswer> {
  const folder = mkdtempSync(join(tmpdir(), 'veritune-webgpu-'))
  const settings: EngineSettings = { ...TINY_SETTINGS, hasValueHead: false, modelFolder: writeTinyFolder(folder) }
  const sequences = [aSequence(0)]
  const logprobsOf = async (opened: Engine): Promise<number[]> => [...(await opened.logprobs(sequences, 'current', 1))[0]!]
  try {
    const trained = await createEngine('onnx', { ...settings, device: 'webgpu' })
    const before = await logprobsOf(trained)
    await trained.update({ sequences }, SUPERVISED, NEVER)
    let completions = 0
    await trained.generate(
      [{ prompt: [1, 2], seeds: [1, 2] }],
      SAMPLING,
      'current',
      ({ isFinished }) => void (completions += Number(isFinished)),
      NEVER,
    )
    const saved = join(folder, 'saved')
    mkdirSync(saved)
    await trained.save(saved)
    const plain = await createEngine('onnx', settings)
    await plain.load(saved)
    const answer = {
      device: trained.info.device,
      completions,
      before,
      logprobs: await logprobsOf(trained),
      loaded: await logprobsOf(plain),
    }
    await Promise.all([trained.close(), plain.close()])
    return answer
  } catch (error) {
    if (error instanceof Failure) return { failure: error.code }
    throw error
  } finally {
    rmSync(folder, { recursive: true })
  }
}

async function broken(): Promise<unknown> {
  ;(OPERATORS.rmsNorm as { webgpu?: unknown }).webgpu = undefined
  return selfTest('webgpu')
}

async function bothTrainings(): Promise<Record<string, Training>> {
  const trainings: Record<string, Training> = {}
  for (const kind of ['adapter', 'all'] as const) {
    for (const device of ['cpu', 'webgpu'] as const) trainings[`${kind} ${device}`] = await training(kind, device)
  }
  return trainings
}

async function training(kind: 'adapter' | 'all', device: 'cpu' | 'webgpu'): Promise<Training> {
  const lora = kind === 'adapter' ? TINY_SETTINGS.lora : null
  const optimizer = { ...TINY_SETTINGS.optimizer, weightDecay: 0.05, maxGradNorm: 0.5 }
  // Two microbatches, so that gradients are summed; of one shape, since each shape is compiled anew.
  const settings: EngineSettings = { ...TINY_SETTINGS, lora, optimizer, microbatchSize: 2, device }
  const state = aModelState(lora, true)
  const sessions = new TrainSessions(state, settings)
  const minibatch = { sequences: Array.from({ length: 4 }, (_, i) => aSequence(i)) }
  const two = minibatch.sequences.slice(0, 2)
  const logprobs = [await sessions.logprobs(two, 'current', 1)]
  const stats = []
  for (let step = 0; step < STEPS[kind]; step++) stats.push(await sessions.update(minibatch, POLICY, NEVER))
  const stopped = new AbortController()
  stopped.abort()
  await sessions.update(minibatch, POLICY, stopped.signal)
  logprobs.push(await sessions.logprobs(two, 'current', 1), await sessions.logprobs(two, 'reference', 1))
  const [values] = await sessions.values(two)
  await sessions.fetchTrained()
  const fetched = Object.fromEntries(
    [...state.trained].flatMap(([name, { data }]) => {
      const { first, second } = sessions.optimizer.moments.get(name)!
      return [
        [name, [...data]],
        [`${name} first`, [...first]],
        [`${name} second`, [...second]],
      ]
    }),
  )
  for (const { data } of state.trained.values()) data.fill(0.01)
  sessions.trainedChanged()
  const [changed] = await sessions.logprobs(two, 'current', 1)
  await sessions.release()
  return {
    losses: stats.map(({ loss }) => loss),
    gradNorms: stats.map(({ gradNorm }) => gradNorm),
    logprobs: logprobs.map(([numbers]) => [...numbers!]),
    values: [...values!],
    state: fetched,
    changed: [...changed!],
  }
}

function aSequence(seed: number): TrainingSequence {
  const length = 6
  const numbers = (from: number): Float32Array => Float32Array.from({ length }, (_, i) => from + Math.sin(seed * 7 + i))
  return {
    promptTokens: [1 + seed, 2, 3],
    completionTokens: Array.from({ length }, (_, i) => (seed * 5 + i * 3) % 24),
    oldLogprobs: numbers(-3),
    refLogprobs: numbers(-3.1),
    advantages: numbers(0),
    returns: numbers(0.2),
    oldValues: numbers(0.1),
    weight: 1,
  }
}
