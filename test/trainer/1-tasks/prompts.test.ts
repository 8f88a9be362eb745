import { describe, expect, test } from 'vitest'
import { evaluationTasks, tasksOfStep } from '#trainer/1-tasks/prompts'
import type { Task } from '#trainer/flow'

const tasks = Array.from({ length: 10 }, (_, i) => ({ id: `task-${i}` }) as Task)
const ids = (some: readonly Task[]): string[] => some.map(({ id }) => id)
/** Tasks of the first steps, four a step. */
const order = (seed: number, steps: number): string[] =>
  Array.from({ length: steps }, (_, i) => ids(tasksOfStep(tasks, i + 1, 4, seed))).flat()

describe('the order of training tasks', () => {
  test('each epoch shows every task once, in an order of its own', () => {
    const drawn = order(1, 5)
    const [first, second] = [drawn.slice(0, 10), drawn.slice(10, 20)]
    for (const epoch of [first, second]) expect([...epoch].sort()).toEqual(ids(tasks))
    expect(first).not.toEqual(second)
    expect(first).not.toEqual(ids(tasks))
  })

  test('is decided by the seed and the step alone, so that a resumed run goes on in it', () => {
    const whole = order(3, 5)
    expect(ids(tasksOfStep(tasks, 4, 4, 3))).toEqual(whole.slice(12, 16))
    expect(order(4, 5)).not.toEqual(whole)
  })
})

test('evaluations use the same tasks whatever the order of the file', () => {
  expect(ids(evaluationTasks(tasks, 4))).toEqual(ids(evaluationTasks([...tasks].reverse(), 4)))
  expect(evaluationTasks(tasks, 100)).toHaveLength(10)
})
