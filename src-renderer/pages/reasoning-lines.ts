/** The lines of a reasoning block, each with what the scorer found out about it. */
import type { Score, Statement } from '#contract/score'

export type LineVerdict = 'true' | 'false' | 'not checkable' | 'prose'

export interface ReasoningLine {
  readonly text: string
  readonly verdict: LineVerdict
  /** What the netlist says, or why nothing can be said. */
  readonly note: string
}

/** A sign and a word for each verdict; prose claims nothing that could be checked. */
export const VERDICT_LOOKS: Readonly<Record<LineVerdict, { readonly sign: string; readonly tone: 'good' | 'bad' | 'soft' }>> = {
  true: { sign: '✔', tone: 'good' },
  false: { sign: '✘', tone: 'bad' },
  'not checkable': { sign: '?', tone: 'soft' },
  prose: { sign: '', tone: 'soft' },
}

/** In their order, empty ones left out. */
export function reasoningLines(reasoning: string, score: Score): ReasoningLine[] {
  const statements = 'value' in score ? (score.evidence.statements ?? []) : []
  const byText = new Map(statements.map((statement) => [statement.text, statement]))
  const unread = 'value' in score ? score.evidence.summary : score.unscored
  return reasoning
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((text) => lineOf(text, byText, unread))
}

function lineOf(text: string, byText: ReadonlyMap<string, Statement>, unread: string): ReasoningLine {
  const claim = claimOf(text)
  if (claim === null) return { text, verdict: 'prose', note: '' }
  const statement = byText.get(claim)
  // Where the design did not get as far as a netlist, nothing was checked.
  if (statement === undefined) return { text, verdict: 'not checkable', note: byText.size === 0 ? unread : '' }
  const verdict = statement.isTrue ? 'true' : statement.isUncheckable ? 'not checkable' : 'false'
  return { text, verdict, note: statement.isTrue ? '' : statement.note }
}

/** `key: value` as the scorer names it; null for prose. */
function claimOf(text: string): string | null {
  const match = /^([A-Za-z_]\w*)\s*:\s*(\S.*)$/.exec(text)
  return match === null ? null : `${match[1]}: ${match[2]!.replace(/\s+/g, ' ')}`
}
