/** What a page asks for again because no answer came is done once. */
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { ExperimentPlan } from '#contract/experiment'
import { openWorkbench, SMALL_RUN } from '#test/support/open-workbench'
import { smallPlan } from '#test/support/small-plan'
import { temporaryFolder } from '#test/support/temporary-folder'

const request = { preset: 'starter-grpo', overrides: { ...SMALL_RUN, steps: 2 } }
const [first, second] = ['0123abcd', '4567abcd']

test('a run, a clone and a resume: one of each, and the answer of the first', async () => {
  const home = temporaryFolder()
  const { api, untilStatus } = await openWorkbench(home)
  const made = () => readdirSync(join(home, 'runs')).filter((name) => !name.startsWith('.'))
  const [one, again] = await Promise.all([api['runs.create'](request, first), api['runs.create'](request, first)])
  expect(again).toEqual(one)
  expect(one.id.endsWith(`-${first}`)).toBe(true)
  expect(made()).toEqual([one.id])
  await untilStatus(one.id, 'finished')
  expect(await api['runs.create'](request, first)).toEqual(one)

  const clone = { run: one.id, step: 2, overrides: { steps: 4 } }
  const child = await api['runs.clone'](clone, second)
  expect(await api['runs.clone'](clone, second)).toEqual(child)
  expect(made()).toHaveLength(2)
  await untilStatus(child.id, 'finished')
})

test('a command to a run reaches the trainer once, also when it was done before it is asked for again', async () => {
  const { api, until, untilStatus } = await openWorkbench(temporaryFolder())
  const { id } = await api['runs.create']({ ...request, overrides: { ...request.overrides, steps: 4000, checkpointEvery: 0 } })
  await untilStatus(id, 'running')
  const { reward } = await api['runs.get'](id)
  const change = { command: 'set-reward', argument: { ...reward, weights: { ...reward.weights, quality: 0.5 } } } as const
  await Promise.all([api['runs.control'](id, change, first), api['runs.control'](id, change, first)])
  await until(({ type }) => type === 'reward.changed')
  await api['runs.control'](id, change, first)
  await api['runs.control'](id, { command: 'stop' }, second)
  await untilStatus(id, 'stopped')
  expect(await api['runs.control'](id, { command: 'stop' }, second)).toBe(null)
  await expect(api['runs.control'](id, { command: 'stop' }, first.replace('0', '1'))).rejects.toMatchObject({
    code: 'run.not-active',
  })
  const events = await api['runs.events'](id, 0)
  expect(events.filter(({ type }) => type === 'reward.changed')).toHaveLength(1)
})

test('removing, bringing back, leaving the queue and resuming: the second time changes nothing', async () => {
  const { api, untilStatus } = await openWorkbench(temporaryFolder())
  const busy = await api['runs.create']({ ...request, overrides: { ...request.overrides, steps: 4000, checkpointEvery: 0 } })
  const waiting = await api['runs.create'](request)
  for (let i = 0; i < 2; i++) expect(await api['runs.control'](waiting.id, { command: 'stop' }, first)).toBe(null)
  for (let i = 0; i < 2; i++) await api['runs.remove'](waiting.id)
  for (let i = 0; i < 2; i++) expect((await api['runs.restore'](waiting.id)).id).toBe(waiting.id)
  for (let i = 0; i < 2; i++) await api['runs.resume'](waiting.id, { acceptJudge: false, once: second })
  expect(await api['runs.queue']()).toEqual([waiting.id])
  await api['runs.remove'](waiting.id)
  // A trainer passes over what was asked before it began.
  await untilStatus(busy.id, 'running')
  await api['runs.control'](busy.id, { command: 'stop' })
  await untilStatus(busy.id, 'stopped')
})

test('an experiment', async () => {
  const home = temporaryFolder()
  const { api } = await openWorkbench(home)
  const plan = smallPlan('starter', 'small', 24, [1]) as ExperimentPlan
  const [one, again] = await Promise.all([api['experiments.start'](plan, first), api['experiments.start'](plan, first)])
  expect(again).toEqual(one)
  expect(readdirSync(join(home, 'experiments'))).toEqual([one.id])
})
