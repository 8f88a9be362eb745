/** Fewer points that draw the same line. */

/**
 * About maxPoints of the points (x, y): the first, the last, and of each stretch between them the lowest and the highest, so that no peak is lost.
 * Points are in order of x.
 */
export function thinned<Point extends readonly [number, number]>(points: readonly Point[], maxPoints: number): readonly Point[] {
  if (points.length <= maxPoints) return points
  const stretches = Math.max(1, Math.floor((maxPoints - 2) / 2))
  const kept: Point[] = [points[0]!]
  for (let stretch = 0; stretch < stretches; stretch++) {
    const inside = points.slice(startOf(stretch), startOf(stretch + 1))
    kept.push(...extremesOf(inside))
  }
  return [...kept, points.at(-1)!]

  function startOf(stretch: number): number {
    return 1 + Math.floor((stretch * (points.length - 2)) / stretches)
  }
}

function extremesOf<Point extends readonly [number, number]>(points: readonly Point[]): Point[] {
  if (points.length === 0) return []
  let [low, high] = [0, 0]
  points.forEach(([, y], i) => {
    if (y < points[low]![1]) low = i
    if (y > points[high]![1]) high = i
  })
  if (low === high) return [points[low]!]
  return [points[Math.min(low, high)]!, points[Math.max(low, high)]!]
}
