/** Numbers as text: fixed figures, a real minus, never a bare NaN. */

const MINUS = '\u2212'
const THIN = '\u202f'
/** What stands where there is no value. */
export const ABSENT = '–'

/** Three significant figures for reading, e.g. `0.0123`, `1.24`, `18 400`, `3.0e-5`; `–` when there is no value. */
export function formatNumber(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return ABSENT
  if (value === 0) return '0'
  const size = Math.abs(value)
  if (size >= 1000) return grouped(Math.round(value))
  if (size < 0.001) return signed(value.toExponential(1))
  return signed(
    size >= 100 ? value.toFixed(0) : size >= 1 ? value.toFixed(2) : value.toPrecision(3).replace(/0+$/, '').replace(/[.]$/, ''),
  )
}

/** `0.43` -> `43 %`; one decimal below 10 % and above 99 % when it is not whole, so that 99.6 % never reads 100 %. */
export function formatPercent(share: number | null | undefined): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return ABSENT
  const percent = share * 100
  const isNearEdge = (percent > 0 && percent < 10) || (percent > 99 && percent < 100)
  return `${signed(trimZero(percent.toFixed(isNearEdge ? 1 : 0)))} %`
}

/** `0.537` -> `53.7 %`: where an interval stands beside it. */
export function formatTenths(share: number | null | undefined): string {
  if (share === null || share === undefined || !Number.isFinite(share)) return ABSENT
  return `${signed(tenths(share))} %`
}

/** A difference of shares in points, with its sign: `+16.4`, `−0.8`, `0.0`. */
export function formatPointTenths(change: number): string {
  const text = tenths(change)
  return Number(text) === 0 ? text : withSign(text)
}

/** `formatShareOf(0.43, 256)` -> `43 % of 256`: a share never stands without its denominator. */
export function formatShareOf(share: number | null | undefined, denominator: number | null | undefined): string {
  const percent = formatPercent(share)
  return denominator === null || denominator === undefined || percent === ABSENT
    ? percent
    : `${percent} of ${grouped(denominator)}`
}

/** Change of a share in percentage points with its sign, e.g. `▲ +14 points`, `▼ −1 point`, `= 0 points`. */
export function formatPoints(change: number | null): string {
  if (change === null || !Number.isFinite(change)) return ''
  const points = Math.round(change * 100)
  const unit = Math.abs(points) === 1 ? 'point' : 'points'
  return points === 0 ? `= 0 ${unit}` : `${arrow(points)} ${withSign(String(points))} ${unit}`
}

/** Change of a plain number with its sign, e.g. `▲ +0.14`. */
export function formatChange(change: number | null): string {
  if (change === null || !Number.isFinite(change)) return ''
  const rounded = Number(change.toFixed(2))
  return rounded === 0 ? '= 0' : `${arrow(rounded)} ${withSign(rounded.toFixed(2))}`
}

export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return ABSENT
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log10(bytes) / 3), units.length - 1)
  return `${formatNumber(bytes / 1000 ** power)} ${units[power]}`
}

/** Whole number with thin spaces between thousands. */
export function grouped(value: number): string {
  return signed(String(value).replace(/\B(?=(\d{3})+(?!\d))/g, THIN))
}

/** `1 step`, `2 steps`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`
}

function arrow(value: number): string {
  return value > 0 ? '▲' : '▼'
}

/** -0.04 % are 0.0 %. */
function tenths(share: number): string {
  return (share * 100).toFixed(1).replace(/^-0\.0$/, '0.0')
}

function withSign(text: string): string {
  return text.startsWith('-') ? signed(text) : `+${text}`
}

function signed(text: string): string {
  return text.replace(/^-/, MINUS).replace('e-', `e${MINUS}`)
}

function trimZero(text: string): string {
  return text.replace(/[.]0$/, '')
}
