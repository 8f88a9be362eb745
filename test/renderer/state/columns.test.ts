import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Columns, meanOfFirst, meanOfLast } from '../../../src-renderer/state/columns.ts'

function of(points: readonly (readonly [number, number])[]): Columns {
  const columns = new Columns()
  for (const [step, value] of points) columns.put('a', step, value)
  return columns
}

describe('columns', () => {
  test('a step that arrives twice stands once, with its newest value', () => {
    const columns = of([
      [1, 0.1],
      [2, 0.2],
      [1, 0.5],
    ])
    expect(columns.column('a')).toEqual({ x: [1, 2], y: [0.5, 0.2] })
  })

  test('in whatever order points arrive, steps ascend and each stands once', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 40 })), (steps) => {
        const { x, y } = of(steps.map((step) => [step, step * 2])).column('a')
        expect(x).toEqual([...new Set(steps)].sort((a, b) => a - b))
        expect(y).toEqual(x.map((step) => step * 2))
      }),
    )
  })

  test('a rewind forgets the steps after it and nothing else', () => {
    const columns = of([
      [1, 1],
      [2, 2],
      [3, 3],
    ])
    columns.put('late', 3, 9)
    columns.rewind(2)
    expect(columns.column('a').x).toEqual([1, 2])
    expect(columns.keys()).toEqual(['a'])
    columns.rewind(0)
    expect(columns.keys()).toEqual([])
  })

  test('a column that was handed out does not change afterwards', () => {
    const columns = of([[1, 1]])
    const held = columns.column('a')
    columns.put('a', 2, 2)
    expect(held.x).toEqual([1])
    expect(columns.last('a')).toBe(2)
  })

  test('a stored column goes on point by point, a single step being its own least and greatest', () => {
    const columns = new Columns()
    columns.set({ key: 'a', steps: [9, 19], means: [1, 2], lowest: [0, 1], highest: [5, 6] })
    columns.put('a', 20, 3)
    expect(columns.column('a')).toEqual({ x: [9, 19, 20], y: [1, 2, 3], lowest: [0, 1, 3], highest: [5, 6, 3] })
    columns.rewind(19)
    expect(columns.column('a')).toEqual({ x: [9, 19], y: [1, 2], lowest: [0, 1], highest: [5, 6] })
  })

  test('an unknown key is an empty column', () => {
    expect(new Columns().column('b')).toEqual({ x: [], y: [] })
    expect(new Columns().last('b')).toBeNull()
  })
})

test('means of the first and of the last values', () => {
  const column = { x: [1, 2, 3], y: [3, 4, 8] }
  expect(meanOfFirst(column, 1)).toBe(3)
  expect(meanOfFirst(column, 2)).toBe(3.5)
  expect(meanOfLast(column, 2)).toBe(6)
  expect(meanOfLast(column, 8)).toBe(5)
  expect(meanOfLast({ x: [], y: [] }, 2)).toBeNull()
})
