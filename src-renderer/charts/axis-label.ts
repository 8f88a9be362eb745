/**
 * Label of a tick: a percent for rates, else a number with as many decimals as the ticks need to differ.
 * ticks: all ticks of the axis, evenly spaced.
 */
export function axisLabel(value: number, ticks: readonly { readonly value: number }[], isRate: boolean): string {
  if (isRate) return `${Math.round(value * 100)} %`
  const spacing = Math.abs((ticks[1]?.value ?? 1) - (ticks[0]?.value ?? 0)) || 1
  // More decimals do not fit beside the plot.
  if (spacing < 0.0001 - 1e-9) return value === 0 ? '0' : value.toExponential(1).replaceAll('-', '\u2212')
  // Rounding keeps 0.1 + 0.2 from asking for 17 decimals.
  const decimals = Math.max(0, Math.ceil(-Math.log10(spacing) - 1e-9))
  const text = value.toFixed(decimals)
  return (Number(text) === 0 ? text.replace('-', '') : text).replace('-', '\u2212')
}

/** Label of a tick of an axis of equal factors: `1e−5`, `0.002`, `50`. */
export function logAxisLabel(value: number): string {
  return value < 0.001 ? value.toExponential(0).replace('-', '\u2212') : String(Number(value.toPrecision(3)))
}
