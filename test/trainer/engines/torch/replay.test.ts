/** The embedded engine and the PyTorch engine on the starter model: the same beginning, the same tokens, the same updates, each other's checkpoints. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { REPOSITORY } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'
import { MISSING_TORCH, openTorch, TORCH_SETTINGS, unlessSkipped } from '#test/support/torch-engine'
import type { Engine, EngineSettings, GenerateEvent, GenerateRequest, Sampling } from '#trainer/engines/engine'
import { createOnnxEngine } from '#trainer/engines/onnx/onnx-engine'
import type { Minibatch, Objective, TrainingSequence } from '#trainer/flow'
import { createRandom } from '#trainer/math/random'

const NEVER = new AbortController().signal
const MODEL = join(REPOSITORY, 'resources/starter/model')
const SETTINGS: EngineSettings = {
  ...TORCH_SETTINGS,
  modelFolder: MODEL,
  lora: { rank: 8, alpha: 16, dropout: 0 },
  optimizer: { beta1: 0.9, beta2: 0.99, epsilon: 1e-8, weightDecay: 0.01, maxGradNorm: 1 },
}
const SAMPLING: Sampling = { temperature: 0.9, topP: 1, topK: 0, maxCompletionTokens: 32, endTokens: [2] }
const OBJECTIVE: Extract<Objective, { kind: 'policy' }> = {
  kind: 'policy',
  temperature: 0.9,
  clipEpsilonLow: 0.05,
  clipEpsilonHigh: 0.05,
  klCoef: 0.05,
  entropyCoef: 0.01,
  lossMean: 'token',
  value: { coef: 0.5, clipEpsilon: 0.2 },
  learningRate: 1e-3,
  valueLearningRate: 1e-3,
}
const UPDATES = 20

describe.skipIf(MISSING_TORCH !== '')(unlessSkipped('the embedded engine and the PyTorch engine'), () => {
  test('begin with the same adapter, to the bit', async () => {
    const [embedded, torch] = await both()
    const files = await Promise.all([embedded, torch].map((engine) => saved(engine)))
    const [first, second] = files.map((folder) => readFileSync(join(folder, 'adapter_model.safetensors')))
    // Both write sorted names, so that equal tensors are the same bytes after the headers.
    const body = (file: Buffer): Buffer => file.subarray(8 + Number(file.readBigUInt64LE(0)))
    expect(body(first!).equals(body(second!))).toBe(true)
  })

  test.each<[string, Partial<Sampling>]>([
    ['all tokens', {}],
    ['top-p 0.8', { topP: 0.8 }],
    ['top-k 5 at temperature 1', { topK: 5, temperature: 1 }],
  ])('draw the same tokens from the same seeds: %s', async (_, changes) => {
    const [embedded, torch] = await both()
    const [wanted, found] = [await generated(embedded, changes), await generated(torch, changes)]
    expect(wanted.length).toBe(12)
    expect(found.map(({ tokens }) => tokens)).toEqual(wanted.map(({ tokens }) => [...tokens]))
    for (const key of ['oldLogprobs', 'samplingLogprobs', 'plainLogprobs'] as const) {
      found.forEach((event, i) => event[key].forEach((logprob, t) => expect(logprob).toBeCloseTo(wanted[i]![key][t]!, 4)))
    }
  })

  test(`replayed rollouts give the same loss, KL, clip ratio and gradient norm for ${UPDATES} updates`, async () => {
    const [embedded, torch] = await both()
    const minibatch = await recorded(embedded)
    const clipped: number[] = []
    for (let update = 1; update <= UPDATES; update++) {
      const wanted = await embedded.update(minibatch, OBJECTIVE, NEVER)
      const found = await torch.update(minibatch, OBJECTIVE, NEVER)
      for (const key of Object.keys(wanted) as (keyof typeof wanted)[]) {
        const error = Math.abs(found[key] - wanted[key])
        expect(error, `${key} of update ${update}`).toBeLessThanOrEqual(1e-3 * Math.max(1, Math.abs(wanted[key])))
      }
      clipped.push(wanted.clipRatioLow + wanted.clipRatioHigh)
    }
    // Else the equality of clip ratios would say nothing.
    expect(Math.max(...clipped)).toBeGreaterThan(0.02)
  })

  test('stay within 2e-2 of each other in the mean over tokens when the base is bfloat16', async () => {
    const [embedded] = await both()
    const torch = await openTorch({ ...SETTINGS, torch: { device: 'cpu', precision: 'bfloat16' } })
    // A processor is slow in bfloat16.
    const events = (await generated(torch, { maxCompletionTokens: 8 })).slice(0, 4)
    const prompts = requests().map(({ prompt }) => prompt)
    const bare = events.map(({ request, tokens }) => ({ promptTokens: prompts[request]!, completionTokens: tokens }))
    const said = [torch, embedded].map((engine) => engine.logprobs(bare, 'current', SAMPLING.temperature))
    for (const logprobs of said) {
      const gaps = (await logprobs).flatMap((each, i) =>
        [...each].map((logprob, t) => Math.abs(logprob - events[i]!.oldLogprobs[t]!)),
      )
      const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length
      expect(mean).toBeLessThan(2e-2)
    }
    expect(torch.info.dtype).toBe('bfloat16')
  })

  test('resume each other’s checkpoints as their own', async () => {
    const [embedded, torch] = await both()
    const minibatch = await recorded(embedded)
    await embedded.update(minibatch, OBJECTIVE, NEVER)
    await torch.load(await saved(embedded))
    const wanted = await embedded.update(minibatch, OBJECTIVE, NEVER)
    const found = await torch.update(minibatch, OBJECTIVE, NEVER)
    expect(found.loss).toBeCloseTo(wanted.loss, 4)
    expect(found.gradNorm).toBeCloseTo(wanted.gradNorm, 3)
    await embedded.load(await saved(torch))
    const [ours, theirs] = [embedded, torch].map((engine) => engine.logprobs(minibatch.sequences, 'current', 1))
    const after = await theirs!
    ;(await ours!).forEach((logprobs, i) => logprobs.forEach((logprob, t) => expect(logprob).toBeCloseTo(after[i]![t]!, 4)))
  })
})

async function both(): Promise<[Engine, Engine]> {
  const embedded = createOnnxEngine(SETTINGS)
  onTestFinished(() => embedded.close())
  return [embedded, await openTorch(SETTINGS)]
}

async function saved(engine: Engine): Promise<string> {
  const folder = temporaryFolder()
  await engine.save(folder)
  return folder
}

function requests(): GenerateRequest[] {
  const random = createRandom(7)
  return [12, 30, 21].map((length, place) => ({
    prompt: [1, ...Array.from({ length }, () => 3 + random.below(900))],
    seeds: Array.from({ length: 4 }, (_, index) => 100 * place + index),
  }))
}

async function generated(engine: Engine, changes: Partial<Sampling> = {}): Promise<GenerateEvent[]> {
  const events: GenerateEvent[] = []
  await engine.generate(requests(), { ...SAMPLING, ...changes }, 'current', (event) => events.push(event), NEVER)
  return events.sort((a, b) => a.request - b.request || a.index - b.index)
}

/** Rollouts with rewards from a seed; what else the objective needs, as a recipe would ask the engine for it. */
async function recorded(engine: Engine): Promise<Minibatch> {
  const events = await generated(engine, { maxCompletionTokens: 16 })
  const prompts = requests().map(({ prompt }) => prompt)
  const bare = events.map(({ request, tokens }) => ({ promptTokens: prompts[request]!, completionTokens: tokens }))
  const [reference, old] = [await engine.logprobs(bare, 'reference', OBJECTIVE.temperature), await engine.values(bare)]
  const random = createRandom(8)
  const sequences = bare.map((sequence, i): TrainingSequence => {
    const reward = random.next() * 2 - 1
    const filled = (value: number): Float32Array => new Float32Array(sequence.completionTokens.length).fill(value)
    return {
      ...sequence,
      oldLogprobs: events[i]!.oldLogprobs,
      refLogprobs: reference[i]!,
      advantages: filled(reward),
      returns: filled(reward),
      oldValues: old[i]!,
      weight: i === 0 ? 2 : 1,
    }
  })
  return { sequences }
}
