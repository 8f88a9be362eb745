import { firstNotBelow } from './series.ts'

/** What may lie along the axis of steps instead of them: something that the steps add up to, as tokens or time. */
export interface AxisScale {
  readonly unit: string
  /** Amount up to a step; beyond the last known step as if it went on at the same pace. */
  placeOf(step: number): number
  /** The step at an amount, not rounded. */
  stepAt(place: number): number
}

/**
 * x: last step of each point, ascending; y: mean amount of a step of that point. Steps before the first point and between points count as the next one's.
 * `unitSize`: the amount that is one unit. null without a positive amount.
 */
export function addedUp(x: readonly number[], y: readonly number[], unit: string, unitSize: number): AxisScale | null {
  const places: number[] = []
  let [step, place] = [0, 0]
  x.forEach((end, i) => {
    place += (Math.max(0, Number.isFinite(y[i]!) ? y[i]! : 0) * (end - step)) / unitSize
    step = end
    places.push(place)
  })
  if (place <= 0 || step <= 0) return null
  return { unit, placeOf: (wanted) => between(wanted, x, places), stepAt: (wanted) => between(wanted, places, x) }
}

/** From 0, 0 on along straight lines; beyond the last point along the line from 0 to it. Where two points share a place, the later one counts. */
function between(wanted: number, from: readonly number[], to: readonly number[]): number {
  const after = firstNotBelow(from, wanted)
  if (after === from.length) return (wanted / from.at(-1)!) * to.at(-1)!
  const [fromStart, toStart] = after === 0 ? [0, 0] : [from[after - 1]!, to[after - 1]!]
  const width = from[after]! - fromStart
  return width === 0 ? to[after]! : toStart + ((wanted - fromStart) / width) * (to[after]! - toStart)
}
