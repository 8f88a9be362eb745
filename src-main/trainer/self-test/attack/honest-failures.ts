/** What an engineer writes who understood the task and slipped: the reference with one piece changed, which compiles and does something else. */
import { meaningfulTokens, type Token } from '../../verilog/tokens.ts'
import type { Interface } from '../module-text.ts'
import { invertedText } from '../probes.ts'

/** A piece, and what stands there by mistake. */
const SLIPS: Readonly<Record<string, string>> = {
  '+': '-',
  '-': '+',
  '&': '|',
  '|': '&',
  '^': '|',
  '&&': '||',
  '||': '&&',
  '==': '!=',
  '!=': '==',
  '<': '>',
  '>': '<',
  '<<': '>>',
  '>>': '<<',
  '~': '',
  '!': '',
  "1'b0": "1'b1",
  "1'b1": "1'b0",
}
const MOST = 6

/** Designs that fail honestly, more plausible ones first; the last is right in nothing. Whether one really fails is for a judge to say. */
export function honestFailures(target: Interface, reference: string): string[] {
  const places = slipsIn(reference)
  // Those of the end too: the first pieces are often the reset's.
  const chosen = [...places.slice(-MOST / 2).reverse(), ...places.slice(0, -MOST / 2).slice(0, MOST / 2)]
  const slipped = chosen.map(
    ({ text, start }) => `${reference.slice(0, start)}${SLIPS[text]}${reference.slice(start + text.length)}`,
  )
  return [...slipped, invertedText(target, reference)]
}

/** Behind the header and outside of square brackets, where a change could leave the width of something. */
function slipsIn(code: string): Token[] {
  const tokens = meaningfulTokens(code)
  const header = tokens.findIndex(({ text }) => text === ';')
  let depth = 0
  return tokens.filter(({ text }, i) => {
    if (text === '[') depth++
    if (text === ']') depth--
    return i > header && depth === 0 && Object.hasOwn(SLIPS, text)
  })
}
