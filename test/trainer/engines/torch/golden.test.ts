/**
 * The PyTorch engine against the numbers that PyTorch, transformers and PEFT computed once (test/golden/engine, made by native/golden):
 * the same as the embedded engine has to say, to the same bound.
 */
import { copyFileSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { GOLDEN_NAMES, goldenMinibatch, goldenState, readGolden, type Golden } from '#test/support/golden-engine'
import { temporaryFolder } from '#test/support/temporary-folder'
import { MISSING_TORCH, openTorch, unlessSkipped } from '#test/support/torch-engine'
import type { Engine, OptimizerSettings } from '#trainer/engines/engine'
import { isValueHead, type Tensors } from '#trainer/engines/onnx/model/weights'
import { readTensors } from '#trainer/engines/onnx/safetensors'
import { writeTensors } from '#trainer/engines/onnx/safetensors-writer'
import { STATE_FILES } from '#trainer/engines/onnx/saved-state'

const NEVER = new AbortController().signal
/** With these the first moment after one step is the gradient itself. */
const RAW_GRADIENT = { beta1: 0, beta2: 0, epsilon: 1, weightDecay: 0, maxGradNorm: 1e9 }

describe.skipIf(MISSING_TORCH !== '').each(GOLDEN_NAMES)(unlessSkipped('%s'), (name) => {
  const golden = readGolden(name)

  test('log-probs, values, losses and gradients are those of transformers, PEFT and autograd', async () => {
    const { engine, folder } = await openAt(golden, RAW_GRADIENT)
    const { sequences } = goldenMinibatch(golden, 1)
    for (const at of ['1.0', '0.7']) {
      expectNear(golden, `logprobs:${at}`, (await engine.logprobs(sequences, 'current', Number(at))).flatMap(values))
    }
    expectNear(golden, 'values', (await engine.values(sequences)).flatMap(values))
    const reference = golden.lora === null ? 'logprobs:1.0' : 'reference_logprobs:1.0'
    expectNear(golden, reference, (await engine.logprobs(sequences, 'reference', 1)).flatMap(values))

    for (const [place, { name: objective, objective: settings, loss }] of golden.cases.objectives.entries()) {
      await engine.load(folder)
      const temperature = settings.kind === 'policy' ? settings.temperature : 1
      const stats = await engine.update(goldenMinibatch(golden, temperature), settings, NEVER)
      expect(Math.abs(stats.loss - loss), `loss of ${objective}`).toBeLessThan(golden.bound * Math.abs(loss))
      for (const [tensor, gradient] of await firstMoments(engine)) {
        const wanted = golden.expected
          .get(`gradient:${tensor}`)!
          .data.subarray(place * gradient.length, (place + 1) * gradient.length)
        expect(errorOf(gradient, wanted), `gradient of ${tensor} for ${objective}`).toBeLessThanOrEqual(golden.bound)
      }
    }
  })
})

// The optimizer is the same for all models: one with an adapter and one that is trained whole.
describe.skipIf(MISSING_TORCH !== '').each(['llama-gqa', 'qwen2-full'])(unlessSkipped('%s'), (name) => {
  test('ten steps of AdamW have the losses and gradient norms of torch, and end in the same weights', async () => {
    const golden = readGolden(name)
    const { objective, optimizer, steps } = golden.cases.training
    const { engine } = await openAt(golden, optimizer)
    const minibatch = goldenMinibatch(golden, 1)
    const stats = []
    for (let step = 0; step < steps.length; step++) stats.push(await engine.update(minibatch, objective, NEVER))
    for (const key of ['loss', 'gradNorm'] as const) {
      const wanted = steps.map((step) => step[key])
      expect(
        errorOf(
          stats.map((each) => each[key]),
          wanted,
        ),
        key,
      ).toBeLessThanOrEqual(golden.bound)
    }
    const folder = temporaryFolder()
    await engine.save(folder)
    const weights = golden.lora === null ? STATE_FILES.weights : 'adapter_model.safetensors'
    for (const file of [weights, STATE_FILES.valueHead]) {
      for (const [tensor, { data }] of readTensors(join(folder, file))) {
        expectNear(golden, `final:${tensor.replace(/^base_model\.model\./, '')}`, values(data))
      }
    }
  })
})

/** An engine with the adapter (or weights) and the value head that the golden numbers found, and the folder that holds them. */
async function openAt(golden: Golden, optimizer: OptimizerSettings): Promise<{ engine: Engine; folder: string }> {
  const folder = temporaryFolder()
  const adapter = join(golden.modelFolder, '../adapter')
  const files = golden.lora === null ? ['model.safetensors'] : ['adapter_config.json', 'adapter_model.safetensors']
  for (const file of files) copyFileSync(join(golden.lora === null ? golden.modelFolder : adapter, file), join(folder, file))
  const head: Tensors = new Map([...goldenState(golden).trained].filter(([tensor]) => isValueHead(tensor)))
  writeTensors(join(folder, STATE_FILES.valueHead), head)
  expect(existsSync(join(folder, STATE_FILES.optimizer))).toBe(false)
  const { modelFolder, lora } = golden
  const engine = await openTorch({ modelFolder, lora, hasValueHead: true, optimizer })
  await engine.load(folder)
  return { engine, folder }
}

async function firstMoments(engine: Engine): Promise<[string, Float32Array][]> {
  const folder = temporaryFolder()
  await engine.save(folder)
  const moments = [...readTensors(join(folder, STATE_FILES.optimizer))]
  return moments.flatMap(([name, { data }]) => (name.endsWith(':first') ? [[name.slice(0, -':first'.length), data]] : []))
}

function expectNear(golden: Golden, name: string, actual: readonly number[]): void {
  expect(errorOf(actual, golden.expected.get(name)!.data), name).toBeLessThanOrEqual(golden.bound)
}

/** Relative to the largest expected number. Where all is zero nothing but zero will do. */
function errorOf(actual: ArrayLike<number>, wanted: ArrayLike<number>): number {
  expect(actual.length).toBe(wanted.length)
  let [largest, error] = [0, 0]
  for (let i = 0; i < wanted.length; i++) {
    largest = Math.max(largest, Math.abs(wanted[i]!))
    error = Math.max(error, Math.abs(actual[i]! - wanted[i]!))
  }
  return largest === 0 ? (error === 0 ? 0 : Infinity) : error / largest
}

function values(array: Float32Array): number[] {
  return [...array]
}
