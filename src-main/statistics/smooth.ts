/** Steps that the smooth line of a training chart averages: 8, and a fortieth of the run when that is more, so that long runs stay readable. */
export function smoothingWindow(stepCount: number): number {
  return Math.max(8, Math.round(stepCount / 40))
}

/**
 * Trailing moving average: point i is the mean of the finite values whose step lies in (x[i] - window, x[i]].
 * x: steps, ascending; y: unit kept, NaN where a step has no value. A window without a finite value yields NaN.
 * The first points average what there is, so that a live line begins at its first point.
 * Takes time in proportion to the number of points, whatever the window.
 */
export function movingAverage(
  x: ArrayLike<number>,
  y: ArrayLike<number>,
  window = smoothingWindow(x[x.length - 1] ?? 0),
): Float64Array {
  if (!(window > 0)) throw new RangeError(`window must be above 0, not ${window}`)
  const smooth = new Float64Array(y.length)
  // A queue of two stacks: values only ever come in, so that one huge value leaves no rounding error behind when it goes.
  const front = { sums: new Float64Array(y.length), counts: new Uint32Array(y.length), end: 0 }
  const back = { sum: 0, count: 0 }
  let first = 0
  for (let i = 0; i < y.length; i++) {
    const isValue = Number.isFinite(y[i]!)
    if (isValue) back.sum += y[i]!
    if (isValue) back.count++
    for (; x[first]! <= x[i]! - window; first++) {
      if (first < front.end) continue
      turnOver(y, first, i, front)
      back.sum = back.count = 0
    }
    const isFrontEmpty = first >= front.end
    const count = back.count + (isFrontEmpty ? 0 : front.counts[first]!)
    smooth[i] = count === 0 ? NaN : (back.sum + (isFrontEmpty ? 0 : front.sums[first]!)) / count
  }
  return smooth
}

/** Makes values first .. last the front: element j holds sum and count of j .. last. */
function turnOver(
  y: ArrayLike<number>,
  first: number,
  last: number,
  front: { sums: Float64Array; counts: Uint32Array; end: number },
): void {
  let sum = 0
  let count = 0
  for (let j = last; j >= first; j--) {
    if (Number.isFinite(y[j]!)) {
      sum += y[j]!
      count++
    }
    front.sums[j] = sum
    front.counts[j] = count
  }
  front.end = last + 1
}
