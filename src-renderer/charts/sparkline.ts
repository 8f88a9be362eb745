import { movingAverage } from '#statistics/smooth'
import { thin } from './thin.ts'

/**
 * SVG path of a smoothed line that fills width x height pixels; '' without a finite value.
 * top: value at the upper edge; null takes the largest one. The lower edge is 0, or the lowest value when that is negative.
 */
export function sparklinePath(values: readonly (number | null)[], width: number, height: number, top: number | null): string {
  const numbers = values.map((value) => value ?? NaN)
  const places = numbers.map((_, i) => i)
  const points = thin(places, movingAverage(places, numbers), width / 2)
  if (points.length === 0) return ''
  const highest = top ?? Math.max(...points.map((point) => point.y))
  const lowest = Math.min(0, ...points.map((point) => point.y))
  const x = (index: number): string => (1 + (index / Math.max(numbers.length - 1, 1)) * (width - 2)).toFixed(1)
  const y = (value: number): string => (height - 1 - ((value - lowest) / (highest - lowest || 1)) * (height - 2)).toFixed(1)
  const line = points.map((point, i) => `${i === 0 ? 'M' : 'L'}${x(point.x)} ${y(point.y)}`).join('')
  // A lone point becomes a dot by the round line cap.
  return points.length === 1 ? `${line}h0.01` : line
}
