import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { isReferenced, taskSchema, type Task } from '#contract/task'
import { createRandom } from '#trainer/math/random'
import { FAMILIES, SEEN_FAMILIES } from '#trainer/starter/families/families'
import { designOf, draftTasks } from '#trainer/starter/generate-tasks'
import { REQUIRED_MUTANTS, verify } from '#trainer/starter/verify'

const FOLDER = join(import.meta.dirname, '../../../resources/starter')
const lines = readFileSync(join(FOLDER, 'tasks.jsonl'), 'utf8').trimEnd().split('\n')
const tasks: Task[] = lines.map((line) => taskSchema.parse(JSON.parse(line)))
const source = JSON.parse(readFileSync(join(FOLDER, 'source.json'), 'utf8')) as { seed: number; counts: Record<string, number> }
const inSplit = (split: Task['split']): Task[] => tasks.filter((task) => task.split === split)

describe('the starter tasks', () => {
  test('the file holds what the generator makes with the recorded seed', () => {
    expect(tasks.map((task) => ({ ...task, trivialMatch: 0 }))).toEqual(draftTasks(source.seed))
  })

  test('there are at least 600 training, 100 validation and 150 test tasks', () => {
    expect(inSplit('train').length).toBeGreaterThanOrEqual(600)
    expect(inSplit('validation').length).toBeGreaterThanOrEqual(100)
    expect(inSplit('test').length).toBeGreaterThanOrEqual(150)
    expect(source.counts).toEqual({
      train: inSplit('train').length,
      validation: inSplit('validation').length,
      test: inSplit('test').length,
    })
  })

  test('ids are unique, and no two tasks of a family share all parameters', () => {
    expect(new Set(tasks.map(({ id }) => id)).size).toBe(tasks.length)
    expect(new Set(tasks.map(({ family, parameters }) => JSON.stringify([family, parameters]))).size).toBe(tasks.length)
  })

  test('at least 25 families stand in every split, and exactly four in the test split alone', () => {
    const familiesOf = (split: Task['split']): Set<string> => new Set(inSplit(split).map(({ family }) => family))
    expect(SEEN_FAMILIES.length).toBeGreaterThanOrEqual(25)
    for (const split of ['train', 'validation'] as const) {
      expect([...familiesOf(split)].sort()).toEqual(SEEN_FAMILIES.map(({ name }) => name).sort())
    }
    const unseen = [...familiesOf('test')].filter((name) => !familiesOf('train').has(name))
    expect(unseen.sort()).toEqual(['graycounter', 'lfsr', 'ring', 'sataccumulator'])
    expect([...familiesOf('test')].sort()).toEqual(FAMILIES.map(({ name }) => name).sort())
  })

  test('all five difficulties occur in training', () => {
    expect([...new Set(inSplit('train').map(({ difficulty }) => difficulty))].sort()).toEqual([1, 2, 3, 4, 5])
  })

  test('every instruction states the module name and every port with its width', () => {
    for (const { instruction, moduleName, ports } of tasks) {
      expect(instruction).toContain(moduleName)
      for (const { name, width } of ports) expect(instruction).toContain(width === 1 ? name : `${name}[${width - 1}:0]`)
    }
  })

  test('no two tasks of different splits read the same', () => {
    const bySplit = new Map<string, string>()
    for (const { instruction, split } of tasks) {
      expect(bySplit.get(instruction) ?? split).toBe(split)
      bySplit.set(instruction, split)
    }
  })

  test(`the reference passes and ${REQUIRED_MUTANTS} mutants fail, in a sample of 120 tasks (starter-tasks checks all before it writes)`, async () => {
    for (const task of createRandom(20).shuffled(tasks.filter(isReferenced)).slice(0, 120)) {
      const { referenceMatch, failingMistakes, trivialMatch } = await verify(task, designOf(task))
      expect(referenceMatch, task.id).toBe(1)
      expect(failingMistakes.length, task.id).toBe(REQUIRED_MUTANTS)
      expect(trivialMatch, task.id).toBeCloseTo(task.trivialMatch, 5)
    }
  }, 60_000)
})
