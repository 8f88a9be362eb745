/** A scorer whose reasoning scores a language model has a say in. */
import { setTimeout as delay } from 'node:timers/promises'
import { isScored, type Score, type ScoreReport } from '#contract/score'
import type { Task } from '#contract/task'
import type { Scorer } from '../scorer.ts'
import type { EndpointJudge, Judgement, JudgedItem } from './endpoint-judge.ts'

export interface ReasoningJudge {
  readonly judge: Pick<EndpointJudge, 'judge'>
  /** Weight of the judge beside the grammar, 0..1. */
  readonly share: number
}

/** Completions that end about together are asked about together. */
const GATHERING_MS = 400

/** Never rejects; where the judge fails, the reasoning is unscored and all else stands. */
export function withReasoningJudge(scorer: Pick<Scorer, 'score'>, { judge, share }: ReasoningJudge): Pick<Scorer, 'score'> {
  const ask = gathered(judge)
  return {
    score: async (completion: string, task: Task, stimulusSeed: number): Promise<ScoreReport> => {
      const report = await scorer.score(completion, task, stimulusSeed)
      const { reasoning } = report.scores
      if (!isScored(reasoning) || reasoning.outcome === 'not-reached') return report
      const judgement = await ask({ instruction: task.instruction, reasoning: report.reasoning, code: report.code })
      return { ...report, scores: { ...report.scores, reasoning: blended(reasoning, judgement, share) } }
    },
  }
}

function blended(grammar: Extract<Score, { value: number }>, judgement: Judgement, share: number): Score {
  if ('unscored' in judgement) return judgement
  const value = (1 - share) * grammar.value + share * judgement.value
  const why = judgement.reasons.length === 0 ? '' : `: ${judgement.reasons.join('; ')}`
  const summary = `${grammar.evidence.summary} The language model gives ${judgement.value.toFixed(2)}${why}.`
  return {
    value,
    outcome: value === 1 ? 'passed' : value > 0 ? 'partial' : 'failed',
    evidence: { ...grammar.evidence, summary },
  }
}

/** One item at a time in, many at a time on. */
function gathered(judge: Pick<EndpointJudge, 'judge'>): (item: JudgedItem) => Promise<Judgement> {
  let items: JudgedItem[] = []
  let answers: Promise<Judgement[]> | null = null
  return async (item) => {
    const place = items.push(item) - 1
    answers ??= delay(GATHERING_MS).then(() => {
      const all = items
      items = []
      answers = null
      return judge.judge(all)
    })
    return (await answers)[place]!
  }
}
