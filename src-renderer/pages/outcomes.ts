/** Outcomes as a sign and a word: never by colour alone. */
import type { Outcome, Score } from '#contract/score'

const WORDS: Record<Outcome, string> = {
  passed: 'passed',
  partial: 'partly',
  failed: 'failed',
  'no-module': 'no module found',
  refused: 'refused by the guard',
  'compile-error': 'does not compile',
  'port-mismatch': 'ports differ',
  latch: 'infers a latch',
  'too-large': 'too large',
  timeout: 'timed out',
  'tool-crash': 'crashed the tool',
  'tool-limit': 'tool limit',
  'judges-disagree': 'judges disagree',
  'not-reached': 'not reached',
}

export interface OutcomeLook {
  readonly sign: '✔' | '◐' | '✘' | '·' | '?'
  readonly word: string
  readonly tone: 'good' | 'part' | 'bad' | 'none'
}

export function lookOf(score: Score): OutcomeLook {
  if (!('value' in score)) return { sign: '?', word: `unscored: ${score.unscored}`, tone: 'none' }
  const word = WORDS[score.outcome]
  if (score.outcome === 'passed') return { sign: '✔', word, tone: 'good' }
  if (score.outcome === 'partial') return { sign: '◐', word, tone: 'part' }
  if (score.outcome === 'not-reached') return { sign: '·', word, tone: 'none' }
  return { sign: '✘', word, tone: 'bad' }
}
