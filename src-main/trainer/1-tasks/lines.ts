/** Lines of a stream, one at a time, however long the stream is. */

export interface Line {
  /** Counts from 1. */
  readonly number: number
  /** null for a line that is longer than allowed: nobody wants it in memory. */
  readonly text: string | null
}

const NEWLINE = 0x0a

/**
 * Lines end at a newline and nowhere else: node:readline also cuts at U+2028 and U+2029, which JSON allows inside a text. A byte order mark is
 * dropped; bytes that are no UTF-8 become U+FFFD. `maxBytes` bounds a line.
 */
export async function* linesOf(stream: AsyncIterable<Buffer>, maxBytes: number): AsyncGenerator<Line> {
  let number = 1
  let parts: Buffer[] = []
  let length = 0
  /** The line that ends here; most lie in one piece. */
  const line = (bytes: Buffer, start: number, end: number): Line => {
    const isTooLong = length + end - start > maxBytes
    const last = bytes.subarray(start, end)
    const text = isTooLong ? null : (parts.length === 0 ? last : Buffer.concat([...parts, last])).toString('utf8')
    parts = []
    length = 0
    return { number, text: number === 1 && text !== null ? text.replace(/^\uFEFF/, '') : text }
  }
  for await (const bytes of stream) {
    let start = 0
    for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      yield line(bytes, start, end)
      number++
      start = end + 1
    }
    length += bytes.length - start
    if (length > maxBytes) parts = []
    // A copy: the stream may use its buffer again.
    else if (start < bytes.length) parts.push(Buffer.from(bytes.subarray(start)))
  }
  if (length > 0) yield line(Buffer.alloc(0), 0, 0)
}
