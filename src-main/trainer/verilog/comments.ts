/** As in tokens.ts; names and directives may hold what looks like the others. */
const BEGINNINGS = /\/\/|\/\*|"|\\\S*|`(?:[A-Za-z_][\w$]*|[\s\S]?)/g

/** The same text with comments and strings blanked out, so that lines and columns stay where they were. Linear, whatever its length. */
export function withoutComments(code: string): string {
  const parts: string[] = []
  let after = 0
  BEGINNINGS.lastIndex = 0
  for (let match = BEGINNINGS.exec(code); match !== null; match = BEGINNINGS.exec(code)) {
    const start = match.index
    const end = spanEnd(code, start)
    if (end < 0) continue
    parts.push(code.slice(after, start), blank(code.slice(start, end)))
    after = BEGINNINGS.lastIndex = end
  }
  return parts.join('') + code.slice(after)
}

/** Place behind the comment or string that begins there; -1 where none does. */
function spanEnd(code: string, start: number): number {
  if (code[start] === '"') return stringEnd(code, start)
  if (code[start] !== '/') return -1
  const isLine = code[start + 1] === '/'
  const close = code.indexOf(isLine ? '\n' : '*/', start + 2)
  return close < 0 ? code.length : isLine ? close : close + 2
}

/** No pattern: one with a choice in a loop runs out of stack in a string of some megabytes. What is not closed ends with its line. */
function stringEnd(code: string, start: number): number {
  for (let at = start + 1; at < code.length; at++) {
    if (code[at] === '"') return at + 1
    if (code[at] === '\n') return at
    // A last character that escapes nothing is none of the string's.
    if (code[at] === '\\' && ++at === code.length) return at - 1
  }
  return code.length
}

function blank(text: string): string {
  return text.includes('\n') ? text.replace(/[^\n]+/g, ({ length }) => ' '.repeat(length)) : ' '.repeat(text.length)
}
