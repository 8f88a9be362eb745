import { readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { Badge } from '#contract/badges'
import type { DatasetCheck } from '#contract/dataset-check'
import type { CheckRecord } from '#contract/known-datasets'
import { KeptChecks } from '#datasets/kept-checks'
import { temporaryFolder } from '#test/support/temporary-folder'

const SET = '/sets/rtllm'
const origin = { layout: 'RTLLM', file: 'a', row: 1, licence: 'MIT' }
const aTask = (id: string, badge: Badge): DatasetCheck['tasks'][number] => ({ id, split: 'train', badge, reason: '', origin })
const aCheck = (...tasks: DatasetCheck['tasks'][number][]): DatasetCheck => ({
  layout: 'RTLLM',
  tasks,
  // One task that shares both its words and its reference.
  problems: ['instruction', 'reference'].map((field) => {
    return { file: 'a', line: 1, field, message: 'It leaks.', fix: '', isWarning: true, isLeak: true }
  }),
  written: null,
})

interface Keeping {
  readonly kept: KeptChecks
  /** Writes `text` as the healthy tasks of a check at that second. */
  check(second: number, text: string, usedFiles?: readonly string[]): Promise<CheckRecord>
}

function keeping(): Keeping {
  const kept = new KeptChecks(temporaryFolder())
  const check: Keeping['check'] = async (second, text, usedFiles = []) => {
    const now = new Date(Date.UTC(2026, 0, 1, 0, 0, second))
    const places = await kept.places(SET, null, now)
    writeFileSync(places.out, text)
    writeFileSync(places.unfit, 'unfit')
    const found = aCheck(aTask('a', 'healthy'), aTask('b', 'reference-fails'))
    return kept.keep({ path: SET, mapping: null, check: found, places, now }, async (file) => usedFiles.includes(file))
  }
  return { kept, check }
}

test('a record says in numbers what was found, and is read again', async () => {
  const { kept, check } = keeping()
  const record = await check(0, 'tasks')
  expect(record).toMatchObject({
    path: SET,
    layout: 'RTLLM',
    counts: { train: 1, validation: 0, test: 0 },
    badges: { healthy: 1, 'reference-fails': 1, 'judge-fooled': 0, 'not-run': 0 },
    problemCount: 0,
    warningCount: 2,
    leakCount: 1,
    licences: ['MIT'],
  })
  expect(await kept.record(SET)).toEqual(record)
  expect(await kept.records()).toEqual([record])
  expect((await kept.check(SET))?.tasks).toHaveLength(2)
})

test('a second check that finds the same keeps the file that runs train on', async () => {
  const { check } = keeping()
  const first = await check(0, 'tasks')
  const second = await check(1, 'tasks')
  expect(second.tasks).toBe(first.tasks)
})

test('one that finds something else writes a file of its own; the old one stays as long as a run trains on it', async () => {
  const { check } = keeping()
  const first = await check(0, 'tasks')
  const second = await check(1, 'other tasks', [first.tasks!])
  const files = (): string[] => readdirSync(join(first.tasks!, '..')).map((name) => join(first.tasks!, '..', name))
  expect(files()).toContain(first.tasks)
  expect(files()).toContain(second.tasks)
  const third = await check(2, 'still other tasks')
  expect(files().filter((file) => /tasks-/.test(file))).toEqual([third.tasks])
})

test('what is damaged is as if it had never been checked', async () => {
  const { kept, check } = keeping()
  const { tasks } = await check(0, 'tasks')
  writeFileSync(join(tasks!, '..', 'record.json'), '{"schemaVersion": 1, "pa')
  expect(await kept.records()).toEqual([])
  expect(await kept.record(SET)).toBeNull()
})
