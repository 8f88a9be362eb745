/** A stretch of steps that all charts of a page show instead of the whole. */
export interface Zoom {
  readonly first: number
  readonly last: number
}

/** Fewer steps are no curve. */
const LEAST_STEPS = 2

/** The stretch between two steps, whichever comes first, in whole steps from 0 on; null where it is too short to see. */
export function zoomBetween(one: number, other: number): Zoom | null {
  const first = Math.max(0, Math.round(Math.min(one, other)))
  const last = Math.round(Math.max(one, other))
  return last - first < LEAST_STEPS ? null : { first, last }
}

/** Half or twice as wide around a step; null: the whole, of `end` steps. */
export function zoomedBy(factor: number, around: number, now: Zoom | null, end: number): Zoom | null {
  const { first, last } = now ?? { first: 0, last: end }
  const width = (last - first) * factor
  if (width >= end) return null
  const start = Math.min(Math.max(0, around - ((around - first) / Math.max(last - first, 1)) * width), end - width)
  return zoomBetween(start, start + width) ?? now
}

/** As wide as it is, so many steps further; a stretch that meets an end stops there. */
export function pannedBy(stepCount: number, { first, last }: Zoom, end: number): Zoom {
  const width = last - first
  const start = Math.round(Math.min(Math.max(0, first + stepCount), Math.max(0, end - width)))
  return { first: start, last: start + width }
}
