/** Case statements that say nothing of some values. */
import type { Finding } from './finding.ts'
import type { ModuleBody } from './module-bodies.ts'
import type { Widths } from './width-findings.ts'

/** Wider selectors are enumerated by nobody. */
const MAX_SELECTOR = 12
/** Cases stand within cases: a design must not make us read it thousands of times. */
const MAX_CASES = 100

/** `case` of a name whose width is known, without a default and with fewer items than the name has values. */
export function incompleteCases(body: ModuleBody, widths: Widths): Finding[] {
  const places = body.tokens.flatMap(({ kind, text }, at) => (kind === 'word' && text === 'case' ? [at] : []))
  return places.slice(0, MAX_CASES).flatMap((at): Finding[] => {
    // A selector of one token: brackets around a name.
    const close = body.partners[at + 1] ?? -1
    const name = close === at + 3 ? body.tokens[at + 2]!.text : ''
    const width = widths.get(name)
    const items = width === undefined || width > MAX_SELECTOR ? null : itemCount(body, close + 1)
    if (items === null || items >= 2 ** width!) return []
    const message = `the case has ${items} of ${2 ** width!} values and no default`
    return [{ class: 'CASEINCOMPLETE', name, line: body.lineOf(at), message }]
  })
}

/** Values before the colons of a case, each counted once; null with a default, or where an item is more than a name or a number. */
function itemCount({ tokens, partners }: ModuleBody, from: number): number | null {
  const values = new Set<string>()
  let depth = 0
  let isItem = true
  for (let at = from; at < tokens.length; at++) {
    const { kind, text } = tokens[at]!
    if (text === '(' || text === '[' || text === '{') at = Math.max(at, partners[at]!)
    if (/^(case[xz]?|begin)$/.test(text)) depth++
    if (text === 'endcase' && depth === 0) return values.size
    if (text === 'endcase' || text === 'end') depth--
    if (depth > 0) continue
    if (isItem && text === 'default') return null
    if (isItem && (kind === 'word' || kind === 'number')) values.add(text)
    else if (isItem && text !== ',' && text !== ':' && text !== ';' && text !== 'end') return null
    if (text === ':' && isItem) isItem = false
    // The statement of an item ends; `else` goes on with it.
    else if (text === ';' || text === 'end') isItem = tokens[at + 1]?.text !== 'else'
  }
  return null
}
