/** Checks through the API of a real workbench: what is told meanwhile, what is kept, and what a cancelled one leaves behind. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { CheckProgress } from '#contract/known-datasets'
import { jsonLines } from '#test/support/fixture-datasets'
import { DESIGNS, moduleText } from '#test/support/fixture-designs'
import { openWorkbench } from '#test/support/open-workbench'
import { childrenOf } from '#test/support/process-tree'
import { temporaryFolder } from '#test/support/temporary-folder'

const MAPPING = { prompt: 'words', reference: 'code', id: 'id', split: 'split' }

/** Rows of another layout, three of them healthy. The last repeats the first in another split, and one has no words. */
function writeSet(folder: string, copies = 1): string {
  const [first, second] = DESIGNS
  const row = (id: string, split: string, design = first!, code = moduleText(design, design.name)): object => {
    return { id, split, words: `${design.words} (${id.replace(/\D/g, '') || '0'})`, code }
  }
  const rows = Array.from({ length: copies }, (_, i) => [row(`and-${i}`, 'train'), row(`nor-${i}`, 'validation', second)]).flat()
  const broken = row('broken-999', 'train', second, 'module nor_pair(input a, output y);\n  assign nothing = ;\nendmodule\n')
  const file = join(folder, 'rows.jsonl')
  writeFileSync(file, jsonLines([...rows, broken, { id: 'wordless', split: 'train', code: 'x' }, row('leak', 'test')]))
  return file
}

test('a check is told of as it proceeds, and its data set can be browsed and trained on', async () => {
  const home = temporaryFolder()
  const { api, workbench } = await openWorkbench(home)
  const set = writeSet(temporaryFolder())
  const told: CheckProgress[] = []
  workbench.on('datasets.progress', (progress) => told.push(progress))
  const checked = await api['datasets.check'](set, null, MAPPING)

  expect(told[0]).toMatchObject({ path: set, stage: 'reading', taskCount: 0, end: null })
  expect(told.find(({ stage }) => stage === 'trying')).toMatchObject({
    taskCount: 4,
    counts: { train: 2, validation: 1, test: 1 },
  })
  expect(told.at(-1)).toMatchObject({
    end: 'done',
    badges: { healthy: 3, 'reference-fails': 1 },
    problemCount: 1,
    unhealthy: [{ id: 'broken-999', badge: 'reference-fails' }],
  })
  expect(await api['datasets.checks']()).toEqual([])

  const known = (await api['datasets.list']()).find(({ path }) => path === set)
  expect(known).toMatchObject({
    tasks: checked.written,
    counts: { train: 1, validation: 1, test: 1 },
    problem: null,
    runCount: 0,
  })
  const tasks = await api['datasets.tasks'](set)
  expect(tasks.map(({ id, split, badge, isLeak }) => [id, split, badge, isLeak]).sort()).toEqual([
    ['and-0', 'train', 'healthy', false],
    ['broken-999', 'train', 'reference-fails', false],
    ['leak', 'test', 'healthy', true],
    ['nor-0', 'validation', 'healthy', false],
  ])
  expect(tasks.find(({ id }) => id === 'broken-999')?.reason).not.toBe('')
  expect((await api['datasets.task'](set, 'broken-999')).reference).toContain('assign nothing')
  expect((await api['datasets.task'](set, 'and-0')).ports.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'y'])
  await expect(api['datasets.task'](set, 'none')).rejects.toMatchObject({ code: 'task.unknown' })
  const problems = await api['datasets.problems'](set)
  expect(problems.map(({ line, isWarning, isLeak = false }) => [line, isWarning, isLeak])).toEqual(
    expect.arrayContaining([
      [4, false, false],
      [5, true, true],
    ]),
  )
})

test('the starter is known without a check; what was never checked has no problems to tell', async () => {
  const { api } = await openWorkbench(temporaryFolder())
  const [starter] = await api['datasets.list']()
  expect(starter).toMatchObject({ path: 'starter', tasks: 'starter', problem: null, check: null, runCount: 0 })
  const tasks = await api['datasets.tasks']('starter')
  const { train, validation, test: tests } = starter!.counts!
  expect(tasks).toHaveLength(train + validation + tests)
  expect(tasks.every(({ badge }) => badge === null)).toBe(true)
  await expect(api['datasets.problems']('/never/checked')).rejects.toMatchObject({ code: 'dataset.unknown' })
})

test('a cancelled check ends soon, leaves no process and no file, and what was kept before stays', async () => {
  const home = temporaryFolder()
  const { api, workbench } = await openWorkbench(home)
  const folder = temporaryFolder()
  const set = writeSet(folder)
  const { written } = await api['datasets.check'](set, null, MAPPING)
  const before = filesIn(home)
  const childrenBefore = childrenOf(process.pid)
  writeSet(folder, 400)

  const out = join(folder, 'out.jsonl')
  const isTrying = new Promise<void>((resolve) => {
    workbench.on('datasets.progress', ({ stage, badges }) => void (stage === 'trying' && badges.healthy > 0 && resolve()))
  })
  const checking = api['datasets.check'](set, out, MAPPING)
  const refused = expect(checking).rejects.toMatchObject({ code: 'dataset.check-cancelled' })
  await isTrying
  expect(await api['datasets.checks']()).toMatchObject([{ path: set, stage: 'trying', taskCount: 802 }])
  // Who asks for the same path waits for the same check.
  const again = expect(api['datasets.check'](set, null, null)).rejects.toMatchObject({ code: 'dataset.check-cancelled' })
  await api['datasets.cancel'](set)
  await Promise.all([refused, again])

  expect(await api['datasets.checks']()).toEqual([])
  expect(existsSync(out)).toBe(false)
  expect(readdirSync(folder)).toEqual(['rows.jsonl'])
  expect(filesIn(home)).toEqual(before)
  expect(readFileSync(written!, 'utf8').trimEnd().split('\n')).toHaveLength(3)
  if (childrenBefore !== null) await expect.poll(() => childrenOf(process.pid), { timeout: 20_000 }).toEqual(childrenBefore)
})

test('a check that fails says why, keeps nothing, and the next one can be made', async () => {
  const home = temporaryFolder()
  const { api, workbench } = await openWorkbench(home)
  const ends: unknown[] = []
  workbench.on('datasets.progress', ({ end }) => void (end !== null && ends.push(end)))
  const set = writeSet(temporaryFolder())
  await expect(api['datasets.check'](set, null, null)).rejects.toMatchObject({ code: 'dataset.unknown-columns' })
  expect(ends).toMatchObject([{ code: 'dataset.unknown-columns' }])
  expect((await api['datasets.list']()).map(({ path }) => path)).toEqual(['starter'])
  expect(filesIn(home)).toEqual([])
  expect((await api['datasets.check'](set, null, MAPPING)).tasks).toHaveLength(4)
})

/** All files of the data sets that are kept. */
function filesIn(home: string): string[] {
  return readdirSync(join(home, 'datasets'), { recursive: true }).map(String).sort()
}
