import { appendFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readJournalPart, readRollout } from '#runs/read-journal'
import { aJournal, aRollout, started, stepFinished, writeRun } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'

describe('reading a journal', () => {
  test('a torn last line waits until it is whole', async () => {
    const [first, second] = aJournal([started(), stepFinished(1)])
    const directory = writeRun(temporaryFolder(), 'a', [first!])
    const journal = join(directory, 'journal.jsonl')
    const line = `${JSON.stringify(second)}\n`
    appendFileSync(journal, line.slice(0, 20))
    const part = (await readJournalPart(directory, 0))!
    expect(part.events).toEqual([first])
    expect(await readJournalPart(directory, part.endByte)).toBeNull()
    appendFileSync(journal, line.slice(20))
    expect((await readJournalPart(directory, part.endByte))!.events).toEqual([second])
  })

  test('a line that nobody can read, or of a type that is not known, hides nothing else', async () => {
    const events = aJournal([started(), stepFinished(1)])
    const directory = writeRun(temporaryFolder(), 'a', [])
    const future = JSON.stringify({ seq: 2, time: 'x', type: 'of.the.future' })
    writeFileSync(
      join(directory, 'journal.jsonl'),
      `${JSON.stringify(events[0])}\n{"seq":\n${future}\n${JSON.stringify(events[1])}\n`,
    )
    expect((await readJournalPart(directory, 0))!.events).toEqual(events)
  })

  test('each rollout is found again by its place in the file, letters of several bytes included', async () => {
    const rollouts = [aRollout(1, 0, { completion: 'äöü ✓ 你好' }), aRollout(1, 1)]
    const directory = writeRun(temporaryFolder(), 'a', aJournal([started(), stepFinished(1)]), rollouts)
    const { rollouts: rows } = (await readJournalPart(directory, 0))!
    expect(await Promise.all(rows.map((row) => readRollout(directory, row)))).toEqual(rollouts)
    expect(rows[0]!.scores.quality).toEqual({ value: null, outcome: 'unscored' })
  })

  test('a step whose rollout file is gone still has its metrics', async () => {
    const directory = writeRun(temporaryFolder(), 'a', aJournal([stepFinished(1)]))
    expect(await readJournalPart(directory, 0)).toMatchObject({ rollouts: [], events: [{ step: 1 }] })
  })
})
