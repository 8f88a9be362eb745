import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { drawnRows, rowAfterKey, scrollTopFor } from '../../../src-renderer/components/virtual-rows.ts'

/** Ten rows of 20 px are seen. */
const view = (scrollTop: number, count: number) => ({ scrollTop, viewHeight: 200, rowHeight: 20, count })

describe('what is drawn', () => {
  test('of few rows are all', () => {
    expect(drawnRows(view(0, 12))).toEqual({ first: 0, end: 12, above: 0, below: 0 })
  })

  test('of many is what is seen, with eight rows before and after it', () => {
    // Row 100 is the first seen, row 110 the last that may be seen in part.
    expect(drawnRows(view(2000, 1000))).toEqual({ first: 92, end: 119, above: 92 * 20, below: (1000 - 119) * 20 })
  })

  test('of none is nothing', () => {
    expect(drawnRows(view(0, 0))).toEqual({ first: 0, end: 0, above: 0, below: 0 })
  })

  test('always holds every row that is seen, and with its gaps is as high as all rows', () => {
    const any = fc.record({
      count: fc.nat(5000),
      rowHeight: fc.integer({ min: 1, max: 60 }),
      viewHeight: fc.nat(2000),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    fc.assert(
      fc.property(any, ({ count, rowHeight, viewHeight, share }) => {
        const scrollTop = share * Math.max(0, count * rowHeight - viewHeight)
        const { first, end, above, below } = drawnRows({ scrollTop, viewHeight, rowHeight, count })
        expect(above + (end - first) * rowHeight + below).toBe(count * rowHeight)
        for (let row = 0; row < count; row++) {
          const isSeen = (row + 1) * rowHeight > scrollTop && row * rowHeight < scrollTop + viewHeight
          if (isSeen) expect(row >= first && row < end, `row ${row}`).toBe(true)
        }
      }),
    )
  })

  test('stays within the rows when they became fewer under the scroll bar', () => {
    expect(drawnRows(view(90_000, 5))).toEqual({ first: 0, end: 5, above: 0, below: 0 })
  })
})

test.each([
  ['above', 3, 60],
  ['within sight', 12, 200],
  ['below', 25, 320],
])('a row %s is brought into sight by the least move', (_, row, expected) => {
  expect(scrollTopFor(row, view(200, 100))).toBe(expected)
})

test.each([
  ['ArrowDown', -1, 0],
  ['ArrowDown', 5, 6],
  ['ArrowDown', 99, 99],
  ['ArrowUp', 0, 0],
  ['PageDown', 5, 14],
  ['PageUp', 5, 0],
  ['Home', 50, 0],
  ['End', 50, 99],
])('%s leads from row %i to row %i of 100', (key, row, expected) => {
  expect(rowAfterKey(key, row, view(0, 100))).toBe(expected)
})

test('other keys lead nowhere, and nothing leads anywhere among no rows', () => {
  expect(rowAfterKey('a', 5, view(0, 100))).toBeNull()
  expect(rowAfterKey('ArrowDown', -1, view(0, 0))).toBeNull()
})
