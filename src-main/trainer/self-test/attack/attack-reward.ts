/** An attack on a reward: a run's own scorer on cheats, on honest failures and on the right answer, for some of its tasks. */
import type { AttackedTask, AttackScores } from '#contract/reward-attack'
import { COMPONENTS, isScored, type Score, type ScoreReport, type Scores } from '#contract/score'
import type { Task } from '#contract/task'
import { fenced } from '../../3-scores/extract.ts'
import { trueReasoning } from '../../3-scores/reference-answer.ts'
import type { Scorer } from '../../3-scores/scorer.ts'
import { hashSeed } from '../../math/random.ts'
import { cheatsOn } from './cheats.ts'
import { honestFailures } from './honest-failures.ts'

export interface Attack {
  readonly tasks: readonly Task[]
  readonly scorer: Pick<Scorer, 'score'>
  /** The run's. */
  readonly seed: number
  /** Called before each task; throws when the attack is to end. */
  readonly gate?: (triedCount: number) => void
}

type ScoresOf = (code: string) => Promise<Scores>

/** Every answer comes with the same true reasoning about the reference: a cheat would write it, too. */
export async function attackReward(attack: Attack): Promise<AttackScores> {
  const tasks: AttackedTask[] = []
  for (const [i, task] of attack.tasks.entries()) {
    attack.gate?.(i)
    const attacked = await attackTask(task, attack)
    if (attacked !== null) tasks.push(attacked)
  }
  return { tasks, skippedCount: attack.tasks.length - tasks.length }
}

async function attackTask(task: Task, { scorer, seed }: Attack): Promise<AttackedTask | null> {
  const { reference, ports } = task
  // Where doing nothing is right, it is no cheat.
  if (reference === null || ports.length === 0 || task.trivialMatch === 1) return null
  const stimulus = hashSeed(seed, 'attack', task.id)
  // A reference that its own judge refuses says nothing about a reward.
  if (!isPassed(await scorer.score(fenced(reference), task, stimulus))) return null
  const reasoning = (await trueReasoning(task)) ?? ''
  const scoresOf: ScoresOf = async (code) => bare((await scorer.score(reasoning + fenced(code), task, stimulus)).scores)
  const right = await scoresOf(reference)
  const honest = await failHonestly(honestFailures(task, reference), scoresOf)
  if (honest.length === 0) return null
  const cheats = await Promise.all(cheatsOn(task).map(async ({ name, code }) => [name, await scoresOf(code)] as const))
  return { taskId: task.id, right, honest, cheats: Object.fromEntries(cheats) }
}

function isPassed({ scores: { functional } }: ScoreReport): boolean {
  return isScored(functional) && functional.outcome === 'passed'
}

/** Those that compile and synthesise as the reference does, and fail in their function alone; up to the first that every profile can weigh. */
async function failHonestly(codes: readonly string[], scoresOf: ScoresOf): Promise<Scores[]> {
  const honest: Scores[] = []
  for (const code of codes) {
    const scores = await scoresOf(code)
    const { compilation, functional, synthesis } = scores
    const isHonest =
      isScored(functional) &&
      functional.outcome === 'failed' &&
      [compilation, synthesis].every((score) => isScored(score) && score.outcome === 'passed')
    if (!isHonest) continue
    honest.push(scores)
    if (COMPONENTS.every((component) => isScored(scores[component]))) break
  }
  return honest
}

/** Scores that are kept for other profiles need no more than their words. */
function bare(scores: Scores): Scores {
  const one = (score: Score): Score => (isScored(score) ? { ...score, evidence: { summary: score.evidence.summary } } : score)
  return Object.fromEntries(COMPONENTS.map((component) => [component, one(scores[component])])) as Scores
}
