/** The one place where a report's numbers become text: fixed decimals, a real minus, spaces that do not break. */

interface Interval {
  readonly mean: number
  readonly low: number
  readonly high: number
}

const SPACE = '\u00a0'
const THIN = '\u202f'
const MINUS = '\u2212'
export const ABSENT = '–'

/** `43.1 %` */
export function percent(share: number): string {
  return `${minus(fixed(share * 100, 1))}${SPACE}%`
}

/** `43.1 % [40.0, 46.2]` */
export function percentIn({ mean, low, high }: Interval): string {
  return `${percent(mean)}${SPACE}${ends(low, high)}`
}

/** A difference of shares, in points: `+6.1 [2.0, 10.2]`. */
export function pointsIn({ mean, low, high }: Interval): string {
  return `${withSign(fixed(mean * 100, 1))}${SPACE}${ends(low, high)}`
}

/** `0.523` */
export function decimals(value: number): string {
  return minus(fixed(value, 3))
}

/** `0.523 [0.501, 0.545]` */
export function decimalsIn({ mean, low, high }: Interval): string {
  return `${decimals(mean)}${SPACE}[${decimals(low)},${SPACE}${decimals(high)}]`
}

/** `10 240` */
export function whole(count: number): string {
  return minus(Math.round(count).toString()).replace(/\B(?=(\d{3})+(?!\d))/g, THIN)
}

/** `4.1 s`, `48 s`, `9.2 min`, `2 h 05 min` */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)}${SPACE}s`
  if (seconds < 89.5) return `${Math.round(seconds)}${SPACE}s`
  if (seconds < 5_400) return `${(seconds / 60).toFixed(1)}${SPACE}min`
  const minutes = Math.round(seconds / 60)
  return `${Math.floor(minutes / 60)}${SPACE}h${SPACE}${String(minutes % 60).padStart(2, '0')}${SPACE}min`
}

/** `25.3 GB` */
export function gigabytes(bytes: number): string {
  return `${(bytes / 1e9).toFixed(1)}${SPACE}GB`
}

/** `1 step`, `2 steps`, `10 240 steps`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${whole(count)} ${count === 1 ? one : many}`
}

/** Sentences of other rooms write a hyphen where a minus is meant. */
export function withMinus(sentence: string): string {
  return sentence.replace(/(?<=[\s([])-(?=\d)/g, MINUS)
}

function ends(low: number, high: number): string {
  return `[${minus(fixed(low * 100, 1))},${SPACE}${minus(fixed(high * 100, 1))}]`
}

/** -0.04 is 0.0. */
function fixed(value: number, digits: number): string {
  const text = value.toFixed(digits)
  return Number(text) === 0 ? text.replace('-', '') : text
}

function withSign(text: string): string {
  return text.startsWith('-') || Number(text) === 0 ? minus(text) : `+${text}`
}

function minus(text: string): string {
  return text.replace('-', MINUS)
}
