/** The document as Markdown (GitHub's), with a drawing beside it for each chart. Text of models is text: it makes no link, no heading and no HTML. */
import type { Block, Chart, Code, ReportDocument, Table } from './document.ts'

/** `pictureOf`: path of a chart's drawing; null leaves the pictures out. */
export function markdownOf({ title, byline, blocks }: ReportDocument, pictureOf: ((chart: Chart) => string) | null): string {
  const parts = [`# ${escapeMarkdown(title)}`, escapeMarkdown(byline), ...blocks.map((block) => blockMarkdown(block, pictureOf))]
  return `${parts.join('\n\n')}\n`
}

export function blockMarkdown(block: Block, pictureOf: ((chart: Chart) => string) | null): string {
  switch (block.kind) {
    case 'heading':
      return `${'#'.repeat(block.level)} ${escapeMarkdown(block.text)}`
    case 'paragraph':
      return block.isNote ? `*${escapeMarkdown(block.text)}*` : escapeMarkdown(block.text)
    case 'list':
      return listMarkdown(block.items.map(escapeMarkdown))
    case 'table':
      return tableMarkdown(block)
    case 'charts':
      return block.charts.map((chart) => chartMarkdown(chart, pictureOf)).join('\n\n')
    case 'facts':
      return listMarkdown(block.facts.map(([name, value]) => `**${escapeMarkdown(name)}:** ${escapeMarkdown(value)}`))
    case 'code':
      return codeMarkdown(block)
    case 'together':
      return [...block.blocks, ...block.aside].map((inner) => blockMarkdown(inner, pictureOf)).join('\n\n')
  }
}

/** One line. What stands for something in Markdown or HTML, and what would become a link or a mention, is written so that it shows as itself. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/\s*\n\s*/g, ' ')
    .trim()
    .replace(/[\\`*_{}[\]()#|~$^=!]/g, (sign) => `\\${sign}`)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('@', '&#64;')
    .replace(/:(?=\/\/)|(?<=\b(?:mailto|xmpp)):/gi, '&#58;')
    .replace(/\bwww\./gi, (word) => word.replace('.', '&#46;'))
    .replace(/^([-+])(?=\s|$)/, '\\$1')
    .replace(/^(-{3,})/, '\\$1')
    .replace(/^(\d{1,9})\./, '$1\\.')
}

function listMarkdown(items: readonly string[]): string {
  return items.map((item) => `- ${item}`).join('\n')
}

function tableMarkdown({ caption, head, rows, cells }: Table): string {
  const line = (texts: readonly string[]): string => `| ${texts.map(escapeMarkdown).join(' | ')} |`
  const sides = head.map((_, i) => (i > 0 && cells === 'numbers' ? '---:' : '---'))
  const table = [line(head), `| ${sides.join(' | ')} |`, ...rows.map(line)].join('\n')
  return caption === '' ? table : `**${escapeMarkdown(caption)}**\n\n${table}`
}

function chartMarkdown(chart: Chart, pictureOf: ((chart: Chart) => string) | null): string {
  const title = escapeMarkdown(chart.title)
  const picture = pictureOf === null ? [] : [`![${title}](${pictureOf(chart)})`]
  return [`**${title}.** ${escapeMarkdown(chart.note)}`, ...picture, tableMarkdown(chart.readings)].join('\n\n')
}

/** The fence is longer than any row of backticks inside, so that nothing can end it early. */
function codeMarkdown({ caption, text, language }: Code): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const fence = '`'.repeat(Math.max(3, longest + 1))
  const block = `${fence}${language}\n${text}\n${fence}`
  return caption === '' ? block : `${escapeMarkdown(caption)}:\n\n${block}`
}
