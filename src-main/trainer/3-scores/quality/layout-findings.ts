/** How the text looks on a page. */
import type { Finding } from './finding.ts'

const MAX_LINE = 100

export function layoutFindings(code: string): Finding[] {
  const lines = code.split('\n')
  const long = lines.flatMap((text, i): Finding[] => {
    const line = i + 1
    if (text.length <= MAX_LINE) return []
    return [{ class: 'LINE-LENGTH', name: null, line, message: `line ${line} is longer than ${MAX_LINE} characters` }]
  })
  const isMixed = lines.some((line) => line.startsWith('\t')) && lines.some((line) => line.startsWith('  '))
  return isMixed
    ? [...long, { class: 'MIXED-INDENT', name: null, line: null, message: 'indented with tabs and blanks mixed' }]
    : long
}
