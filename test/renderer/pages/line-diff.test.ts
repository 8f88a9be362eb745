import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { lineDiff, type DiffRow } from '../../../src-renderer/pages/line-diff.ts'

/** `=a` shared, `a>b` in its place, `-a` and `+b` alone. */
function said({ left, right, isSame }: DiffRow): string {
  if (isSame) return `=${left!.text}`
  if (left === null) return `+${right!.text}`
  return right === null ? `-${left.text}` : `${left.text}>${right.text}`
}
const diff = (before: string, after: string): string[] => lineDiff(before, after).map(said)

describe('two texts side by side', () => {
  test('share what is equal, and what differs stands side by side', () => {
    expect(diff('a\nb\nc', 'a\nx\nc')).toEqual(['=a', 'b>x', '=c'])
    expect(diff('a\nc', 'a\nb\nc')).toEqual(['=a', '+b', '=c'])
    expect(diff('a\nb\nc', 'c')).toEqual(['-a', '-b', '=c'])
    expect(diff('a\nb\nc\nd', 'b\nx\nd')).toEqual(['-a', '=b', 'c>x', '=d'])
  })

  test('an empty text shares nothing; a last line end is no line', () => {
    expect(diff('', 'a\nb\n')).toEqual(['+a', '+b'])
    expect(diff('', '')).toEqual([])
  })

  test('lines keep their numbers on both sides', () => {
    expect(lineDiff('a\nb', 'x\na\nb').at(-1)).toEqual({
      left: { number: 2, text: 'b' },
      right: { number: 3, text: 'b' },
      isSame: true,
    })
  })

  const text = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 12 })

  test('either side read alone is its text, whatever the texts are, and shared lines are equal', () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        const rows = lineDiff(before.join('\n'), after.join('\n'))
        expect(rows.flatMap(({ left }) => left?.text ?? [])).toEqual(before)
        expect(rows.flatMap(({ right }) => right?.text ?? [])).toEqual(after)
        for (const { left, right, isSame } of rows) if (isSame) expect(left!.text).toBe(right!.text)
      }),
    )
  })

  test('the other way round as many lines are shared', () => {
    const sharedCount = (one: string[], other: string[]): number =>
      lineDiff(one.join('\n'), other.join('\n')).filter(({ isSame }) => isSame).length
    fc.assert(
      fc.property(text, text, (one, other) => {
        expect(sharedCount(one, other)).toBe(sharedCount(other, one))
      }),
    )
  })
})
