import { expect, test } from 'vitest'
import { NumberTable } from '#trainer/1-tasks/import/number-table'

test('a table gives back what was put in, however much it is', () => {
  const table = new NumberTable()
  const expected = new Map<number, number>()
  for (let i = 0; i < 30_000; i++) {
    const key = i < 5 ? i : (i * 7_919 * 65_537) % 2 ** 48
    expect(table.get(key)).toBe(expected.get(key))
    table.set(key, i)
    expected.set(key, i)
  }
  for (const [key, value] of expected) expect(table.get(key)).toBe(value)
  expect(table.get(2 ** 48 - 1)).toBeUndefined()
})
