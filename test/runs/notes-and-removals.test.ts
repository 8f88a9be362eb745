import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ApiEvents } from '#contract/api'
import { Runs } from '#runs/runs'
import { openStore } from '#store/store'
import { aJournal, REPOSITORY, started, stepFinished, writeRun } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'

type Changed = ApiEvents['runs.changed']

async function openRuns(home: string, now = new Date('2026-11-27T12:00:00Z')): Promise<{ runs: Runs; changed: Changed[] }> {
  const store = await openStore(join(home, 'store.sqlite'))
  const changed: Changed[] = []
  const runs = new Runs({
    folder: join(home, 'runs'),
    store,
    trainer: { nodePath: process.execPath, trainerPath: join(REPOSITORY, 'src-main/trainer/main.ts'), resourcesPath: '' },
    emit: (event, payload) => {
      if (event === 'runs.changed') changed.push(payload as Changed)
    },
    now: () => now,
  })
  await runs.open()
  onTestFinished(async () => {
    await runs.close()
    await store.close()
  })
  return { runs, changed }
}

const FINISHED = aJournal([started(), stepFinished(1), { type: 'run.ended', step: 1, outcome: 'finished' }])
const NOON = Date.parse('2026-11-27T12:00:00Z')
const daysLater = (days: number): Date => new Date(NOON + days * 86_400_000)

describe('what a person says about a run', () => {
  test('is told to whoever listens, kept in its folder, and what is left out stays', async () => {
    const home = temporaryFolder()
    writeRun(join(home, 'runs'), 'a', FINISHED)
    const { runs, changed } = await openRuns(home)
    expect(await runs.note('a', { name: 'better', tags: ['paper'] })).toMatchObject({ name: 'better', tags: ['paper'], text: '' })
    await runs.note('a', { isArchived: true })
    expect(changed.at(-1)!.summary).toMatchObject({ name: 'better', tags: ['paper'], isArchived: true })
    await runs.rebuild()
    expect(await runs.list()).toMatchObject([{ name: 'better', tags: ['paper'], text: '', isArchived: true }])
  })

  test('that cannot be read leaves the run its first name', async () => {
    const home = temporaryFolder()
    const directory = writeRun(join(home, 'runs'), 'a', FINISHED)
    writeFileSync(join(directory, 'notes.json'), '{"name": "torn')
    const { runs } = await openRuns(home)
    const [run] = await runs.list()
    const { name } = JSON.parse(readFileSync(join(directory, 'config.json'), 'utf8')) as { name: string }
    expect(run).toMatchObject({ name, tags: [], text: '', isArchived: false })
  })
})

describe('a run that is removed', () => {
  test('is gone from the list at once, lies aside whole, and comes back as it was', async () => {
    const home = temporaryFolder()
    writeRun(join(home, 'runs'), 'a', FINISHED)
    writeRun(join(home, 'runs'), 'b', FINISHED)
    const { runs, changed } = await openRuns(home)
    const before = await runs.get('a')
    await runs.remove('a')
    expect((await runs.list()).map(({ id }) => id)).toEqual(['b'])
    expect(changed.at(-1)).toEqual({ id: 'a', summary: null })
    await expect(runs.get('a')).rejects.toMatchObject({ code: 'run.missing' })
    await runs.restore('a')
    expect(await runs.get('a')).toEqual(before)
    // Asked for again, as where the first answer was lost, it is still there.
    await runs.restore('a')
    expect(await runs.get('a')).toEqual(before)
  })

  test('stays removed for a workbench that opens later, and can come back for 30 days', async () => {
    const home = temporaryFolder()
    writeRun(join(home, 'runs'), 'a', FINISHED)
    await (await openRuns(home)).runs.remove('a')
    const { runs } = await openRuns(home, daysLater(29))
    expect(await runs.list()).toEqual([])
    await openRuns(home, daysLater(31))
    await expect(runs.restore('a')).rejects.toMatchObject({ code: 'run.missing' })
    expect(existsSync(join(home, 'runs/.removed/a'))).toBe(false)
  })

  test('must not have a trainer at work', async () => {
    const home = temporaryFolder()
    const directory = writeRun(join(home, 'runs'), 'a', FINISHED.slice(0, 2))
    const lock = { nonce: 'x', pid: process.pid, host: hostname(), startedAt: new Date(NOON).toISOString() }
    writeFileSync(join(directory, 'run.lock'), JSON.stringify(lock))
    const { runs } = await openRuns(home)
    await expect(runs.remove('a')).rejects.toMatchObject({ code: 'run.active' })
    expect(existsSync(directory)).toBe(true)
  })
})
