/** How long a step takes, foretold from what was measured: by hand for columns of a run, and through the workbench over real runs of the fake engine. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { HistoryColumn, RunDetail } from '#contract/api'
import { RUN_FILES } from '#contract/run-directory'
import type { RunConfig } from '#contract/run-config'
import type { StoredRun } from '#store/records'
import { foretold, likeliest } from '#workbench/step-time'
import { writeFakeModel } from '#test/cli/fake-model'
import { openWorkbench, SMALL_RUN } from '#test/support/open-workbench'
import { aConfig, aJournal, aPpoConfig, started, stepFinished, writeRun } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'

const column = (key: string, means: readonly number[], first = 1): HistoryColumn => ({
  key,
  steps: means.map((_, i) => first + i),
  means,
  lowest: null,
  highest: null,
})
const aDetail = (config: RunConfig): Pick<RunDetail, 'summary' | 'config'> =>
  ({ summary: { id: 'one', name: 'One' }, config }) as unknown as RunDetail
const aStored = (id: string, config: RunConfig, createdAt = '2026-01-01T00:00:00.000Z'): StoredRun =>
  ({ id, config, createdAt, step: 4 }) as StoredRun

/** 16 prompts of 8 completions. */
const CONFIG = aConfig()
const COLUMNS = [
  column('timing_s/step', [10, 6, 8]),
  column('timing_s/paused', [2, 0, 0]),
  column('timing_s/update', [4, 2, 2]),
  column('train/completions/mean_length', [100, 100, 100]),
]

describe('of one run', () => {
  test('the median of its steps without pauses: 8, 6 and 8 s', () => {
    expect(foretold(CONFIG, aDetail(CONFIG), COLUMNS)).toEqual({
      run: { id: 'one', name: 'One' },
      stepCount: 3,
      measuredSeconds: 8,
      completions: 128,
      seconds: 8,
      differing: [],
    })
  })

  test('half of the completions take half of it; another pass over them as much more as the updates took: a fourth', () => {
    expect(foretold({ ...CONFIG, promptsPerStep: 8 }, aDetail(CONFIG), COLUMNS)!.seconds).toBe(4)
    expect(foretold({ ...CONFIG, updateEpochs: 2 }, aDetail(CONFIG), COLUMNS)!.seconds).toBe(10)
  })

  test('a limit below the mean length takes its share, one above it changes nothing; both are said to differ', () => {
    const limited = (maxCompletionTokens: number): RunConfig => ({
      ...CONFIG,
      sampling: { ...CONFIG.sampling, maxCompletionTokens },
    })
    expect(foretold(limited(50), aDetail(CONFIG), COLUMNS)).toMatchObject({
      seconds: 4,
      differing: ['sampling.maxCompletionTokens'],
    })
    expect(foretold(limited(400), aDetail(CONFIG), COLUMNS)!.seconds).toBe(8)
  })

  test('nothing where no step was measured', () => {
    expect(foretold(CONFIG, aDetail(CONFIG), [column('timing_s/step', [])])).toBeNull()
  })
})

describe('of several runs', () => {
  test('another engine, model or device says nothing', () => {
    const others = [
      { ...CONFIG, engine: 'fake' },
      { ...CONFIG, model: '/models/mine' },
      { ...CONFIG, device: 'webgpu' },
      { ...CONFIG, baseStorage: 'int4' },
    ] as const
    expect(
      likeliest(
        CONFIG,
        others.map((config, i) => aStored(String(i), config)),
      ),
    ).toEqual([])
  })

  test('the same algorithm comes first, then as many completions, then the newest', () => {
    const runs = [
      aStored('ppo', aPpoConfig()),
      aStored('old', CONFIG),
      aStored('new', CONFIG, '2026-02-01T00:00:00.000Z'),
      aStored('small', { ...CONFIG, promptsPerStep: 2 }),
    ]
    expect(likeliest(CONFIG, runs).map(({ id }) => id)).toEqual(['new', 'old', 'small', 'ppo'])
  })
})

describe('through the workbench', { timeout: 120_000 }, () => {
  test('nothing before the first step; then what a real run measured, for all its steps but the first', async () => {
    const home = temporaryFolder()
    const { api, untilStatus } = await openWorkbench(home)
    const overrides = { ...SMALL_RUN, model: writeFakeModel(join(home, 'model')) }
    const request = { preset: 'starter-grpo', overrides }
    expect(await api['runs.step-time'](request)).toBeNull()
    const { id } = await api['runs.create'](request)
    await untilStatus(id, 'finished')
    const [time] = await api['metrics.read'](id, ['timing_s/step'], 100)
    const found = (await api['runs.step-time'](request))!
    expect(found).toMatchObject({ run: { id }, stepCount: 3, completions: 8, differing: [] })
    expect(found.measuredSeconds).toBeGreaterThan(0)
    expect(found.measuredSeconds).toBeLessThanOrEqual(Math.max(...time!.values))
    const twice = (await api['runs.step-time']({ ...request, overrides: { ...overrides, promptsPerStep: 4 } }))!
    expect(twice.seconds).toBeCloseTo(2 * found.seconds, 9)
    expect(await api['runs.step-time']({ preset: 'starter-grpo' })).toBeNull()
  })

  test('a run that another computer made says nothing of this one', async () => {
    const home = temporaryFolder()
    const directory = writeRun(join(home, 'runs'), 'elsewhere', aJournal([started(), stepFinished(1), stepFinished(2)]))
    writeFileSync(join(directory, RUN_FILES.environment), JSON.stringify({ processor: 'Z80', cores: 1 }))
    const { api } = await openWorkbench(home)
    expect(await api['runs.step-time']({ preset: 'starter-grpo' })).toBeNull()
    writeRun(join(home, 'runs'), 'here', aJournal([started(), stepFinished(1), stepFinished(2)]))
    await expect
      .poll(() => api['runs.step-time']({ preset: 'starter-grpo' }), { timeout: 60_000 })
      .toMatchObject({ run: { id: 'here' }, measuredSeconds: 2 })
  })
})
