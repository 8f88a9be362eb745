/**
 * Fewer points, same picture: of each bucket of neighbours the first, lowest, highest and last stay (the M4 rule), so no peak and no dip is lost.
 */
export interface Point {
  readonly x: number
  readonly y: number
}

/** Elements start .. end - 1 of a column. */
export interface Span {
  readonly start: number
  readonly end: number
}

/**
 * Points with finite y, in order, at most about 4 x `buckets` of them.
 * x: ascending, y: NaN where there is no value (that point is left out). Throws RangeError if buckets < 1.
 */
export function thin(x: ArrayLike<number>, y: ArrayLike<number>, buckets: number): Point[] {
  if (!(buckets >= 1)) throw new RangeError(`buckets must be at least 1, not ${buckets}`)
  const all = { start: 0, end: x.length }
  const points = pointsWithin(x, y, all)
  if (points.length <= buckets * 4) return points
  const first = points[0]!.x
  return thinWithin(x, y, all, (points.at(-1)!.x - first) / Math.floor(buckets) || 1, first)
}

/**
 * The points of a span in buckets that are `width` wide and lie from `origin` on in a row: a span that moves along keeps its points.
 * x: ascending, y: NaN where there is no value.
 */
export function thinWithin(x: ArrayLike<number>, y: ArrayLike<number>, { start, end }: Span, width: number, origin = 0): Point[] {
  const kept: Point[] = []
  let bucket = NaN
  let [first, lowest, highest, last] = [-1, -1, -1, -1]
  const close = (): void => {
    const [early, late] = lowest < highest ? [lowest, highest] : [highest, lowest]
    keep(first)
    if (early > first) keep(early)
    if (late > early) keep(late)
    if (last > late) keep(last)
  }
  const keep = (i: number): void => void kept.push({ x: x[i]!, y: y[i]! })
  for (let i = start; i < end; i++) {
    if (!Number.isFinite(y[i]!)) continue
    const own = Math.floor((x[i]! - origin) / width)
    if (own !== bucket) {
      if (first !== -1) close()
      bucket = own
      first = lowest = highest = i
    }
    if (y[i]! < y[lowest]!) lowest = i
    if (y[i]! > y[highest]!) highest = i
    last = i
  }
  if (first !== -1) close()
  return kept
}

/** All points of a span that have a value. */
export function pointsWithin(x: ArrayLike<number>, y: ArrayLike<number>, { start, end }: Span): Point[] {
  const points: Point[] = []
  for (let i = start; i < end; i++) if (Number.isFinite(y[i]!)) points.push({ x: x[i]!, y: y[i]! })
  return points
}
