import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '#test/support/temporary-folder'
import { storageReport } from '#workbench/storage'

test('the data folder is counted by its parts, largest first; a link counts as itself', async () => {
  const home = temporaryFolder()
  mkdirSync(join(home, 'runs/a/rollouts'), { recursive: true })
  mkdirSync(join(home, 'models'))
  writeFileSync(join(home, 'store.sqlite'), 'x'.repeat(50))
  writeFileSync(join(home, 'runs/a/journal.jsonl'), 'x'.repeat(300))
  writeFileSync(join(home, 'runs/a/rollouts/1.jsonl'), 'x'.repeat(700))
  symlinkSync(join(home, 'runs'), join(home, 'runs/a/round'))
  const { parts, freeBytes } = await storageReport(home)
  expect(parts.map(({ name, fileCount }) => [name, fileCount])).toEqual([
    ['runs', 3],
    ['', 1],
  ])
  expect(parts[0]!.bytes).toBeGreaterThanOrEqual(1000)
  expect(parts[0]!.bytes).toBeLessThan(2000)
  expect(parts[1]!.bytes).toBe(50)
  expect(freeBytes).toBeGreaterThan(0)
})

test('a folder that is not there holds nothing', async () => {
  expect((await storageReport(join(temporaryFolder(), 'none'))).parts).toEqual([])
})
