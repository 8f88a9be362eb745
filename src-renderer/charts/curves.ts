/** Series -> what is drawn of them: smoothed and cumulated once, then thinned for each stretch of steps that is shown. */
import { movingAverage } from '#statistics/smooth'
import { cumulated, firstNotBelow, type Range, type Series } from './series.ts'
import { pointsWithin, thinWithin, type Point, type Span } from './thin.ts'

/** area: filled down to `lower` · band: the same, light · raw: single steps, light · line: what counts. */
export type CurveKind = 'area' | 'band' | 'raw' | 'line'

/** One thing to draw, over all its steps. */
export interface Curve {
  readonly kind: CurveKind
  /** Steps, ascending. */
  readonly x: ArrayLike<number>
  /** NaN where there is nothing to draw. */
  readonly y: ArrayLike<number>
  /** Lower edge of what is filled; null: the axis, or nothing is filled. */
  readonly lower: ArrayLike<number> | null
  /** Name of a colour token. */
  readonly color: string
  readonly isDashed: boolean
}

/** The same in as many points as can be seen, as places along the axis. */
export interface ThinCurve extends Pick<Curve, 'kind' | 'color' | 'isDashed'> {
  readonly points: readonly Point[]
  readonly lower: readonly Point[] | null
  /** It runs up and down in every pixel. */
  readonly isDense: boolean
  readonly hasDots: boolean
}

/** What of the curves is shown, and how finely. */
export interface Shown {
  /** Steps of the plot's ends. */
  readonly first: number
  readonly last: number
  /** Pixels of the plot; more than two points a pixel cannot be seen, and a bucket keeps up to four. */
  readonly width: number
  /** Where a step lies along the axis. */
  readonly placeOf: (step: number) => number
}

/** A line of few points shows them: one point alone would be invisible, and evaluations are worth aiming at. */
const FEW_POINTS = 16

/** In the order of drawing: bands first, then the light raw lines, then the strong ones; later curves lie on top. */
export function curvesOf(series: readonly Series[], range: Range): Curve[] {
  if (range === 'stacked') return areas(series)
  const curves = [
    ...series.flatMap(band),
    ...series.flatMap(raw),
    ...series.map((one): Curve => ({ ...plain('line', one), isDashed: one.isDashed === true, y: smoothed(one) })),
  ]
  return range === 'log' ? curves.map(aboveZero) : curves
}

/** `beyond`: steps at either side of what is shown that are thinned along with it. */
export function thinCurves(curves: readonly Curve[], shown: Shown, beyond = 0): ThinCurve[] {
  const buckets = Math.max(16, Math.floor(shown.width / 2))
  return curves.map(({ kind, x, y, lower, color, isDashed }) => {
    const span = spanOf(x, shown)
    const wide = beyond === 0 ? span : spanOf(x, { ...shown, first: shown.first - beyond, last: shown.last + beyond })
    const isShort = span.end - span.start <= 4 * buckets
    const thin = (values: ArrayLike<number>): Point[] => {
      const points = isShort ? pointsWithin(x, values, wide) : thinWithin(x, values, wide, (shown.last - shown.first) / buckets)
      return points.map((point) => ({ x: shown.placeOf(point.x), y: point.y }))
    }
    const isDense = span.end - span.start > buckets
    const hasDots = isShort && pointsWithin(x, y, span).length <= FEW_POINTS
    return { kind, color, isDashed, isDense, hasDots, points: thin(y), lower: lower && thin(lower) }
  })
}

/** Thins as much again on both sides of what is shown, so that what moves along is not thinned again in every frame. */
export class ThinnedCurves {
  #made: { readonly curves: readonly Curve[]; readonly shown: Shown; readonly thin: readonly ThinCurve[] } | null = null

  of(curves: readonly Curve[], shown: Shown): readonly ThinCurve[] {
    const made = this.#made
    if (made !== null && made.curves === curves && isBeside(made.shown, shown)) return made.thin
    const thin = thinCurves(curves, shown, shown.last - shown.first)
    this.#made = { curves, shown, thin }
    return thin
  }
}

/** Is it as wide, and no more than its width away? */
function isBeside(made: Shown, { first, last, width, placeOf }: Shown): boolean {
  const stretch = made.last - made.first
  if (width !== made.width || placeOf !== made.placeOf || last - first !== stretch) return false
  return Math.abs(first - made.first) <= stretch
}

/** Of each of its lines the points between two places and so many beside them at either side. */
export function partOf(curve: ThinCurve, from: number, to: number, beside = 2): ThinCurve {
  const around = (points: readonly Point[]): readonly Point[] =>
    points.slice(Math.max(0, firstAt(points, from) - beside), firstAt(points, to) + beside)
  return { ...curve, points: around(curve.points), lower: curve.lower && around(curve.lower) }
}

/** Number of the first point that does not lie before a place. */
function firstAt(points: readonly Point[], place: number): number {
  let [low, high] = [0, points.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if (points[middle]!.x < place) low = middle + 1
    else high = middle
  }
  return low
}

export interface Extent {
  readonly least: number
  readonly greatest: number
}

/** Least and greatest value of what is drawn; null where that is nothing. */
export function extentOf(curves: readonly ThinCurve[]): Extent | null {
  let [least, greatest] = [Infinity, -Infinity]
  for (const { points, lower } of curves) {
    for (const part of [points, lower ?? []]) {
      for (const { y } of part) {
        if (y < least) least = y
        if (y > greatest) greatest = y
      }
    }
  }
  return least <= greatest ? { least, greatest } : null
}

/** What is shown and one point at either side, so that lines run on to the edges. */
function spanOf(x: ArrayLike<number>, { first, last }: Shown): Span {
  let end = firstNotBelow(x, last)
  while (x[end]! <= last) end++
  return { start: Math.max(0, firstNotBelow(x, first) - 1), end: Math.min(x.length, end + 1) }
}

function plain(kind: CurveKind, { x, y, color }: Series): Curve {
  return { kind, x, y, lower: null, color, isDashed: false }
}

function smoothed({ x, y, isSmoothed, smoothingWindow }: Series): ArrayLike<number> {
  return isSmoothed ? movingAverage(x, y, smoothingWindow) : y
}

/** Each on top of the one before. */
function areas(series: readonly Series[]): Curve[] {
  const sums = cumulated(series.map((one) => ({ ...one, y: smoothed(one) })))
  return sums.map((one, i) => ({ ...plain('area', one), lower: i === 0 ? null : alignedTo(one.x, sums[i - 1]!) }))
}

/** Values of a series at given steps, by the last step before where it has none there. */
function alignedTo(x: ArrayLike<number>, { x: steps, y }: Series): ArrayLike<number> {
  if (steps === x) return y
  return Array.from(x, (step) => {
    const at = firstNotBelow(steps, step)
    return y[steps[at] === step ? at : at - 1] ?? 0
  })
}

function band(series: Series): Curve[] {
  const { low, high } = series
  return low && high ? [{ ...plain('band', series), y: high, lower: low }] : []
}

/** Values of the single steps, as far as they are known: of a point that gathers many, the least and the greatest. */
function raw(series: Series): Curve[] {
  const { x, lowest, highest } = series
  if (!series.isSmoothed) return []
  if (!lowest || !highest) return [plain('raw', series)]
  const both = { x: [] as number[], y: [] as number[] }
  for (let i = 0; i < x.length; i++) {
    both.x.push(x[i]!, x[i]!)
    both.y.push(lowest[i]!, highest[i]!)
  }
  return [{ ...plain('raw', series), ...both }]
}

function aboveZero(curve: Curve): Curve {
  const positive = (values: ArrayLike<number>): number[] => Array.from(values, (value) => (value > 0 ? value : NaN))
  return { ...curve, y: positive(curve.y), lower: curve.lower && positive(curve.lower) }
}
