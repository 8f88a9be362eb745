/** The list of what there is to train and to try, through the real service. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { openWorkbench, SMALL_RUN } from '#test/support/open-workbench'
import { REPOSITORY } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'

const STARTER = join(REPOSITORY, 'resources/starter/model')

test('a workbench without anything knows the starter, with what it is', async () => {
  const { api } = await openWorkbench(temporaryFolder())
  const { models, runs } = await api['models.list']()
  expect(models.map(({ path, origin, runCount }) => [path, origin, runCount])).toEqual([['starter', 'starter', 0]])
  expect(models[0]!.inspection).toMatchObject({ architecture: 'LlamaForCausalLM', problems: [], memory: { fits: true } })
  expect(models[0]!.inspection!.parameterCount).toBeGreaterThan(1_000_000)
  expect(runs).toEqual([])
})

test('a folder that was added stays in the list until it is taken off; one without a model is refused by name', async () => {
  const home = temporaryFolder()
  const folder = join(home, 'elsewhere', 'mine')
  cpSync(STARTER, folder, { recursive: true })
  const { api } = await openWorkbench(join(home, 'data'))
  await expect(api['models.add'](home)).rejects.toThrow(`${home} has no config.json`)
  expect(await api['models.add'](folder)).toMatchObject({ path: folder, origin: 'added', problem: null })
  await api['models.add'](folder)
  const paths = async (): Promise<string[]> => (await api['models.list']()).models.map(({ path }) => path)
  expect(await paths()).toEqual(['starter', folder])
  expect(JSON.parse(readFileSync(join(home, 'data/models.json'), 'utf8'))).toMatchObject({ models: [{ path: folder }] })
  await api['models.forget'](folder)
  expect(await paths()).toEqual(['starter'])
})

test('a model that cannot be trained is in the list with the reason', async () => {
  const home = temporaryFolder()
  const other = join(home, 'models/acme--other')
  cpSync(STARTER, other, { recursive: true })
  const config = JSON.parse(readFileSync(join(other, 'config.json'), 'utf8')) as object
  writeFileSync(
    join(other, 'config.json'),
    JSON.stringify({ ...config, model_type: 'mamba', architectures: ['MambaForCausalLM'] }),
  )
  mkdirSync(join(home, 'models/empty'))
  mkdirSync(join(home, 'models/acme--half.download'))
  const { api } = await openWorkbench(home)
  const { models } = await api['models.list']()
  expect(models.map(({ path, origin }) => [path, origin])).toEqual([
    ['starter', 'starter'],
    [other, 'downloaded'],
    [join(home, 'models/empty'), 'downloaded'],
  ])
  expect(models[1]!.inspection!.problems[0]!.message).toContain('mamba')
  expect(models[2]).toMatchObject({ inspection: null, problem: { message: expect.stringContaining('config.json') as string } })
})

test('a folder that changed is looked at again', async () => {
  const home = temporaryFolder()
  const folder = join(home, 'models/acme--mine')
  cpSync(STARTER, folder, { recursive: true })
  const { api } = await openWorkbench(home)
  expect((await api['models.list']()).models[1]!.inspection?.problems).toEqual([])
  rmSync(join(folder, 'model.safetensors'))
  expect((await api['models.list']()).models[1]!.inspection?.problems[0]?.message).toContain('safetensors')
})

test('a run stands there with its checkpoints, the best by validation marked, until they are removed', async () => {
  const home = temporaryFolder()
  const { api, untilStatus } = await openWorkbench(home)
  const overrides = { ...SMALL_RUN, 'evaluation.every': 2, 'checkpoints.keepLast': 0, name: 'a small run' }
  const { id } = await api['runs.create']({ preset: 'starter-grpo', overrides })
  await untilStatus(id, 'finished')
  const list = await api['models.list']()
  expect(list.models[0]).toMatchObject({ path: 'starter', runCount: 1 })
  const [run] = list.runs
  expect(run).toMatchObject({ run: id, name: 'a small run', model: 'starter', hasAdapter: true })
  expect(run!.checkpoints.map(({ step }) => step)).toEqual([1, 2, 3, 4])
  expect(run!.checkpoints.every(({ bytes }) => bytes > 0)).toBe(true)
  expect(run!.checkpoints.filter(({ passAt1 }) => passAt1 !== null).map(({ step }) => step)).toEqual([2, 4])
  // All are as good as each other: the earliest is the best.
  expect(run!.checkpoints.filter(({ isBest }) => isBest).map(({ step }) => step)).toEqual([2])
  rmSync(join(home, 'runs', id, 'checkpoints/step-000002'), { recursive: true })
  expect((await api['models.list']()).runs[0]!.checkpoints.map(({ step, isBest }) => [step, isBest])).toEqual([
    [1, false],
    [3, false],
    [4, true],
  ])
})
