/** The document as LaTeX with tables of booktabs. No environment takes text as it is: whatever a model wrote, no command comes of it. */
import type { Block, Chart, Code, ReportDocument, Table } from './document.ts'

const PREAMBLE = String.raw`\documentclass[10pt,a4paper]{article}
\usepackage[T1]{fontenc}
\usepackage[utf8]{inputenc}
\usepackage{textcomp}
\usepackage[margin=20mm]{geometry}
\usepackage{booktabs,longtable,array}
\setlength{\parindent}{0pt}\setlength{\parskip}{5pt}
\begin{document}`

export function latexOf({ title, byline, blocks }: ReportDocument): string {
  const head = `{\\LARGE\\bfseries ${escapeLatex(title)}\\par}\n{\\small ${escapeLatex(byline)}\\par}`
  return [PREAMBLE, head, ...blocks.map(blockLatex), '\\end{document}', ''].join('\n\n')
}

function blockLatex(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `\\${block.level === 2 ? 'section' : 'subsection'}*{${escapeLatex(block.text)}}`
    case 'paragraph':
      return block.isNote ? `{\\small ${escapeLatex(block.text)}\\par}` : escapeLatex(block.text)
    case 'list':
      return itemsLatex(block.items.map(escapeLatex))
    case 'table':
      return tableLatex(block)
    case 'charts':
      return block.charts.map(chartLatex).join('\n\n')
    case 'facts':
      return itemsLatex(block.facts.map(([name, value]) => `\\textbf{${escapeLatex(name)}:} ${escapeLatex(value)}`))
    case 'code':
      return codeLatex(block)
    case 'together':
      return [...block.blocks, ...block.aside].map(blockLatex).join('\n\n')
  }
}

const SIGNS: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  $: '\\$',
  '%': '\\%',
  '&': '\\&',
  '#': '\\#',
  _: '\\_\\allowbreak{}',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  '"': '\\textquotedbl{}',
  "'": '\\textquotesingle{}',
  '`': '\\textasciigrave{}',
  '[': '{[}',
  ']': '{]}',
  '*': '{*}',
  '-': '{-}',
  '\t': '~~~~',
  '\u00a0': '~',
  '\u202f': '\\,',
  '−': '$-$',
  '–': '--',
  '—': '---',
  '…': '\\dots{}',
  '“': '``',
  '”': "''",
  '’': "'",
  '×': '$\\times$',
  '·': '\\textperiodcentered{}',
  '≥': '$\\geq$',
  '≤': '$\\leq$',
}

/** One paragraph. Signs that pdfTeX's fonts lack are named by their numbers. */
export function escapeLatex(text: string): string {
  return Array.from(text.replace(/\s*\n\s*/g, ' '), signLatex).join('')
}

function signLatex(sign: string): string {
  const known = SIGNS[sign]
  if (known !== undefined) return known
  const code = sign.codePointAt(0)!
  const isWritable = (code >= 0x20 && code < 0x7f) || (code >= 0xc0 && code <= 0x17f && code !== 0x149)
  return isWritable ? sign : `\\textless{}U+${code.toString(16).toUpperCase().padStart(4, '0')}\\textgreater{}`
}

function itemsLatex(items: readonly string[]): string {
  if (items.length === 0) return ''
  return ['\\begin{itemize}', '\\setlength{\\itemsep}{0pt}', ...items.map((item) => `\\item {}${item}`), '\\end{itemize}'].join(
    '\n',
  )
}

function tableLatex({ caption, head, rows, cells }: Table): string {
  const line = (texts: readonly string[]): string => `${texts.map(escapeLatex).join(' & ')} \\\\`
  const title = caption === '' ? [] : [`\\textbf{${escapeLatex(caption)}}\\par`]
  return [
    '{\\footnotesize\\setlength{\\tabcolsep}{4pt}',
    ...title,
    `\\begin{longtable}[l]{@{}${columnsOf(head.length, cells)}@{}}`,
    '\\toprule',
    line(head),
    '\\midrule\\endhead',
    '\\bottomrule\\endfoot',
    ...rows.map(line),
    '\\end{longtable}}',
  ].join('\n')
}

/** Columns of words break their lines, and share the width. */
function columnsOf(count: number, cells: Table['cells']): string {
  const others = count - 1
  if (cells === 'numbers' && others <= 5) return `l${'r'.repeat(others)}`
  const side = cells === 'numbers' ? '\\raggedleft' : '\\raggedright'
  const width = (0.76 / Math.max(1, others)).toFixed(3)
  return `>{\\raggedright\\arraybackslash}p{0.2\\linewidth}*{${others}}{>{${side}\\arraybackslash}p{${width}\\linewidth}}`
}

function chartLatex({ title, note, readings }: Chart): string {
  return `\\textbf{${escapeLatex(title)}.} ${escapeLatex(note)}\n\n${tableLatex(readings)}`
}

/** Line by line; spaces keep their width. */
function codeLatex({ caption, text }: Code): string {
  const lines = text.split('\n').map((line) => `\\mbox{}${escapeLatex(line).replaceAll(' ', '~\\allowbreak{}')}\\par`)
  const title = caption === '' ? [] : [`{\\small ${escapeLatex(caption)}:\\par}`]
  return [...title, '{\\ttfamily\\scriptsize\\raggedright\\setlength{\\parskip}{0pt}', ...lines, '}'].join('\n')
}
