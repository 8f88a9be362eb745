/**
 * Fewer points, same picture: of each bucket of neighbours the first, lowest, highest and last stay (the M4 rule), so no peak and no dip is lost.
 */
export interface Point {
  readonly x: number
  readonly y: number
}

/**
 * Points with finite y, in order, at most about 4 x `buckets` of them.
 * x: ascending, y: NaN where there is no value (that point is left out). Throws RangeError if buckets < 1.
 */
export function thin(x: ArrayLike<number>, y: ArrayLike<number>, buckets: number): Point[] {
  if (!(buckets >= 1)) throw new RangeError(`buckets must be at least 1, not ${buckets}`)
  const finite: number[] = []
  for (let i = 0; i < x.length; i++) if (Number.isFinite(y[i]!)) finite.push(i)
  if (finite.length <= buckets * 4) return finite.map((i) => ({ x: x[i]!, y: y[i]! }))
  const start = x[finite[0]!]!
  const width = (x[finite.at(-1)!]! - start) / Math.floor(buckets) || 1
  const kept: Point[] = []
  let bucket: number[] = []
  let edge = start + width
  const close = (): void => {
    for (const i of extremesOf(bucket, y)) kept.push({ x: x[i]!, y: y[i]! })
    bucket = []
  }
  for (const i of finite) {
    if (x[i]! >= edge && bucket.length > 0) {
      close()
      edge = start + (Math.floor((x[i]! - start) / width) + 1) * width
    }
    bucket.push(i)
  }
  close()
  return kept
}

/** Indices of first, lowest, highest and last of a bucket, ascending, each once. */
function extremesOf(bucket: readonly number[], y: ArrayLike<number>): number[] {
  let lowest = bucket[0]!
  let highest = bucket[0]!
  for (const i of bucket) {
    if (y[i]! < y[lowest]!) lowest = i
    if (y[i]! > y[highest]!) highest = i
  }
  return [...new Set([bucket[0]!, lowest, highest, bucket.at(-1)!])].sort((a, b) => a - b)
}
