import { tokensOf } from './tokens.ts'

/** The same text with comments and strings blanked out, so that lines and columns stay where they were. */
export function withoutComments(code: string): string {
  return code.replace(/\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|"(?:\\.|[^"\\\n])*"/g, (match) => match.replace(/[^\n]/g, ' '))
}

/** Advice on a case statement: what `(* full_case *)` says, too. */
const CASE_ADVICE = /^\/[/*]\s*(?:synopsys|synthesis)(?:\s+(?:full|parallel)_case)+\s*(?:\*\/)?$/

/**
 * The same text without the comments in which a design may tell a tool what not to read, e.g. `// synthesis translate_off`: all tools are to see
 * the same design. Lines and columns stay where they were.
 */
export function withoutPragmas(code: string): string {
  return tokensOf(code)
    .map(({ kind, text }) => (kind === 'comment' && !CASE_ADVICE.test(text) ? text.replace(/[^\n]/g, ' ') : text))
    .join('')
}
