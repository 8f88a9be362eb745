/** Rollout files with lines that a disk or a hand has damaged: each costs itself alone, and is counted. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readJournalPart } from '#runs/read-journal'
import { readRolloutFile } from '#runs/rollout-file'
import { Runs } from '#runs/runs'
import { openStore } from '#store/store'
import { aJournal, aRollout, REPOSITORY, started, stepFinished, writeRun } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'

const FINISHED = aJournal([started(), stepFinished(1), { type: 'run.ended', step: 1, outcome: 'finished' }])
const FILE = 'rollouts/step-000001.jsonl'
/** No JSON, JSON of something else, and a line that was cut in its middle. */
const DAMAGE = ['{"step":1,"ind', 'null', '{"step":1}']

/** Three good lines with the damage between them. */
function writeDamagedRun(home: string, id: string): string {
  const rollouts = [0, 1, 2].map((index) => aRollout(1, index))
  const directory = writeRun(join(home, 'runs'), id, FINISHED, rollouts)
  const lines = readFileSync(join(directory, FILE), 'utf8').trim().split('\n')
  writeFileSync(join(directory, FILE), [lines[0], ...DAMAGE, lines[1], lines[2], ''].join('\n'))
  return directory
}

async function openRuns(home: string): Promise<Runs> {
  const store = await openStore(join(home, 'store.sqlite'))
  const trainer = {
    nodePath: process.execPath,
    trainerPath: join(REPOSITORY, 'src-main/trainer/main.ts'),
    resourcesPath: join(REPOSITORY, 'resources'),
  }
  const runs = new Runs({ folder: join(home, 'runs'), store, trainer, emit: () => {}, now: () => new Date() })
  await runs.open()
  onTestFinished(async () => {
    await runs.close()
    await store.close()
  })
  return runs
}

describe('damaged lines of a rollout file', () => {
  test('hide neither the others nor the journal, nor the runs that come after', async () => {
    const home = temporaryFolder()
    const directory = writeDamagedRun(home, 'a')
    writeRun(join(home, 'runs'), 'b', FINISHED)
    expect((await readJournalPart(directory, 0))!.rollouts.map(({ index }) => index)).toEqual([0, 1, 2])
    const runs = await openRuns(home)
    expect((await runs.list()).map(({ id, status }) => [id, status])).toEqual([
      ['b', 'finished'],
      ['a', 'finished'],
    ])
  })

  test('are counted where the completions of a step are read', async () => {
    const home = temporaryFolder()
    writeDamagedRun(home, 'a')
    const read = await (await openRuns(home)).completions.ofStep('a', 1)
    expect(read).toMatchObject({ file: FILE, unreadable: DAMAGE.length, records: [{ index: 0 }, { index: 1 }, { index: 2 }] })
  })

  test('are counted of a file that has no other line, and of one that was damaged after it had been taken in', async () => {
    const home = temporaryFolder()
    const directory = writeRun(join(home, 'runs'), 'a', FINISHED, [aRollout(1, 0), aRollout(1, 1)])
    const runs = await openRuns(home)
    appendFileSync(join(directory, FILE), '{"torn')
    expect(await runs.completions.ofStep('a', 1)).toMatchObject({ unreadable: 1, records: [{ index: 0 }, { index: 1 }] })
    writeFileSync(join(directory, FILE), `${DAMAGE.join('\n')}\n`)
    expect(await runs.completions.ofStep('a', 1)).toEqual({ file: FILE, unreadable: 3, records: [] })
    await runs.rebuild()
    expect(await runs.completions.ofStep('a', 1)).toEqual({ file: FILE, unreadable: 3, records: [] })
  })

  test('are counted in an evaluation; a file that is not there has none', async () => {
    const directory = writeDamagedRun(temporaryFolder(), 'a')
    const read = await readRolloutFile(directory, FILE, 'task-1')
    expect(read.records.map(({ index }) => index)).toEqual([1])
    expect(await readRolloutFile(directory, 'rollouts/eval-000009.jsonl')).toEqual({
      file: 'rollouts/eval-000009.jsonl',
      records: [],
      unreadable: 0,
    })
  })
})
