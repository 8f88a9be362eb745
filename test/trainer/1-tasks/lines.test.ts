import { describe, expect, test } from 'vitest'
import { linesOf } from '#trainer/1-tasks/lines'

async function* pieces(...texts: (string | Buffer)[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text)
}

async function read(stream: AsyncIterable<Buffer>, maxBytes = 100): Promise<[number, string | null][]> {
  const lines: [number, string | null][] = []
  for await (const { number, text } of linesOf(stream, maxBytes)) lines.push([number, text])
  return lines
}

describe('lines of a stream', () => {
  test('end at a newline, wherever the stream is cut', async () => {
    const whole = 'ä\nb\u2028c\n\nd'
    const expected = [
      [1, 'ä'],
      [2, 'b\u2028c'],
      [3, ''],
      [4, 'd'],
    ]
    const bytes = Buffer.from(whole)
    for (let cut = 0; cut <= bytes.length; cut++) {
      expect(await read(pieces(bytes.subarray(0, cut), bytes.subarray(cut)))).toEqual(expected)
    }
  })

  test('lose a byte order mark', async () =>
    expect(await read(pieces('\uFEFFa\nb'))).toEqual([
      [1, 'a'],
      [2, 'b'],
    ]))

  test('too long are told and not kept; what follows is read', async () => {
    expect(await read(pieces('a\n', 'x'.repeat(90), 'x'.repeat(90), '\nb'), 100)).toEqual([
      [1, 'a'],
      [2, null],
      [3, 'b'],
    ])
  })

  test('a line of a gigabyte costs no memory', async () => {
    const block = Buffer.alloc(1 << 20, 'x')
    const before = process.memoryUsage().rss
    let most = 0
    async function* gigabyte(): AsyncGenerator<Buffer> {
      for (let i = 0; i < 1024; i++) {
        most = Math.max(most, process.memoryUsage.rss() - before)
        yield block
      }
      yield Buffer.from('\nb\n')
    }
    expect(await read(gigabyte(), 8_000_000)).toEqual([
      [1, null],
      [2, 'b'],
    ])
    expect(most).toBeLessThan(100e6)
  })
})
