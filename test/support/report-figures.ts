/** The figures of a report in the order in which a reader meets them, from the document and from each of its formats. */
import type { Block, ReportDocument } from '#report/document'
import { specOf } from '#report/wandb-report'

/** With sign, thousands and per cent. Code is no figure of ours, but it comes through too. */
export function figuresIn(text: string): string[] {
  return text.match(/[+−]?\d[\d\u202f]*(?:\.\d+)?(?:\u00a0%)?/g) ?? []
}

export function documentFigures({ title, byline, blocks }: ReportDocument): string[] {
  return figuresIn([title, byline, ...blocks.flatMap(textsOf)].join('\n'))
}

function textsOf(block: Block): string[] {
  switch (block.kind) {
    case 'heading':
    case 'paragraph':
      return [block.text]
    case 'list':
      return [...block.items]
    case 'table':
      return [block.caption, ...block.head, ...block.rows.flat()]
    case 'charts':
      return block.charts.flatMap(({ title, note, readings }) => [title, note, ...textsOf(readings)])
    case 'facts':
      return block.facts.flat()
    case 'code':
      return [block.caption, block.text]
    case 'together':
      return [...block.blocks, ...block.aside].flatMap(textsOf)
  }
}

/** Drawings and what stands twice, the contents, are left out. */
export function htmlFigures(html: string): string[] {
  const body = html.slice(html.indexOf('<body>')).replace(/<(svg|nav|script)\b[\s\S]*?<\/\1>/g, '')
  return figuresIn(unescaped(body.replace(/<[^>]*>/g, '\n')))
}

export function markdownFigures(markdown: string): string[] {
  const plain = markdown.replace(/^!\[.*\]\([^)]*\)$/gm, '')
  return figuresIn(unescaped(plain.replace(/\\([^\w\s])/g, '$1')))
}

/** The text of a LaTeX file that this program wrote; sizes of columns and distances are no figures. */
export function latexFigures(latex: string): string[] {
  const body = latex.slice(latex.indexOf('\\begin{document}'))
  const bare = body
    .replace(/\\begin\{longtable\}.*/g, '')
    .replace(/\\setlength\{\\\w+\}\{\w+\}/g, '')
    .replaceAll('\\_\\allowbreak{}', '_')
    .replaceAll('~\\allowbreak{}', ' ')
    .replaceAll('$-$', '−')
    .replaceAll('\\,', '\u202f')
    .replaceAll('~', '\u00a0')
    .replace(/\\(?:textless|textgreater|textbar|text\w+|dots)\{\}/g, ' ')
    .replace(/\\([%&#_{}$])/g, '$1')
  return figuresIn(bare)
}

export function wandbFigures(document: ReportDocument): string[] {
  const texts: string[] = []
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) return value.forEach(walk)
    if (typeof value !== 'object' || value === null) return
    const { type, text, content, children } = value as Record<string, unknown>
    if (type === 'panel-grid') return
    if (typeof text === 'string') texts.push(text)
    if (typeof content === 'string') texts.push(unescaped(content.replace(/\\([^\w\s])/g, '$1')))
    walk(children)
  }
  walk((specOf(document, { entity: 'e', project: 'p' }) as { blocks: unknown }).blocks)
  return figuresIn([document.title, ...texts].join('\n'))
}

function unescaped(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replaceAll('&amp;', '&')
}
