import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { easyToHard, openShare, openTasks } from '#trainer/1-tasks/curriculum'
import type { Task } from '#trainer/flow'

const aTask = (id: string, difficulty: number, reference: string | null = 'x'): Task => ({ id, difficulty, reference }) as Task
const ids = (tasks: readonly Task[]): string[] => tasks.map(({ id }) => id)
const ten = Array.from({ length: 10 }, (_, i) => aTask(`task-${i}`, 1, 'x'.repeat(10 - i)))

describe('the order from easy to hard', () => {
  test('is that of the difficulty, then of the length of the reference; without a reference a task is the last of its difficulty', () => {
    const tasks = [aTask('d', 2, 'xx'), aTask('b', 1, 'xxx'), aTask('c', 1, null), aTask('a', 1, 'x'), aTask('e', 2, 'xxx')]
    expect(ids(easyToHard(tasks))).toEqual(['a', 'b', 'c', 'd', 'e'])
  })

  test('does not depend on the order of the file', () => {
    const alike = ['a', 'b', 'c', 'd'].map((id) => aTask(id, 3))
    fc.assert(
      fc.property(fc.shuffledSubarray(alike, { minLength: 4 }), (tasks) => {
        expect(ids(easyToHard(tasks))).toEqual(['a', 'b', 'c', 'd'])
      }),
    )
  })
})

test('the open share begins at startShare, grows evenly, and is 1 after the steps of the curriculum', () => {
  // 0.2 + 0.8 x 0, 1/4, 1/2, 3/4, 1.
  const shares = [1, 2, 3, 4, 5, 6].map((step) => openShare({ startShare: 0.2, steps: 4 }, step))
  for (const [i, share] of [0.2, 0.4, 0.6, 0.8, 1, 1].entries()) expect(shares[i]).toBeCloseTo(share, 12)
})

describe('the open tasks', () => {
  const begin = { before: 0, least: 2 }

  test('without a curriculum are all, as they came', () => {
    expect(openTasks(ten, null, begin)(1)).toBe(ten)
  })

  test('are the easiest ones, more with each step, and in the end all, as they came', () => {
    const openAt = openTasks(ten, { startShare: 0.25, steps: 3 }, begin)
    expect(ids(openAt(1))).toEqual(['task-9', 'task-8', 'task-7'])
    expect([1, 2, 3].map((step) => openAt(step).length)).toEqual([3, 5, 8])
    expect(openAt(4)).toBe(ten)
  })

  test('suffice for a step, however small the share', () => {
    expect(openTasks(ten, { startShare: 0.01, steps: 100 }, { before: 0, least: 4 })(1)).toHaveLength(4)
    expect(openTasks(ten, { startShare: 0.01, steps: 100 }, { before: 0, least: 40 })(1)).toBe(ten)
  })

  test('supervised steps before do not count', () => {
    const openAt = openTasks(ten, { startShare: 0.2, steps: 8 }, { before: 5, least: 1 })
    expect([6, 10, 14].map((step) => openAt(step).length)).toEqual([2, 6, 10])
  })
})
