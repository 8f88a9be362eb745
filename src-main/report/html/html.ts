/** The document as one HTML file that needs nothing else and asks for nothing: style and script inside, each allowed by its hash. */
import { createHash } from 'node:crypto'
import { drawChart } from '../charts/draw-chart.ts'
import { lookOf } from '../charts/palette.ts'
import type { Block, Chart, Code, Heading, ReportDocument, Table } from '../document.ts'
import { escapeHtml } from './escape.ts'
import { SCRIPT } from './script.ts'
import { STYLE } from './style.ts'

const POLICY = [
  "default-src 'none'",
  `script-src '${hashOf(SCRIPT)}'`,
  `style-src '${hashOf(STYLE)}'`,
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
].join('; ')

/** Tables of so few rows stay on one page. */
const SHORT_ROWS = 14

/** paper: everything is unfolded, as nobody can click on it. */
export function htmlOf(document: ReportDocument, medium: 'screen' | 'paper' = 'screen'): string {
  const { title, byline, blocks } = document
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${escapeHtml(POLICY)}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="referrer" content="no-referrer">',
    `<title>${escapeHtml(title)}</title>`,
    `<style>${STYLE}</style>`,
    '</head>',
    '<body>',
    `<header><h1>${escapeHtml(title)}</h1><p class="byline">${escapeHtml(byline)}</p></header>`,
    contents(blocks),
    '<main>',
    ...blocks.map((block, i) => blockHtml(block, `b${i}`, medium)),
    '</main>',
    `<script>${SCRIPT}</script>`,
    '</body>',
    '</html>',
    '',
  ].join('\n')
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}`
}

function contents(blocks: readonly Block[]): string {
  const links = blocks.flatMap((block, i) =>
    block.kind === 'heading' && block.level === 2 ? [`<li><a href="#b${i}">${escapeHtml(block.text)}</a></li>`] : [],
  )
  return `<nav aria-label="Contents"><ul>${links.join('')}</ul></nav>`
}

function blockHtml(block: Block, id: string, medium: 'screen' | 'paper'): string {
  switch (block.kind) {
    case 'heading':
      return headingHtml(block, id)
    case 'paragraph':
      return `<p${block.isNote ? ' class="note"' : ''}>${escapeHtml(block.text)}</p>`
    case 'list':
      return `<ul${block.isSmall ? ' class="small"' : ''}>${block.items.map((item) => `<li>${escapeHtml(item)}</li>`).join('\n')}</ul>`
    case 'table':
      return tableHtml(block)
    case 'charts':
      return chartsHtml(block.charts, id)
    case 'facts':
      return `<dl>${block.facts.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`).join('\n')}</dl>`
    case 'code':
      return codeHtml(block, medium)
    case 'together': {
      const all = (blocks: readonly Block[], side: string): string =>
        `<div>${blocks.map((inner, i) => blockHtml(inner, `${id}-${side}${i}`, medium)).join('\n')}</div>`
      return `<section class="together">${all(block.blocks, 'a')}${all(block.aside, 'b')}</section>`
    }
  }
}

function headingHtml({ level, text }: Heading, id: string): string {
  return `<h${level} id="${id}">${escapeHtml(text)}</h${level}>`
}

function codeHtml({ caption, text, isAppendix }: Code, medium: 'screen' | 'paper'): string {
  const pre = `<pre tabindex="0"><code>${escapeHtml(text)}</code></pre>`
  if (isAppendix) {
    const open = medium === 'paper' ? ' open' : ''
    return `<details class="appendix"${open}><summary>${escapeHtml(caption)}</summary>${pre}</details>`
  }
  return caption === '' ? pre : `<figure><figcaption>${escapeHtml(caption)}</figcaption>${pre}</figure>`
}

function tableHtml({ caption, head, rows, cells }: Table): string {
  const title = caption === '' ? '' : `<caption>${escapeHtml(caption)}</caption>`
  const columns = head.map((text) => `<th scope="col">${escapeHtml(text)}</th>`).join('')
  const lines = rows.map(([name = '', ...values]) => {
    return `<tr><th scope="row">${escapeHtml(name)}</th>${values.map((value) => `<td>${escapeHtml(value)}</td>`).join('')}</tr>`
  })
  const kind = cells === 'words' ? ' class="words"' : ''
  const length = rows.length <= SHORT_ROWS ? ' short' : ''
  return `<div class="wide${length}" tabindex="0"><table${kind}>${title}<thead><tr>${columns}</tr></thead><tbody>${lines.join('\n')}</tbody></table></div>`
}

/** Rows of two, which paper does not tear apart. */
function chartsHtml(charts: readonly Chart[], id: string): string {
  const drawn = charts.map((chart, i) => chartHtml(chart, `${id}-${i}`))
  const rows = Array.from({ length: Math.ceil(drawn.length / 2) }, (_, i) => drawn.slice(2 * i, 2 * i + 2).join('\n'))
  return rows.map((row) => `<div class="charts">${row}</div>`).join('\n')
}

function chartHtml(chart: Chart, id: string): string {
  return [
    '<figure data-chart>',
    `<h3>${escapeHtml(chart.title)}</h3>`,
    `<p class="note">${escapeHtml(chart.note)}</p>`,
    drawChart(chart, id),
    readingsHtml(chart),
    '</figure>',
  ].join('\n')
}

/** The readings are the legend too, and carry what the script tells of each point. */
function readingsHtml({ series, readings: { head, rows } }: Chart): string {
  const columns = head.map((text) => `<th scope="col">${escapeHtml(text)}</th>`).join('')
  const lines = rows.map(([name = '', ...values], i) => {
    const { color, points } = series[i]!
    const places = points.map(({ at }) => Number(at.toFixed(3))).join(' ')
    const texts = points.map(({ text }) => text).join('|')
    const data = `data-name="${escapeHtml(name)}" data-places="${places}" data-texts="${escapeHtml(texts)}"`
    const cells = values.map((value) => `<td>${escapeHtml(value)}</td>`).join('')
    return `<tr ${data}><th scope="row">${keyOf(color)}<span class="name">${escapeHtml(name)}</span></th>${cells}</tr>`
  })
  return `<div class="readings" tabindex="0"><table><thead><tr>${columns}</tr></thead><tbody>${lines.join('\n')}</tbody></table></div>`
}

function keyOf(color: Chart['series'][number]['color']): string {
  const { color: stroke, dash } = lookOf(color)
  const look = `stroke="${stroke}" stroke-width="2.4"${dash === '' ? '' : ` stroke-dasharray="${dash}"`}${color === 'ink' ? ' class="ink"' : ''}`
  return `<svg class="key" viewBox="0 0 26 8" aria-hidden="true"><polyline points="0,4 26,4" fill="none" ${look}/></svg>`
}
