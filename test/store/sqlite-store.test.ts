import Database from 'better-sqlite3'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { openDatabase } from '#store/database'
import { MIGRATIONS } from '#store/migrations'
import { SqliteStore } from '#store/sqlite-store'
import type { JournalEvent } from '#contract/journal'
import { aConfig, aJournal, started, stepFinished } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'

const CREATED = '2026-01-01T00:00:00.000Z'

function aStore(): SqliteStore {
  const store = new SqliteStore(openDatabase(':memory:'))
  store.addRun({ id: 'a', config: aConfig(), createdAt: CREATED })
  return store
}

function ingest(store: SqliteStore, events: readonly JournalEvent[], endByte = events.length): number {
  return store.ingest('a', { events, endByte, rollouts: [] })
}

const steps = (store: SqliteStore): readonly number[] => store.metrics('a', ['train/functional_rate'], 1000)[0]!.steps

describe('the store', () => {
  test('the same part of a journal taken in twice changes nothing', () => {
    const store = aStore()
    const events = aJournal([started(), stepFinished(1), stepFinished(2)])
    expect(ingest(store, events)).toBe(3)
    const before = [store.run('a'), store.events('a', 0), store.metrics('a', [], 100)]
    expect(ingest(store, events)).toBe(0)
    expect([store.run('a'), store.events('a', 0), store.metrics('a', [], 100)]).toEqual(before)
  })

  test('parts that overlap give each event once', () => {
    const store = aStore()
    const events = aJournal([started(), stepFinished(1), stepFinished(2), stepFinished(3)])
    ingest(store, events.slice(0, 3))
    expect(ingest(store, events.slice(1))).toBe(1)
    expect(store.events('a', 0).map(({ seq }) => seq)).toEqual([1, 2, 3, 4])
    expect(store.events('a', 2).map(({ seq }) => seq)).toEqual([3, 4])
  })

  test('a rewound run forgets the points after the step that it went back to', () => {
    const store = aStore()
    ingest(
      store,
      aJournal([started(), stepFinished(1, 0.1), stepFinished(2, 0.2), stepFinished(3, 0.3), { type: 'rewound', toStep: 1 }]),
    )
    expect(steps(store)).toEqual([1])
    expect(store.run('a')!.step).toBe(1)
    ingest(store, aJournal([stepFinished(2, 0.9)], 6))
    expect(store.metrics('a', ['train/functional_rate'], 10)[0]!.values).toEqual([0.1, 0.9])
  })

  test('a run that is resumed has no end until it ends again', () => {
    const store = aStore()
    ingest(store, aJournal([started(), { type: 'run.ended', step: 0, outcome: 'failed', reason: 'Why.', remedy: 'How.' }]))
    expect(store.run('a')).toMatchObject({ state: 'failed', reason: 'Why.', remedy: 'How.' })
    ingest(store, aJournal([{ type: 'run.resumed', nonce: 'n', fromStep: 0 }], 3))
    expect(store.run('a')).toMatchObject({ state: 'started', reason: null, remedy: null, endedAt: null })
  })

  test('a stretch of a run has the points of its steps alone, as fine as they are asked for', () => {
    const store = aStore()
    ingest(store, aJournal([started(), ...[1, 2, 3, 4, 5, 6].map((step) => stepFinished(step, step))]))
    expect(store.stretch('a', ['train/functional_rate'], 2, 4, 10)).toEqual([
      { key: 'train/functional_rate', steps: [2, 3, 4], means: [2, 3, 4], lowest: null, highest: null },
    ])
    // Four steps in two points: 2 and 3, 4 and 5.
    expect(store.stretch('a', ['train/functional_rate'], 2, 5, 2)).toEqual([
      { key: 'train/functional_rate', steps: [3, 5], means: [2.5, 4.5], lowest: [2, 4], highest: [3, 5] },
    ])
  })

  test('a stretch of several runs has points of the same steps in each', () => {
    const store = aStore()
    store.addRun({ id: 'b', config: aConfig(), createdAt: '2026-01-01T00:00:00.000Z' })
    ingest(store, aJournal([started(), ...[1, 2, 3, 4, 5, 6].map((step) => stepFinished(step, step))]))
    const events = aJournal([started(), ...[1, 2, 3, 4].map((step) => stepFinished(step, 10 * step))])
    store.ingest('b', { events, endByte: 1, rollouts: [] })
    const key = 'train/functional_rate'
    expect(store.stretchTogether(['a', 'b'], [key], 2, 5, 2)).toEqual({
      a: [{ key, steps: [3, 5], values: [2.5, 4.5] }],
      b: [{ key, steps: [3, 4], values: [25, 40] }],
    })
    expect(store.stretchTogether(['a', 'b'], [key], 2, 3, 9)).toEqual({
      a: [{ key, steps: [2, 3], values: [2, 3] }],
      b: [{ key, steps: [2, 3], values: [20, 30] }],
    })
  })

  test('a changed reward is the one that weighs now', () => {
    const store = aStore()
    const profile = { ...aConfig().reward, name: 'mine' }
    ingest(store, aJournal([started(), { type: 'reward.changed', step: 0, profile }]))
    expect(store.run('a')!.reward.name).toBe('mine')
  })

  test('a removed run leaves nothing behind', () => {
    const store = aStore()
    ingest(store, aJournal([started(), stepFinished(1)]))
    store.removeRun('a')
    expect(store.runs()).toEqual([])
    expect(store.events('a', 0)).toEqual([])
    expect(steps(store)).toEqual([])
  })

  test('the time of a step is the median of the last 20', () => {
    const store = aStore()
    ingest(store, aJournal([started(), ...Array.from({ length: 40 }, (_, i) => stepFinished(i + 1))]))
    // Steps 21 to 40 took 21 to 40 s.
    expect(store.figures('a').secondsPerStep).toBe(31)
  })
})

describe('the store file', () => {
  test('of a newer version is refused and left as it is', () => {
    const file = join(temporaryFolder(), 'store.sqlite')
    openDatabase(file, [...MIGRATIONS, 'CREATE TABLE later (x)']).close()
    expect(() => openDatabase(file)).toThrow(`schema ${MIGRATIONS.length + 1}, this one knows ${MIGRATIONS.length}`)
    expect(new Database(file).pragma('user_version', { simple: true })).toBe(MIGRATIONS.length + 1)
  })

  test('of an older version is brought up to date after a backup', () => {
    const file = join(temporaryFolder(), 'store.sqlite')
    const store = new SqliteStore(openDatabase(file))
    store.addRun({ id: 'a', config: aConfig(), createdAt: CREATED })
    store.close()
    const later = openDatabase(file, [...MIGRATIONS, 'CREATE TABLE later (x)'])
    expect(later.prepare('SELECT count(*) FROM runs').pluck().get()).toBe(1)
    later.close()
    expect(existsSync(`${file}.before-schema-${MIGRATIONS.length + 1}`)).toBe(true)
  })
})
