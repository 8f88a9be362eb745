/** Whatever a model, a tool or a person wrote: a report shows it, and nothing comes of it. The structure of a file is that of the same document with harmless texts. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mapTexts, type ReportDocument } from '#report/document'
import { htmlOf } from '#report/html/html'
import { latexOf } from '#report/latex'
import { blockMarkdown, escapeMarkdown, markdownOf } from '#report/markdown'
import { visible } from '#report/visible-text'
import { everyBlock, HOSTILE_TEXTS } from '#test/support/report-sources'

const harmless = everyBlock(() => 'harmless')

/** As a report is built: texts are made visible once, before any format. */
function documentOf(text: string): ReportDocument {
  return mapTexts(
    everyBlock(() => text),
    visible,
  )
}

/** Every text that may stand in a report, whole or as part of another. */
const anyText = fc
  .oneof(
    fc.constantFrom(...HOSTILE_TEXTS.filter((text) => text.length < 1_000)),
    fc.string({ unit: 'grapheme' }),
    fc.string({ unit: 'binary' }),
    fc.array(fc.constantFrom(...'<>&"\'`\\{}$%|\n#-[]()a !^=')).map((signs) => signs.join('')),
  )
  // A caption that is empty is left out.
  .filter((text) => text !== '')

/** Tags and names of attributes, in order. */
function skeleton(html: string): string[] {
  const tags = html.replace(/<(style|script)>[\s\S]*?<\/\1>/g, '<$1/>').match(/<[^>]*>/g) ?? []
  return tags.map((tag) => tag.replace(/"[^"]*"/g, '""'))
}

describe('HTML', () => {
  test('has the same elements and attributes, whatever its texts', () => {
    const expected = skeleton(htmlOf(harmless))
    for (const text of HOSTILE_TEXTS) expect(skeleton(htmlOf(documentOf(text)))).toEqual(expected)
  })

  test('so it is with any text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(skeleton(htmlOf(documentOf(text)))).toEqual(skeleton(htmlOf(harmless)))
      }),
      { numRuns: 60 },
    )
  })

  test('allows by its policy the style and the script that are its own, and nothing else', () => {
    const html = htmlOf(harmless)
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)![1]!.replaceAll('&#39;', "'")
    expect(policy).toMatch(
      /^default-src 'none'; script-src 'sha256-[\w+/]{43}='; style-src 'sha256-[\w+/]{43}='; img-src data:; base-uri 'none'; form-action 'none'$/,
    )
    expect(html.match(/<(script|style)[ >]/g)).toEqual(['<style>', '<script>'])
    expect(html).not.toMatch(/ style="| on\w+="/)
  })
})

/** Commands of a LaTeX file. */
function commandsOf(latex: string): string[] {
  return latex.match(/\\(?:[a-zA-Z@]+\*?|.)/gs) ?? []
}

const ALLOWED_COMMANDS = new Set([
  ...commandsOf(latexOf(harmless)),
  ...[
    '\\textbackslash',
    '\\{',
    '\\}',
    '\\$',
    '\\%',
    '\\&',
    '\\#',
    '\\_',
    '\\allowbreak',
    '\\textasciitilde',
    '\\textasciicircum',
  ],
  ...['\\textless', '\\textgreater', '\\textbar', '\\textquotedbl', '\\textquotesingle', '\\textasciigrave', '\\,', '\\dots'],
  ...['\\times', '\\textperiodcentered', '\\geq', '\\leq'],
])

describe('LaTeX', () => {
  test('has no command that is not its own', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const latex = latexOf(documentOf(text))
        expect(commandsOf(latex).filter((command) => !ALLOWED_COMMANDS.has(command))).toEqual([])
      }),
      { numRuns: 60 },
    )
  })

  test('opens and closes the same groups, rows and environments, and no sign in it has a meaning of its own', () => {
    const bare = (latex: string): string => latex.replace(/\\(?:[a-zA-Z@]+|.)/gs, '')
    const ends = (latex: string): string[] => latex.match(/\\(?:begin|end)\{\w+\}/g) ?? []
    const count = (text: string, sign: string): number => text.split(sign).length - 1
    const expected = latexOf(harmless)
    for (const text of HOSTILE_TEXTS) {
      const latex = latexOf(documentOf(text))
      expect(count(bare(latex), '{')).toBe(count(bare(latex), '}'))
      expect(ends(latex)).toEqual(ends(expected))
      expect(count(bare(latex), '&')).toBe(count(bare(expected), '&'))
      for (const sign of ['%', '#', '^', '_']) expect([sign, count(bare(latex), sign)]).toEqual([sign, 0])
    }
  })

  test('holds no byte that pdfTeX could stumble over', () => {
    for (const text of HOSTILE_TEXTS) expect(latexOf(documentOf(text))).toMatch(/^[\n\x20-\x7e\u00c0-\u017f]*$/)
  })
})

describe('Markdown', () => {
  test('a text stays in its line and in its cell', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const escaped = escapeMarkdown(visible(text))
        expect(escaped).not.toContain('\n')
        expect(escaped.replace(/\\.|&#?\w+;/g, '')).not.toMatch(/[\\`*_{}[\]()#|~$^=!<>@&]/)
      }),
    )
  })

  test('has as many lines of each kind, whatever its texts', () => {
    const kinds = (markdown: string): string[] =>
      withoutCode(markdown).map((line) => /^(#+ |- |\| |\*\*|\*|!\[)/.exec(line)?.[0] ?? (line === '' ? '' : 'text'))
    const expected = kinds(markdownOf(harmless, null))
    for (const text of HOSTILE_TEXTS.filter((one) => one.trim() !== ''))
      expect(kinds(markdownOf(documentOf(text), null))).toEqual(expected)
  })

  test('nothing in a text becomes a link, a mention or an element', () => {
    for (const text of HOSTILE_TEXTS) {
      const markdown = withoutCode(markdownOf(documentOf(text), null))
        .join('\n')
        .replace(/\\./g, '')
      expect(markdown).not.toMatch(/<|https?:\/\/|www\.|@|\]\(/)
    }
  })

  test('a block of code ends where we end it', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const block = blockMarkdown(
          { kind: 'code', language: 'text', caption: '', text: visible(text), isAppendix: false, file: null },
          null,
        )
        const lines = block.split('\n')
        const fence = /^`+/.exec(lines[0]!)![0]
        expect(lines.slice(1, -1).some((line) => line.trimStart().startsWith(fence))).toBe(false)
        expect(lines.at(-1)).toBe(fence)
      }),
    )
  })
})

/** Lines outside of blocks of code. */
function withoutCode(markdown: string): string[] {
  let fence: string | null = null
  return markdown.split('\n').filter((line) => {
    const opened = /^(`{3,})/.exec(line)?.[1]
    if (fence === null && opened !== undefined) {
      fence = opened
      return false
    }
    if (fence === null) return true
    if (line === fence) fence = null
    return false
  })
}

describe('what cannot be seen', () => {
  test('is written out: control characters, turned directions, half characters', () => {
    expect(visible('a\u202eb\u0000\u200b')).toBe('a<U+202E>b<U+0000><U+200B>')
    expect(visible('\ud800x')).toBe('\ufffdx')
    expect(visible('tab\tand\r\nline 😀 ü −1 10\u202f240')).toBe('tab\tand\nline 😀 ü −1 10\u202f240')
  })

  test('a line and a text that never end are cut, and it is said how much is left out', () => {
    const long = visible('x'.repeat(50_000))
    expect(long).toBe(`${'x'.repeat(2_000)} … (48000 more characters)`)
    expect(visible('y\n'.repeat(50_000)).length).toBeLessThan(40_100)
  })
})
