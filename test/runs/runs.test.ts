import { appendFileSync, cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ApiEvents } from '#contract/api'
import type { JournalEvent } from '#contract/journal'
import { putInQueue, takeFromQueue } from '#runs/run-folder'
import { Runs } from '#runs/runs'
import { openStore } from '#store/store'
import { aConfig, aJournal, aRollout, REPOSITORY, started, stepFinished, writeRun } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'

/** Runs over a folder; nothing in these tests starts a trainer unless it says so. */
async function openRuns(
  home: string,
  { nodePath = process.execPath, isLooked = true } = {},
): Promise<{ runs: Runs; told: JournalEvent[] }> {
  const store = await openStore(join(home, 'store.sqlite'))
  const told: JournalEvent[] = []
  const runs = new Runs({
    folder: join(home, 'runs'),
    store,
    trainer: {
      nodePath,
      trainerPath: join(REPOSITORY, 'src-main/trainer/main.ts'),
      resourcesPath: join(REPOSITORY, 'resources'),
    },
    emit: (event, payload) => {
      if (event === 'run.events') told.push(...(payload as ApiEvents['run.events']).events)
    },
    now: () => new Date(),
  })
  if (isLooked) await runs.open()
  onTestFinished(async () => {
    await runs.close()
    await store.close()
  })
  return { runs, told }
}

async function until(isDone: () => boolean): Promise<void> {
  const start = performance.now()
  while (!isDone()) {
    if (performance.now() - start > 40_000) throw new Error('it did not happen within 40 s')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Stands where a trainer would, takes no lock and says nothing for a while. */
function idleProgram(home: string): string {
  const file = join(home, 'idle.sh')
  writeFileSync(file, '#!/bin/sh\nexec sleep 3\n', { mode: 0o755 })
  return file
}

const FINISHED = aJournal([started(), stepFinished(1), stepFinished(2), { type: 'run.ended', step: 2, outcome: 'finished' }])

describe('runs', () => {
  test('a run that was made elsewhere is taken in, its journal whole', async () => {
    const home = temporaryFolder()
    writeRun(join(home, 'runs'), 'a', FINISHED, [aRollout(1, 0), aRollout(1, 1)])
    const { runs } = await openRuns(home)
    expect(await runs.list()).toMatchObject([{ id: 'a', status: 'finished', step: 2, functionalRate: [0.1, 0.2] }])
    expect(await runs.completions.one('a', 1, 1)).toMatchObject({ completion: 'completion 1 ✓' })
  })

  test('a second workbench over the same folder takes nothing in twice', async () => {
    const home = temporaryFolder()
    const directory = writeRun(join(home, 'runs'), 'a', FINISHED.slice(0, 2))
    const [first, second] = await Promise.all([openRuns(home), openRuns(home)])
    appendFileSync(
      join(directory, 'journal.jsonl'),
      FINISHED.slice(2)
        .map((event) => `${JSON.stringify(event)}\n`)
        .join(''),
    )
    for (const { told } of [first, second]) await until(() => told.length >= 2 && told.at(-1)!.seq === 4)
    expect((await first.runs.list())[0]).toMatchObject({ step: 2, functionalRate: [0.1, 0.2] })
    for (const { told } of [first, second]) expect(new Set(told.map(({ seq }) => seq)).size).toBe(told.length)
  })

  test('rebuilding the store from the run directories gives the same store', async () => {
    const home = temporaryFolder()
    writeRun(join(home, 'runs'), 'a', FINISHED, [aRollout(1, 0)])
    const rewound = aJournal([started(), stepFinished(1), stepFinished(2), { type: 'rewound', toStep: 1 }, stepFinished(2, 0.7)])
    writeRun(join(home, 'runs'), 'b', rewound)
    const { runs } = await openRuns(home)
    const before = [await runs.list(), await runs.get('a'), await runs.completions.ofStep('a', 1)]
    expect(await runs.rebuild()).toEqual({ runs: 2, events: 9 })
    expect([await runs.list(), await runs.get('a'), await runs.completions.ofStep('a', 1)]).toEqual(before)
  })

  test('a run whose folder was deleted is gone from the list', async () => {
    const home = temporaryFolder()
    const directory = writeRun(join(home, 'runs'), 'a', FINISHED)
    const { runs } = await openRuns(home)
    rmSync(directory, { recursive: true })
    await runs.rebuild()
    expect(await runs.list()).toEqual([])
  })

  test('a run without end whose trainer is gone has crashed, and its log says the last word', async () => {
    const home = temporaryFolder()
    const directory = writeRun(join(home, 'runs'), 'a', FINISHED.slice(0, 2))
    appendFileSync(join(directory, 'trainer.log'), 'one\nKilled\n')
    const { runs } = await openRuns(home)
    expect((await runs.get('a')).end).toMatchObject({ outcome: 'crashed', stderr: ['one', 'Killed'] })
  })

  test('a data folder that was copied a moment ago tells of no trainer that starts', async () => {
    const home = temporaryFolder()
    const directory = writeRun(join(home, 'runs'), 'a', FINISHED.slice(0, 2))
    putInQueue(directory, [], new Date('2026-01-01T00:00:00.000Z'))
    takeFromQueue(directory, new Date('2026-01-01T00:05:00.000Z'))
    cpSync(join(home, 'runs'), join(home, 'copy', 'runs'), { recursive: true })
    const { runs } = await openRuns(join(home, 'copy'))
    expect(await runs.list()).toMatchObject([{ id: 'a', status: 'crashed' }])
  })

  test('the list tells how a run ended before its journal is taken in', async () => {
    const home = temporaryFolder()
    const ended = writeRun(join(home, 'runs'), 'ended', FINISHED.slice(0, 2))
    writeRun(join(home, 'runs'), 'lost', FINISHED.slice(0, 2))
    const { runs } = await openRuns(home)
    await runs.close()
    appendFileSync(
      join(ended, 'journal.jsonl'),
      FINISHED.slice(2)
        .map((event) => `${JSON.stringify(event)}\n`)
        .join(''),
    )
    const again = await openRuns(home, { isLooked: false })
    const statuses = Object.fromEntries((await again.runs.list()).map(({ id, status }) => [id, status]))
    expect(statuses).toEqual({ ended: 'finished', lost: 'crashed' })
  })

  test('commands to a run that nobody works on are refused with its status', async () => {
    const home = temporaryFolder()
    writeRun(join(home, 'runs'), 'a', FINISHED)
    const { runs } = await openRuns(home)
    await expect(runs.control('a', { command: 'pause' })).rejects.toThrow('it is finished')
    await expect(runs.resume('a')).rejects.toThrow('has already finished')
    await expect(runs.get('b')).rejects.toThrow('There is no run "b"')
  })

  test('a command to a run whose trainer does not come is refused, and stands nowhere', async () => {
    const home = temporaryFolder()
    const { runs } = await openRuns(home, { nodePath: idleProgram(home) })
    const id = await runs.create(aConfig({ name: 'Silent' }))
    await expect(runs.control(id, { command: 'stop' })).rejects.toMatchObject({ code: 'run.not-active' })
    expect(existsSync(join(runs.directory(id), 'control.jsonl'))).toBe(false)
  })

  test('of two new runs the second waits, and leaves the queue when it is stopped', async () => {
    const home = temporaryFolder()
    const { runs } = await openRuns(home, { nodePath: idleProgram(home) })
    const config = aConfig({ name: 'Queued' })
    const first = await runs.create(config)
    const second = await runs.create(config)
    const statusOf = async (id: string): Promise<string> => (await runs.get(id)).summary.status
    expect([await statusOf(first), await statusOf(second)]).toEqual(['starting', 'queued'])
    await runs.control(second, { command: 'stop' })
    expect(await statusOf(second)).toBe('stopped')
    expect(existsSync(join(runs.directory(second), 'queued.json'))).toBe(false)
  })

  test('waiting runs start in the order that a person gave them; those that came later wait behind', async () => {
    const home = temporaryFolder()
    const { runs } = await openRuns(home, { nodePath: idleProgram(home) })
    const ids: string[] = []
    for (const name of ['a', 'b', 'c', 'd']) ids.push(await runs.create(aConfig({ name })))
    const [first, b, c, d] = ids
    expect(runs.queue()).toEqual([b, c, d])
    expect(runs.reorder([d!, b!])).toEqual([d, b, c])
    // The first one's trainer said nothing and is gone: the next one's turn has come.
    await runs.control(first!, { command: 'stop' }).catch(() => {})
    const launched = (id: string): boolean => existsSync(join(runs.directory(id), 'launched.json'))
    await until(() => launched(d!))
    expect([launched(b!), launched(c!)]).toEqual([false, false])
    expect(runs.queue()).toEqual([b, c])
  }, 60_000)

  test('a run directory appears whole: config, notes and place in the queue', async () => {
    const home = temporaryFolder()
    const { runs } = await openRuns(home, { nodePath: idleProgram(home) })
    const id = await runs.create(aConfig({ name: 'My Run: ∆ 1' }))
    expect(id).toMatch(/^\d{8}-\d{6}-my-run-1-[0-9a-f]{4}$/)
    expect(JSON.parse(readFileSync(join(runs.directory(id), 'config.json'), 'utf8'))).toMatchObject({ name: 'My Run: ∆ 1' })
  })
})
