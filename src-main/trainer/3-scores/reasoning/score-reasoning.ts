/** A reasoning block against the design that it stands before. */
import type { Score } from '#contract/score'
import type { DesignFacts } from './facts.ts'
import { checkReasoning } from './statements.ts'

/** What the statements of a completion are held against. */
export interface Grounds {
  readonly facts: DesignFacts
  /** Kinds of statements that the task asks for. */
  readonly required: readonly string[]
}

export function scoreReasoning(reasoning: string, { facts, required }: Grounds): Score {
  const { value, statements, missing } = checkReasoning(reasoning, facts, required)
  const right = statements.filter(({ isTrue }) => isTrue).length
  const gaps = missing.length === 0 ? '' : ` Nothing true about: ${missing.join(', ')}.`
  const summary = `${right} of ${statements.length} statements are true of the design.${gaps}`
  return {
    value,
    outcome: value === 1 ? 'passed' : value > 0 ? 'partial' : 'failed',
    evidence: { summary, statements: [...statements] },
  }
}
