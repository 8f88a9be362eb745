/** A run of TRL in the workbench: list, curves, comparison, completions; and what cannot be done with it. */
import { cpSync, readdirSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { aJournal, REPOSITORY, started, stepFinished, writeRun } from '#test/support/run-builders'
import { openWorkbench } from '#test/support/open-workbench'
import { temporaryFolder } from '#test/support/temporary-folder'

const FOLDER = join(REPOSITORY, 'test/fixtures/trl-run')
const REQUEST = { tool: 'trl', folder: FOLDER, name: 'By TRL' } as const

const REPORT = { experiment: null, formats: ['md'] as ['md'], folder: null, title: null, question: null } as const

describe('an imported run', () => {
  it('stands in the list with its numbers, as what it is', async () => {
    const { api } = await openWorkbench(temporaryFolder())
    const report = await api['runs.import'](REQUEST)
    expect(report).toMatchObject({ stepCount: 4, completionCount: 32 })
    const [summary] = await api['runs.list']()
    expect(summary).toMatchObject({
      id: report.id,
      name: 'By TRL',
      status: 'finished',
      step: 4,
      steps: 4,
      origin: { tool: 'trl', trainer: 'GRPO' },
      evaluated: null,
    })
    const [reward] = await api['metrics.read'](report.id, ['train/reward'], 100)
    expect(reward).toMatchObject({ steps: [1, 2, 3, 4] })
    expect(reward!.values[0]).toBeCloseTo(1.138213038444519, 12)
    expect(summary!.latest['trl/eval_reward']).toBeGreaterThan(0)
  })

  it('has its completions, which nothing has scored', async () => {
    const { api } = await openWorkbench(temporaryFolder())
    const { id } = await api['runs.import'](REQUEST)
    const entries = await api['rollouts.list'](id, 3)
    expect(entries).toHaveLength(8)
    expect(entries[0]!.scores.functional).toEqual({ value: null, outcome: 'unscored' })
    const rollout = await api['rollouts.read'](id, 3, 0)
    expect(rollout.instruction).toMatch(/^Write .* in Verilog/)
    expect(Object.keys(rollout.functionRewards!)).toEqual(['brevity', 'share_of_letters'])
  })

  it('stands beside other runs in a comparison, without settings of its own', async () => {
    const home = temporaryFolder()
    writeRun(
      join(home, 'runs'),
      'ours',
      aJournal([started(), stepFinished(1), { type: 'run.ended', step: 1, outcome: 'finished' }]),
    )
    const { api } = await openWorkbench(home)
    const { id } = await api['runs.import'](REQUEST)
    const { groups, differences } = await api['runs.compare'](['ours', id])
    expect(groups.map(({ title, runs }) => [title, runs])).toEqual([
      ['GRPO', ['ours']],
      ['TRL GRPO', [id]],
    ])
    expect(differences).toEqual([])
    expect(Object.keys(await api['runs.settings']('seed'))).toEqual(['ours'])
  })

  it('is read beside another by the prompts that both drew in training, though nothing has scored them', async () => {
    const { api } = await openWorkbench(temporaryFolder())
    const ids = [(await api['runs.import'](REQUEST)).id, (await api['runs.import']({ ...REQUEST, name: 'Again' })).id]
    const { source, tasks } = await api['rollouts.shared-tasks'](ids)
    expect(source).toBe('training')
    expect(tasks.length).toBeGreaterThan(0)
    for (const { passed } of tasks) expect(passed).toEqual([null, null])
    const [first, again] = await api['rollouts.of-shared-task'](ids, source, tasks[0]!.id)
    expect(first!.rollouts.length).toBeGreaterThan(0)
    expect(again!.rollouts).toEqual(first!.rollouts)
  })

  it('cannot be resumed, cloned, weighed again, reported or sent', async () => {
    const home = temporaryFolder()
    const { api } = await openWorkbench(home)
    const { id } = await api['runs.import']({ ...REQUEST, name: null })
    expect((await api['runs.get'](id)).summary.name).toBe('trl-run')
    const profile = (await api['runs.get'](id)).reward
    const tried = [
      () => api['runs.resume'](id),
      () => api['runs.origin'](id, null),
      () => api['rewards.reweigh'](id, profile, 1),
      () => api['reports.make']({ ...REPORT, runs: [id] }),
      () => api['sync.wish'](id, { isOn: true }),
      () => api['runs.export-offline'](id, { out: join(home, 'out'), project: 'p', entity: '' }),
    ]
    for (const attempt of tried) await expect(attempt()).rejects.toMatchObject({ code: 'run.imported' })
  })

  it('is there again, the same, after the store was made anew; and goes and comes back as any other', async () => {
    const { api } = await openWorkbench(temporaryFolder())
    const { id } = await api['runs.import'](REQUEST)
    const before = await api['metrics.read'](id, [], 100)
    await api['store.rebuild']()
    expect(await api['metrics.read'](id, [], 100)).toEqual(before)
    await api['runs.remove'](id)
    expect(await api['runs.list']()).toEqual([])
    expect((await api['runs.restore'](id)).origin).toEqual({ tool: 'trl', trainer: 'GRPO' })
  })

  it('is whole or not there: a damaged table leaves nothing behind', async () => {
    const home = temporaryFolder()
    const folder = join(home, 'damaged')
    cpSync(FOLDER, folder, { recursive: true })
    truncateSync(join(folder, 'completions/completions_00004.parquet'), 100)
    const { api } = await openWorkbench(home)
    await expect(api['runs.import']({ ...REQUEST, folder })).rejects.toMatchObject({ code: 'import.unreadable' })
    expect(await api['runs.list']()).toEqual([])
    expect(readdirSync(join(home, 'runs')).filter((name) => !name.startsWith('.removed'))).toEqual([])
  })
})
