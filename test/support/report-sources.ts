/** Documents for tests of the formats, and texts that would like to be more than text. */
import { facts, heading, list, note, paragraph, type Chart, type ReportDocument, type Table } from '#report/document'

/** One document with every kind of block, its texts made by `text`. */
export function everyBlock(text: (name: string) => string): ReportDocument {
  const code = { kind: 'code', language: 'text', isAppendix: false, file: null } as const
  return {
    title: text('title'),
    byline: text('byline'),
    runIds: ['run-1', 'run-2'],
    blocks: [
      heading(text('heading')),
      heading(text('part'), 3),
      paragraph(text('paragraph')),
      note(text('note')),
      list([text('item'), text('second item')]),
      aTable(text),
      { ...aTable(text), cells: 'words', caption: '' },
      { kind: 'charts', charts: [aChart(text)] },
      facts([[text('name'), text('value')]]),
      { ...code, caption: text('caption'), text: text('code') },
      { ...code, caption: text('appendix'), text: text('long code'), isAppendix: true },
      { kind: 'together', blocks: [paragraph(text('inner'))], aside: [{ ...code, caption: '', text: text('inner code') }] },
    ],
  }
}

function aTable(text: (name: string) => string): Table {
  return {
    kind: 'table',
    caption: text('table'),
    head: ['', text('column')],
    rows: [[text('row'), text('cell')]],
    cells: 'numbers',
  }
}

export function aChart(text: (name: string) => string): Chart {
  const points = [0, 10, 20].map((at) => ({ at, value: at / 40, band: { low: at / 50, high: at / 30 }, text: text('point') }))
  return {
    key: 'train/reward',
    title: text('chart'),
    note: text('chart note'),
    range: 'number',
    axis: { unit: 'step', last: 20 },
    series: [
      { title: text('first series'), color: { group: 0 }, points },
      { title: text('second series'), color: { group: 1 }, points },
    ],
    readings: {
      kind: 'table',
      caption: '',
      head: ['step', '0', '20'],
      rows: [
        [text('first series'), text('reading'), text('reading')],
        [text('second series'), text('reading'), text('reading')],
      ],
      cells: 'numbers',
    },
  }
}

/** What a model may have written in place of a design. */
export const HOSTILE_TEXTS: readonly string[] = [
  '</script><script>fetch("https://example.org/")</script>',
  '<img src=x onerror=alert(1)>',
  '"><svg onload=alert(1)>',
  "' onmouseover='alert(1)",
  '--></style><style>@import url(https://example.org/x.css)</style>',
  '<!-- &lt;script&gt; &#60;b&#62;',
  '[a link](https://example.org/) ![picture](https://example.org/x.png) <https://example.org/>',
  'https://example.org/ www.example.org somebody@example.org @somebody mailto:a@example.org',
  '| a | b |\n| --- | --- |\n| c | d |',
  '```\n</pre>\n````\n`````\n# heading\n```verilog\nmodule m; endmodule\n```',
  '~~~\n# heading\n~~~',
  '# heading\n- item\n1. item\n> quote\n---\n***\n===\n\tcode',
  '**bold** _italic_ ~~gone~~ `code` $x^2$ $$y$$ [^1] \\(z\\)',
  '\\input{/etc/passwd} \\include{x} \\openin5=/etc/passwd',
  '\\write18{rm -rf /} \\immediate\\write18{id} \\directlua{os.execute("id")}',
  '\\end{longtable}\\end{document} \\catcode`\\%=12 \\def\\x{\\x}\\x',
  '$%&#_{}~^\\ \\\\[2cm] \\begin{verbatim} ^^5cinput ^^M',
  'a \\item b & c \\\\ \\hline',
  '\u0000\u0001\u0007\u001b[31mred\u001b[0m\u007f\u0085\u009b',
  'if (a\u202e) begin\u2066// \u2069\u200b\u200f end\ufeff\u00ad',
  '\ud800 alone, \udc00 alone, 😀 together',
  `${'x'.repeat(50_000)} end`,
  `${'word '.repeat(5_000)}\n${'y\n'.repeat(5_000)}`,
]
