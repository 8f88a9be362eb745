/** Numbers as a terminal shows them: fixed decimals, so that they stand still while they change. */

/** What stands where there is no value. */
export const ABSENT = '-'

/** `0.431` -> `43.1 %`. */
export function percent(share: number | undefined): string {
  return share === undefined ? ABSENT : `${(share * 100).toFixed(1)} %`
}

/** `0.431` -> `43 %`. */
export function wholePercent(share: number | undefined): string {
  return share === undefined ? ABSENT : `${Math.round(share * 100)} %`
}

/** Change of a share in percentage points, e.g. `+11.3`. */
export function points(change: number): string {
  const text = (change * 100).toFixed(1)
  return change < 0 ? text : `+${text}`
}

/** Three decimals, e.g. `0.523`. */
export function decimals(value: number | undefined): string {
  return value === undefined ? ABSENT : value.toFixed(3)
}

/** Two significant figures for values that may be tiny, e.g. `0.0012`. */
export function small(value: number | undefined): string {
  if (value === undefined) return ABSENT
  return value !== 0 && Math.abs(value) < 0.0001 ? value.toExponential(1) : value.toFixed(4)
}

/** `4.1 s`, `48 s`, `9 min`, `2 h 05 min`. */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`
  if (seconds < 89.5) return `${Math.round(seconds)} s`
  const minutes = Math.round(seconds / 60)
  if (minutes < 90) return `${minutes} min`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
}

/** `12 B`, `3.4 kB`, `6.8 MB`, `13.1 GB`. */
export function fileSize(bytes: number): string {
  const power = Math.min(3, Math.floor(Math.log10(Math.max(1, bytes)) / 3))
  return power === 0 ? `${bytes} B` : `${(bytes / 1000 ** power).toFixed(1)} ${['kB', 'MB', 'GB'][power - 1]}`
}

/** `1 step`, `2 steps`. */
export function counted(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? '' : 's'}`
}

const LEVELS = '▁▂▃▄▅▆▇█'

/** Shares as small bars, one character each; more values than `width` are averaged. */
export function sparkline(shares: readonly number[], width: number): string {
  const count = Math.min(width, shares.length)
  return Array.from({ length: count }, (_, i) => {
    const part = shares.slice(Math.floor((i * shares.length) / count), Math.floor(((i + 1) * shares.length) / count))
    const mean = part.reduce((sum, value) => sum + value, 0) / part.length
    return LEVELS[Math.max(0, Math.min(LEVELS.length - 1, Math.floor(mean * LEVELS.length)))]!
  }).join('')
}
