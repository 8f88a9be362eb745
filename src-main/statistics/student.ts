/** Student's t distribution for whole degrees of freedom, in closed form. */

/**
 * Chance that |T| is above |t|. Source: Abramowitz and Stegun, "Handbook of mathematical functions" (1964), 26.7.3 and 26.7.4.
 * Throws RangeError unless `freedom` is a whole number of at least 1.
 */
export function studentTail(t: number, freedom: number): number {
  if (!Number.isInteger(freedom) || freedom < 1) throw new RangeError(`${freedom} is no number of degrees of freedom`)
  const angle = Math.atan(Math.abs(t) / Math.sqrt(freedom))
  const [sine, cosine] = [Math.sin(angle), Math.cos(angle)]
  const isOdd = freedom % 2 === 1
  let term = isOdd ? cosine : 1
  let sum = freedom === 1 ? 0 : term
  for (let k = isOdd ? 3 : 2; k < freedom; k += 2) {
    term *= (cosine * cosine * (k - 1)) / k
    sum += term
  }
  const inside = isOdd ? (2 / Math.PI) * (angle + sine * sum) : sine * sum
  return Math.max(0, 1 - inside)
}

/** More degrees of freedom than these are not told apart: the quantile moves by less than 0.003. */
const MOST_FREEDOM = 1_000

/** The t that |T| passes with a chance of 5 %: 12.71 for 1 degree of freedom, 4.30 for 2, 1.96 for many. Fractions are rounded down. */
export function studentQuantile(freedom: number): number {
  const whole = Math.min(MOST_FREEDOM, Math.max(1, Math.floor(freedom)))
  let [low, high] = [1.9, 13]
  while (high - low > 1e-9) {
    const middle = (low + high) / 2
    if (studentTail(middle, whole) > 0.05) low = middle
    else high = middle
  }
  return high
}
