/** Runs as processes: started, steered, killed and gone on with. The engine is the fake one; everything else is real. */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import type { JournalEvent } from '#contract/journal'
import { METRICS } from '#contract/metrics'
import type { RunLock } from '#contract/run-directory'
import { openWorkbench, SMALL_RUN, type OpenWorkbench } from '#test/support/open-workbench'
import { REPOSITORY } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'

const LONG_RUN = { ...SMALL_RUN, steps: 400, checkpointEvery: 50 }

async function start({ api }: OpenWorkbench, overrides: Readonly<Record<string, unknown>>): Promise<string> {
  return (await api['runs.create']({ preset: 'starter-grpo', overrides })).id
}

const isStep =
  (step: number) =>
  (event: JournalEvent): boolean =>
    event.type === 'step.finished' && event.step >= step

function trainerOf(home: string, id: string): number {
  return (JSON.parse(readFileSync(join(home, 'runs', id, 'run.lock'), 'utf8')) as RunLock).pid
}

/** Every number from 1 on, once. */
function expectWhole(events: readonly JournalEvent[]): void {
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1))
}

describe('a run', () => {
  test('goes from start to end, its journal whole, its curve one point a step, its rollouts readable', async () => {
    const open = await openWorkbench(temporaryFolder())
    const id = await start(open, SMALL_RUN)
    await open.until(({ type }) => type === 'run.ended')
    await open.untilStatus(id, 'finished')
    const events = await open.api['runs.events'](id, 0)
    expectWhole(events)
    expect(open.told).toEqual(events)
    const columns = await open.api['metrics.read'](id, [], 100)
    expect(columns.map(({ key }) => key).filter((key) => !(key in METRICS))).toEqual([])
    expect(columns.find(({ key }) => key === 'train/functional_rate')!.steps).toEqual([1, 2, 3, 4])
    expect((await open.api['rollouts.list'](id, 3)).map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect((await open.api['rollouts.read'](id, 3, 7)).step).toBe(3)
  })

  test('tells what it does while it does it, and for how long nobody heard of it', async () => {
    const home = temporaryFolder()
    const open = await openWorkbench(home)
    const id = await start(open, LONG_RUN)
    await open.until(isStep(1))
    await vi.waitFor(
      async () => {
        const activity = (await open.api['runs.activity'](id))!
        expect(activity.step).toBeGreaterThan(0)
        expect(activity.silence).toBeLessThan(30)
        // Of 2 prompts with 4 completions each.
        expect(activity).toMatchObject({ stage: expect.stringMatching(/^(rollouts|scores)$/), of: 8, metrics: {} })
      },
      { timeout: 30_000, interval: 50 },
    )
    process.kill(trainerOf(home, id), 'SIGKILL')
    await open.untilStatus(id, 'crashed')
    const before = (await open.api['runs.activity'](id))!.silence
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect((await open.api['runs.activity'](id))!.silence).toBeGreaterThan(before + 0.2)
  })

  test('goes on when its workbench is killed; the next one finds the curve whole', async () => {
    const home = temporaryFolder()
    const request = JSON.stringify({ preset: 'starter-grpo', overrides: { ...SMALL_RUN, steps: 12 } })
    const process_ = spawn(process.execPath, [join(REPOSITORY, 'test/support/workbench-process.ts'), home, request])
    const [said] = (await once(process_.stdout, 'data')) as [Buffer]
    const id = said.toString().trim()
    const journal = join(home, 'runs', id, 'journal.jsonl')
    while (!existsSync(journal)) await new Promise((resolve) => setTimeout(resolve, 50))
    process_.kill('SIGKILL')
    await once(process_, 'exit')
    const open = await openWorkbench(home)
    await open.untilStatus(id, 'finished')
    expectWhole(await open.api['runs.events'](id, 0))
    const [column] = await open.api['metrics.read'](id, ['train/reward'], 100)
    expect(column!.steps).toEqual(Array.from({ length: 12 }, (_, i) => i + 1))
    const before = [await open.api['runs.list'](), await open.api['metrics.read'](id, [], 1000)]
    await open.api['store.rebuild']()
    expect([await open.api['runs.list'](), await open.api['metrics.read'](id, [], 1000)]).toEqual(before)
  })

  test('whose trainer was killed goes on after its newest checkpoint and ends as if nothing had been', async () => {
    const home = temporaryFolder()
    const open = await openWorkbench(home)
    const settings = { ...SMALL_RUN, steps: 30, checkpointEvery: 4, 'sampling.maxCompletionTokens': 40 }
    const undisturbed = await start(open, settings)
    await open.untilStatus(undisturbed, 'finished')
    open.told.length = 0
    const id = await start(open, settings)
    await open.until(isStep(5))
    process.kill(trainerOf(home, id), 'SIGKILL')
    await open.untilStatus(id, 'crashed')
    await open.api['runs.resume'](id)
    await open.untilStatus(id, 'finished')
    const events = await open.api['runs.events'](id, 0)
    expectWhole(events)
    // On a busy machine the trainer may have gone further before it is killed.
    const before = events.slice(
      0,
      events.findIndex(({ type }) => type === 'run.resumed'),
    )
    const kept = before.findLast(({ type }) => type === 'checkpoint.saved') as { step: number }
    expect(kept.step).toBeGreaterThanOrEqual(4)
    expect(events.find(({ type }) => type === 'rewound')).toMatchObject({ toStep: kept.step })
    const curve = async (run: string): Promise<unknown> =>
      open.api['metrics.read'](run, ['train/reward', 'train/loss', 'train/entropy', 'eval/pass@1'], 100)
    expect(await curve(id)).toEqual(await curve(undisturbed))
  })

  test('that is stopped ends with a checkpoint, and can be gone on with', async () => {
    const open = await openWorkbench(temporaryFolder())
    const id = await start(open, { ...LONG_RUN, checkpointEvery: 0 })
    await open.until(isStep(2))
    await open.api['runs.control'](id, { command: 'stop' })
    const end = await open.until(({ type }) => type === 'run.ended')
    expect(end).toMatchObject({ outcome: 'stopped' })
    expect(open.told.at(-2)).toMatchObject({ type: 'checkpoint.saved', step: (end as { step: number }).step })
    await open.untilStatus(id, 'stopped')
    await open.api['runs.resume'](id)
    await open.until(isStep((end as { step: number }).step + 1))
    await open.api['runs.control'](id, { command: 'stop' })
    await open.untilStatus(id, 'stopped')
  })

  test('waits while it is paused, and weighs with another reward once it was changed', async () => {
    const open = await openWorkbench(temporaryFolder())
    const id = await start(open, LONG_RUN)
    await open.until(isStep(1))
    await open.api['runs.control'](id, { command: 'pause' })
    await open.untilStatus(id, 'paused')
    // The next run need not wait for one that is paused.
    const next = await start(open, SMALL_RUN)
    await open.untilStatus(next, 'finished')
    open.told.length = 0
    const { reward } = await open.api['runs.get'](id)
    const { step } = (await open.api['runs.get'](id)).summary
    const profile = { ...reward, weights: { ...reward.weights, quality: 7 } }
    await open.api['runs.control'](id, { command: 'set-reward', argument: profile })
    await open.until(({ type }) => type === 'reward.changed')
    expect((await open.api['runs.get'](id)).summary.step).toBe(step)
    await open.api['runs.control'](id, { command: 'continue' })
    await open.until(isStep(step + 2))
    expect((await open.api['runs.get'](id)).reward).toEqual(profile)
    await open.api['runs.control'](id, { command: 'stop' })
    await open.untilStatus(id, 'stopped')
  })

  test('refuses a second trainer, which writes nothing', async () => {
    const home = temporaryFolder()
    const open = await openWorkbench(home)
    const id = await start(open, LONG_RUN)
    await open.until(isStep(1))
    const trainer = join(REPOSITORY, 'src-main/trainer/main.ts')
    const second = spawnSync(process.execPath, [trainer, 'train', join(home, 'runs', id)], { encoding: 'utf8' })
    expect(second.status).toBe(3)
    expect(second.stderr).toContain(`Another trainer (process ${trainerOf(home, id)} on`)
    await open.api['runs.control'](id, { command: 'stop' })
    await open.untilStatus(id, 'stopped')
    expectWhole(await open.api['runs.events'](id, 0))
  })

  test.skipIf(!existsSync('/dev/full'))(
    'on a full disk ends failed, its journal intact and saying so (needs /dev/full)',
    async () => {
      const home = temporaryFolder()
      const open = await openWorkbench(home)
      const id = await start(open, LONG_RUN)
      await open.until(isStep(1))
      // Whatever is written to /dev/full meets the error of a full disk.
      for (let step = 2; step <= 400; step++) {
        const file = join(home, 'runs', id, 'rollouts', `step-${String(step).padStart(6, '0')}.jsonl.partial`)
        if (!existsSync(file)) symlinkSync('/dev/full', file)
      }
      const end = await open.until(({ type }) => type === 'run.ended')
      expect(end).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('No space is left') as string })
      await open.untilStatus(id, 'failed')
      expectWhole(await open.api['runs.events'](id, 0))
      expect((await open.api['runs.get'](id)).end!.remedy).toContain('Free some space')
    },
  )
})
