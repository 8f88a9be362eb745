/** What several runs wrote for the same tasks: the order of these, and what real runs of the fake engine kept. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { tasksOfAll, type MetTask } from '#workbench/shared-tasks'
import { openWorkbench, SMALL_RUN, type OpenWorkbench } from '#test/support/open-workbench'
import { temporaryFolder } from '#test/support/temporary-folder'

const met = (id: string, passed: number | null, others: Readonly<Record<string, number | null>> = {}): MetTask => ({
  id,
  family: 'mux',
  values: { 'pass@1': passed, ...others },
})

describe('tasks that several runs wrote completions for', () => {
  test('are those of all, first where what passes differs most, and else in their order', () => {
    const a = [met('t1', 1), met('t2', 0.5), met('t3', 0), met('only-a', 1), met('t4', 1)]
    const b = [met('t4', 1), met('t3', 1), met('t2', 0.75), met('t1', 1), met('only-b', 0)]
    const shared = tasksOfAll([a, b])
    expect(shared.map(({ id }) => id)).toEqual(['t3', 't2', 't1', 't4'])
    expect(shared[0]!.passed).toEqual([0, 1])
  })

  test('that pass alike are told apart by all else that was measured, and what was not scored differs from nothing', () => {
    const a = [met('t1', 0, { compile_rate: 1 }), met('t2', 0, { compile_rate: 1 }), met('t3', null, { compile_rate: 0.5 })]
    const b = [met('t1', 0, { compile_rate: 1 }), met('t2', 0, { compile_rate: 0 }), met('t3', 1, { compile_rate: null })]
    expect(tasksOfAll([a, b]).map(({ id, passed }) => [id, passed])).toEqual([
      ['t2', [0, 0]],
      ['t1', [0, 0]],
      ['t3', [null, 1]],
    ])
  })

  test('are none where one run has none', () => {
    expect(tasksOfAll([[met('t1', 1)], []])).toEqual([])
  })
})

async function finishedRun(open: OpenWorkbench, overrides: Readonly<Record<string, unknown>>): Promise<string> {
  const { id } = await open.api['runs.create']({ preset: 'starter-grpo', overrides: { ...SMALL_RUN, steps: 2, ...overrides } })
  await open.untilStatus(id, 'finished')
  return id
}

describe('real runs', () => {
  test('are read beside each other in their last evaluations, as many completions as their rates count', async () => {
    const open = await openWorkbench(temporaryFolder())
    const settings = { 'evaluation.taskCount': 3, 'evaluation.samples': 2 }
    const ids = [await finishedRun(open, settings), await finishedRun(open, { ...settings, seed: 7 })]
    const shared = await open.api['rollouts.shared-tasks'](ids)
    expect([shared.source, shared.tasks.length]).toEqual(['evaluation', 3])
    expect(shared.tasks[0]!.passed).toHaveLength(2)
    const { id } = shared.tasks[1]!
    const written = await open.api['rollouts.of-shared-task'](ids, 'evaluation', id)
    expect(written.map(({ run, step }) => [run, step])).toEqual(ids.map((run) => [run, 2]))
    for (const { rollouts } of written) expect(rollouts.map(({ taskId }) => taskId)).toEqual([id, id])
    expect(written[0]!.rollouts[0]!.completion).not.toBe(written[1]!.rollouts[0]!.completion)
  })

  test('whose evaluations are not there are read in the training steps that drew the same prompts last', async () => {
    const home = temporaryFolder()
    const open = await openWorkbench(home)
    // All training tasks of so short a run are the same under one seed.
    const ids = [await finishedRun(open, { groupSize: 4 }), await finishedRun(open, { groupSize: 2 })]
    rmSync(join(home, 'runs', ids[0]!, 'rollouts/eval-000002.jsonl'))
    const shared = await open.api['rollouts.shared-tasks'](ids)
    expect([shared.source, shared.tasks.length]).toEqual(['training', 4])
    const { id } = shared.tasks[0]!
    const written = await open.api['rollouts.of-shared-task'](ids, 'training', id)
    expect(written.map(({ rollouts }) => rollouts.length)).toEqual([4, 2])
    for (const { step, rollouts } of written) {
      expect(new Set(rollouts.map((one) => `${one.taskId} ${one.step}`))).toEqual(new Set([`${id} ${step}`]))
      expect(rollouts.map(({ index }) => index)).toEqual(rollouts.map(({ index }) => index).toSorted((a, b) => a - b))
    }
    const [gone] = await open.api['rollouts.of-shared-task']([ids[0]!], 'evaluation', id)
    expect(gone).toEqual({ run: ids[0], step: null, rollouts: [] })
  })
})
