/** What a real run wrote in its evaluations, asked as what it wrote in a step. */
import { describe, expect, test } from 'vitest'
import { openWorkbench, SMALL_RUN } from '#test/support/open-workbench'
import { temporaryFolder } from '#test/support/temporary-folder'

const PATIENCE_MS = 120_000
const TASKS = 3

describe('completions of an evaluation', { timeout: PATIENCE_MS }, () => {
  test('are read like those of a step, by group and one by one, and are those of validation tasks', async () => {
    const { api, untilStatus } = await openWorkbench(temporaryFolder())
    const overrides = { ...SMALL_RUN, 'evaluation.taskCount': TASKS, 'evaluation.every': 2, 'evaluation.samples': 2 }
    const { id } = await api['runs.create']({ preset: 'starter-grpo', overrides })
    await untilStatus(id, 'finished')
    const tasks = new Set((await api['tasks.list']('starter', 'validation')).map((task) => task.id))
    for (const step of [0, 2, 4]) {
      const { records } = await api['runs.rollouts'](id, step, 'evaluation')
      expect(new Set(records.map(({ group }) => group)).size).toBe(TASKS)
      expect(records.every(({ taskId, reward, ...one }) => tasks.has(taskId) && reward === null && one.step === step)).toBe(true)
      const entries = await api['rollouts.list'](id, step, 'evaluation')
      expect(entries.map(({ index, taskId }) => [index, taskId])).toEqual(records.map(({ index, taskId }) => [index, taskId]))
      expect(await api['rollouts.read'](id, step, 1, 'evaluation')).toEqual(records[1])
    }
    // A step of the same number is something else.
    const { records: drawn } = await api['runs.rollouts'](id, 2)
    expect(drawn.some(({ taskId }) => tasks.has(taskId))).toBe(false)
    await expect(api['rollouts.read'](id, 2, 999, 'evaluation')).rejects.toMatchObject({ code: 'rollout.missing' })
    expect(await api['runs.rollouts'](id, 3, 'evaluation')).toMatchObject({ records: [], unreadable: 0 })
    const { taskId } = (await api['runs.rollouts'](id, 4, 'evaluation')).records[0]!
    const met = await api['rollouts.of-task'](id, taskId, 'evaluation')
    expect(met.map(({ step }) => step)).toEqual([4, 2, 0])
    expect(await api['rollouts.of-task'](id, taskId)).toEqual([])
  })

  test('are found likely by the weights after the step, those of the step by the weights before it', async () => {
    const { api, untilStatus } = await openWorkbench(temporaryFolder())
    const overrides = { ...SMALL_RUN, steps: 2, 'evaluation.every': 1, 'checkpoints.keepLast': 0, groupSize: 2 }
    const { id: run } = await api['runs.create']({ preset: 'starter-grpo', overrides })
    await untilStatus(run, 'finished')
    const asked = { run, step: 2, index: 0 }
    const evaluated = await api['logprobs.of-rollout']({ ...asked, id: 'a', source: 'evaluation' })
    const drawn = await api['logprobs.of-rollout']({ ...asked, id: 'b' })
    expect([evaluated!.checkpoint, drawn!.checkpoint]).toEqual([2, 1])
  })
})
