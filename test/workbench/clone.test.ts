/** Runs that go on from a checkpoint of another. Trainers are real processes; most engines are the fake one. */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openWorkbench, SMALL_RUN, type OpenWorkbench } from '#test/support/open-workbench'
import { temporaryFolder } from '#test/support/temporary-folder'
import { writeFewTasks, writeTinyModel } from '#test/support/tiny-trainer'

const SETTINGS = { ...SMALL_RUN, steps: 5, checkpointEvery: 2 }

async function finished({ api, untilStatus }: OpenWorkbench, overrides: Readonly<Record<string, unknown>>): Promise<string> {
  const { id } = await api['runs.create']({ preset: 'starter-ppo', overrides })
  await untilStatus(id, 'finished')
  return id
}

test('a clone with the same settings is its parent from that step on; with another reward it is not; both know where they come from', async () => {
  const home = temporaryFolder()
  const open = await openWorkbench(home)
  const { api, untilStatus } = open
  const parent = await finished(open, SETTINGS)
  const policyOf = (id: string): string => readFileSync(join(home, 'runs', id, 'checkpoints/step-000005/bigram.f64'), 'base64')
  const curve = async (id: string): Promise<unknown> =>
    (await api['metrics.read'](id, ['train/reward', 'train/loss', 'train/kl_coef'], 100)).map(({ key, steps, values }) => [
      key,
      steps.flatMap((step, i) => (step > 2 ? [[step, values[i]]] : [])),
    ])

  expect(await api['runs.origin'](parent, 4)).toMatchObject({
    run: parent,
    step: 4,
    checkpoints: [2, 4, 5],
    config: { steps: 5 },
  })
  expect((await api['runs.origin'](parent, null)).step).toBe(5)

  const { id: same } = await api['runs.clone']({ run: parent, step: 2, overrides: {} })
  await untilStatus(same, 'finished')
  expect(policyOf(same)).toBe(policyOf(parent))
  expect(await curve(same)).toEqual(await curve(parent))
  expect(await api['runs.get'](same)).toMatchObject({ parent: { run: parent, step: 2 }, summary: { step: 5 } })
  expect((await api['runs.get'](parent)).parent).toBeNull()
  expect((await api['runs.events'](same, 0)).slice(0, 2)).toMatchObject([
    { type: 'run.started', fromStep: 2 },
    { type: 'checkpoint.saved', step: 2 },
  ])

  const { id: other } = await api['runs.clone']({ run: parent, step: null, overrides: { steps: 6, 'reward.weights.quality': 9 } })
  // It has what it needs of its parent.
  rmSync(join(home, 'runs', parent), { recursive: true })
  await untilStatus(other, 'finished')
  const detail = await api['runs.get'](other)
  expect(detail).toMatchObject({ parent: { run: parent, step: 5 }, reward: { weights: { quality: 9 } } })
  const steps = (await api['metrics.read'](other, ['train/reward'], 100))[0]!.steps
  expect(steps).toEqual([6])
})

test('a clone is refused by the name of what its checkpoint cannot change, and where there is no such checkpoint', async () => {
  const open = await openWorkbench(temporaryFolder())
  const parent = await finished(open, { ...SETTINGS, steps: 2 })
  const refusal = (step: number | null, overrides: Record<string, unknown>): Promise<unknown> =>
    open.api['runs.clone']({ run: parent, step, overrides }).then(
      () => 'made',
      (error: { facts?: unknown; message: string }) => error.message,
    )
  expect(await refusal(2, { steps: 9, 'lora.rank': 3 })).toBe('lora.rank is 3, and the checkpoint is of a run with 16.')
  expect(await refusal(2, { steps: 9, lora: null })).toMatch(/^lora is null, and/)
  expect(await refusal(2, { steps: 9, engine: 'onnx' })).toMatch(/^engine is onnx, and/)
  expect(await refusal(2, {})).toBe('steps is 2, and the checkpoint is of step 2.')
  expect(await refusal(1, { steps: 9 })).toContain('has no checkpoint of step 1; it has those of 2.')
  expect(await refusal(2, { steps: 9, 'no.such': 1 })).toContain('no.such is no setting')
  expect((await open.api['runs.list']()).map(({ id }) => id)).toEqual([parent])
})

test('with the embedded engine too, its clone has the same weights to the bit', { timeout: 120_000 }, async () => {
  const home = temporaryFolder()
  const open = await openWorkbench(home)
  const parent = await finished(open, {
    ...SETTINGS,
    engine: 'onnx',
    model: writeTinyModel(join(home, 'model')),
    'dataset.id': writeFewTasks(join(home, 'tasks.jsonl')),
    groupSize: 2,
    minibatchSize: 2,
    microbatchSize: 1,
    // A policy without training earns nothing, and would learn nothing from it.
    supervised: { steps: 5, learningRate: 0.01 },
    'sampling.maxCompletionTokens': 400,
  })
  const weightsOf = (id: string, step: number): Buffer =>
    readFileSync(join(home, 'runs', id, `checkpoints/step-00000${step}/adapter_model.safetensors`))
  const { id: clone } = await open.api['runs.clone']({ run: parent, step: 2, overrides: {} })
  await open.untilStatus(clone, 'finished')
  expect(weightsOf(clone, 5).equals(weightsOf(parent, 5))).toBe(true)
  expect(weightsOf(clone, 5).equals(weightsOf(clone, 2))).toBe(false)
})
