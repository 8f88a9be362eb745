/** Round numbers along an axis. */

/** Multiples of 1, 2, 2.5 or 5 times a power of ten from `low` to `high`, `most` of them or fewer. Throws RangeError unless high is above low. */
export function ticksBetween(low: number, high: number, most: number, hasFractions = true): number[] {
  if (!(high > low)) throw new RangeError(`no ticks from ${low} to ${high}`)
  const power = 10 ** Math.floor(Math.log10((high - low) / most))
  const steps = [1, 2, 2.5, 5, 10, 20].map((factor) => factor * power).filter((step) => hasFractions || Number.isInteger(step))
  const step = steps.find((size) => countOf(low, high, size) <= most) ?? high - low
  const first = Math.ceil(low / step - 1e-9)
  return Array.from({ length: countOf(low, high, step) }, (_, i) => Number(((first + i) * step).toPrecision(12)))
}

function countOf(low: number, high: number, step: number): number {
  return Math.floor(high / step + 1e-9) - Math.ceil(low / step - 1e-9) + 1
}
