/** A completion as tools get to read it: all of them the same design. */
import { tokensOf } from './tokens.ts'

/** Advice on a case statement: what `(* full_case *)` says, too. */
const CASE_ADVICE = /^\/[/*]\s*(?:synopsys|synthesis)(?:\s+(?:full|parallel)_case)+\s*(?:\*\/)?$/

/**
 * The same text without comments, in which a design may tell a tool what not to read (`// synthesis translate_off`) or to be silent, and without
 * the delay of `q <= #1 d`: synthesis passes over it, and a testbench would look before it is over. Lines and columns stay where they were.
 */
export function toolTextOf(code: string): string {
  let before = ''
  return tokensOf(code)
    .map(({ kind, text }) => {
      if (kind === 'space') return text
      if (kind === 'comment') return CASE_ADVICE.test(text) ? text : blank(text)
      const isDelay = (before === '<=' && text === '#') || (before === '<=#' && kind === 'number')
      before = before === '<=' && text === '#' ? '<=#' : text
      return isDelay ? blank(text) : text
    })
    .join('')
}

function blank(text: string): string {
  return text.replace(/[^\n]/g, ' ')
}
