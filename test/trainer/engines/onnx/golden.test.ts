/**
 * Our engine against PyTorch, transformers and PEFT, on numbers that they computed once (test/golden/engine, made by native/golden).
 * The bound stands in each folder's about.json. `GOLDEN_MEASURE=1` writes the largest error that was found beside it.
 */
import { afterAll, describe, expect, test } from 'vitest'
import type { Objective, UpdateStats } from '#trainer/flow'
import { createOnnxEngine } from '#trainer/engines/onnx/onnx-engine'
import { TrainSessions, type ModelState } from '#trainer/engines/onnx/train-sessions'
import { meanOf, tokenWeights } from '#trainer/math/objective'
import { GOLDEN_NAMES, goldenMinibatch, goldenState, noteMeasured, readGolden, type Golden } from '#test/support/golden-engine'
import { TINY_SETTINGS } from '#test/support/tiny-llama'

const NEVER = new AbortController().signal
const TEMPERATURES = [1, 0.7]
/** With these the first moment after one step is the gradient itself. */
const RAW_GRADIENT = { beta1: 0, beta2: 0, epsilon: 1, weightDecay: 0, maxGradNorm: 1e9 }

test('every kind of model that the engine runs has golden numbers', () => {
  expect(GOLDEN_NAMES).toEqual([
    'llama-bias',
    'llama-gqa',
    'llama-rope-linear',
    'llama-rope-llama3',
    'llama-rope-yarn',
    'llama-tied',
    'qwen2',
    'qwen2-full',
  ])
})

describe.each(GOLDEN_NAMES)('%s', (name) => {
  const golden = readGolden(name)

  test('log-probs and values are those of transformers', async () => {
    const sessions = sessionsOf(golden, goldenState(golden), RAW_GRADIENT)
    const errors = new Errors(golden)
    const vocabulary = expectedShape(golden, 'logits')[1]!
    errors.add(
      'log-probs of every token',
      await everyLogprob(golden, sessions),
      logSoftmax(expected(golden, 'logits'), vocabulary),
    )
    const { sequences } = goldenMinibatch(golden, 1)
    for (const temperature of TEMPERATURES) {
      const said = await sessions.logprobs(sequences, 'current', temperature)
      const at = temperature.toFixed(1)
      errors.add(`log-probs at ${at}`, joined(said), expected(golden, `logprobs:${at}`))
    }
    errors.add('values', joined(await sessions.values(sequences)), expected(golden, 'values'))
    errors.expectBounded()
    await sessions.release()
  })

  test('with the adapter off, or before all weights are trained, the reference says what the base says', async () => {
    const sessions = sessionsOf(golden, goldenState(golden), golden.cases.training.optimizer)
    const errors = new Errors(golden)
    const said = await sessions.logprobs(goldenMinibatch(golden, 1).sequences, 'reference', 1)
    const wanted = golden.lora === null ? 'logprobs:1.0' : 'reference_logprobs:1.0'
    errors.add('reference log-probs', joined(said), expected(golden, wanted))
    errors.expectBounded()
    await sessions.release()
  })

  test('loss, entropy and gradients of each objective are those of autograd', async () => {
    const errors = new Errors(golden)
    const { objectives } = golden.cases
    const stats: UpdateStats[] = []
    for (const [place, { name: objective, objective: settings }] of objectives.entries()) {
      const { gradients, stats: measured } = await statsAndGradients(golden, settings)
      stats.push(measured)
      for (const [tensor, gradient] of gradients) {
        const all = expected(golden, `gradient:${tensor}`)
        const wanted = all.subarray(place * gradient.length, (place + 1) * gradient.length)
        errors.add(`gradient of ${tensor} for ${objective}`, gradient, wanted)
      }
    }
    const found = (key: 'loss' | 'entropy'): number[] => stats.map((each) => each[key])
    const losses = objectives.map(({ loss }) => loss)
    const entropies = objectives.map(({ objective }) => expectedEntropy(golden, objective))
    errors.add('losses', found('loss'), losses)
    errors.add('entropies', found('entropy'), entropies)
    errors.expectBounded()
  })

  test('ten steps of AdamW have the losses and gradient norms of torch, and end in the same weights', async () => {
    const { objective, optimizer, steps } = golden.cases.training
    const state = goldenState(golden)
    const sessions = sessionsOf(golden, state, optimizer)
    const minibatch = goldenMinibatch(golden, 1)
    const stats = []
    for (let step = 0; step < steps.length; step++) stats.push(await sessions.update(minibatch, objective, NEVER))
    await sessions.release()
    const errors = new Errors(golden)
    errors.add(
      'loss per step',
      stats.map(({ loss }) => loss),
      steps.map(({ loss }) => loss),
    )
    errors.add(
      'gradient norm per step',
      stats.map(({ gradNorm }) => gradNorm),
      steps.map(({ gradNorm }) => gradNorm),
    )
    for (const [tensor, { data }] of state.trained) errors.add(`${tensor} at the end`, data, expected(golden, `final:${tensor}`))
    errors.expectBounded()
  })

  test('what generation says of its tokens is what the training graph says of them', async () => {
    const { modelFolder, lora } = golden
    const engine = createOnnxEngine({ ...TINY_SETTINGS, modelFolder, lora, hasValueHead: false })
    const prompts = golden.cases.sequences.map(({ promptTokens }) => promptTokens)
    const tokens: number[][] = prompts.map(() => [])
    const said: number[][] = prompts.map(() => [])
    const sampling = { temperature: 1, topP: 1, topK: 0, maxCompletionTokens: 12, endTokens: [0] }
    const requests = prompts.map((prompt, i) => ({ prompt, seeds: [i] }))
    await engine.generate(
      requests,
      sampling,
      'current',
      (event) => {
        tokens[event.request]!.push(...event.tokens)
        said[event.request]!.push(...event.oldLogprobs)
      },
      NEVER,
    )
    const sequences = prompts.map((promptTokens, i) => ({ promptTokens, completionTokens: tokens[i]! }))
    const errors = new Errors(golden)
    errors.add('log-probs of generated tokens', said.flat(), joined(await engine.logprobs(sequences, 'current', 1)))
    errors.expectBounded()
    await engine.close()
  })
})

interface Found {
  readonly what: string
  readonly error: number
}

const largestErrors = new Map<string, Found>()

afterAll(() => {
  if (process.env.GOLDEN_MEASURE !== '1') return
  for (const [name, { what, error }] of largestErrors) noteMeasured(name, `${error.toExponential(1)} (${what})`)
})

/** Errors relative to the largest expected number of each tensor. */
class Errors {
  readonly #golden: Golden
  readonly #found: Found[] = []

  constructor(golden: Golden) {
    this.#golden = golden
  }

  add(what: string, actual: ArrayLike<number>, wanted: ArrayLike<number>): void {
    expect(actual.length, what).toBe(wanted.length)
    let [largest, error] = [0, 0]
    for (let i = 0; i < wanted.length; i++) {
      largest = Math.max(largest, Math.abs(wanted[i]!))
      // A NaN must not hide: Math.max keeps it, and no NaN is below a bound.
      error = Math.max(error, Math.abs(actual[i]! - wanted[i]!))
    }
    // Where all is zero (a value head without a value loss) nothing but zero will do.
    this.#found.push({ what, error: largest === 0 ? (error === 0 ? 0 : Infinity) : error / largest })
  }

  expectBounded(): void {
    const { name, bound } = this.#golden
    const worst = this.#found.reduce((a, b) => (b.error <= a.error ? a : b))
    if (worst.error > (largestErrors.get(name)?.error ?? -1)) largestErrors.set(name, worst)
    expect(this.#found.filter(({ error }) => !(error <= bound))).toEqual([])
  }
}

function expected({ expected: tensors }: Golden, name: string): Float32Array {
  return tensors.get(name)!.data
}

function expectedShape({ expected: tensors }: Golden, name: string): readonly number[] {
  return tensors.get(name)!.shape
}

function joined(parts: readonly Float32Array[]): number[] {
  return parts.flatMap((part) => [...part])
}

function sessionsOf({ lora }: Golden, state: ModelState, optimizer: typeof RAW_GRADIENT): TrainSessions {
  return new TrainSessions(state, { ...TINY_SETTINGS, lora, optimizer })
}

async function statsAndGradients(
  golden: Golden,
  objective: Objective,
): Promise<{ stats: UpdateStats; gradients: Map<string, Float32Array> }> {
  const sessions = sessionsOf(golden, goldenState(golden), RAW_GRADIENT)
  const stats = await sessions.update(goldenMinibatch(golden, temperatureOf(objective)), objective, NEVER)
  await sessions.release()
  return { stats, gradients: new Map([...sessions.optimizer.moments].map(([name, { first }]) => [name, first])) }
}

/** [tokens · vocabulary]: log-prob of every token of the vocabulary wherever a completion token is said. */
async function everyLogprob(golden: Golden, sessions: TrainSessions): Promise<number[]> {
  const vocabulary = Array.from({ length: expectedShape(golden, 'logits')[1]! }, (_, token) => token)
  const every = golden.cases.sequences.flatMap(({ promptTokens, completionTokens }) =>
    completionTokens.flatMap((_, t) => {
      const before = [...promptTokens, ...completionTokens.slice(0, t)]
      return vocabulary.map((token) => ({ promptTokens: before, completionTokens: [token] }))
    }),
  )
  return joined(await sessions.logprobs(every, 'current', 1))
}

/** Rows of logits -> rows of log-probs, in double precision. */
function logSoftmax(logits: Float32Array, vocabulary: number): number[] {
  return Array.from(logits, (logit, i) => {
    const row = logits.subarray(i - (i % vocabulary), i - (i % vocabulary) + vocabulary)
    return logit - Math.log(row.reduce((sum, other) => sum + Math.exp(other), 0))
  })
}

/** The objective's mean over tokens of the entropies that transformers' logits have. */
function expectedEntropy(golden: Golden, objective: Objective): number {
  const { sequences } = goldenMinibatch(golden, 1)
  const weights = tokenWeights(sequences, meanOf(objective)).flatMap((weight, i) =>
    sequences[i]!.completionTokens.map(() => weight),
  )
  const entropies = expected(golden, `entropies:${temperatureOf(objective).toFixed(1)}`)
  return weights.reduce((sum, weight, t) => sum + weight * entropies[t]!, 0)
}

function temperatureOf(objective: Objective): number {
  return objective.kind === 'policy' ? objective.temperature : 1
}
