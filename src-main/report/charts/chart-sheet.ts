/** All charts of a report as one page of a fixed size, of which a browser takes a picture. */
import type { Chart, Series } from '../document.ts'
import { escapeHtml } from '../html/escape.ts'
import { drawChart } from './draw-chart.ts'
import { lookOf } from './palette.ts'

export interface ChartSheet {
  readonly html: string
  /** In CSS pixels. */
  readonly width: number
  readonly height: number
}

const COLUMNS = 2
const CELL = { width: 480, height: 336 }
const STYLE = `
body { margin: 0; background: #fff; color: #1a1d21; font: 13px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; }
main { display: grid; grid-template-columns: repeat(${COLUMNS}, ${CELL.width}px); grid-auto-rows: ${CELL.height}px; }
figure { margin: 0; padding: 12px 20px; overflow: hidden; box-sizing: border-box; }
h2, p { margin: 0; overflow: hidden; white-space: nowrap; text-overflow: ellipsis; line-height: 20px; }
h2 { font-size: 14px; }
p { color: #545b64; font-size: 12px; }
figure > svg { display: block; width: 440px; height: 240px; }
p svg { width: 24px; height: 8px; margin-left: 8px; vertical-align: middle; }`

/** `charts`: at least one. */
export function chartSheet(charts: readonly Chart[]): ChartSheet {
  const figures = charts.map((chart, i) =>
    [
      `<figure><h2>${escapeHtml(chart.title)}</h2><p>${escapeHtml(chart.note)}</p>`,
      `<p>${chart.series.map(legend).join(' ')}</p>`,
      `${drawChart(chart, `chart-${i}`)}</figure>`,
    ].join(''),
  )
  const policy = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`
  const html = `<!doctype html><meta charset="utf-8">${policy}<title>Curves</title><style>${STYLE}</style><main>${figures.join('\n')}</main>`
  return { html, width: COLUMNS * CELL.width, height: Math.ceil(charts.length / COLUMNS) * CELL.height }
}

function legend({ title, color: of }: Series): string {
  const { color, dash } = lookOf(of)
  const line = `<line x1="0" x2="24" y1="4" y2="4" stroke="${color}" stroke-width="2" stroke-dasharray="${dash}"/>`
  return `<svg viewBox="0 0 24 8" aria-hidden="true">${line}</svg> ${escapeHtml(title)}`
}
