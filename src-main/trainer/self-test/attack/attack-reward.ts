/** Are cheats worth it? A run's own scorer and reward profile on cheats, on an honest failure and on the right answer, for some of its tasks. */
import { COMPONENTS, type Component } from '#contract/components'
import type { AttackReport, CheatResult } from '#contract/reward-attack'
import type { RewardProfile } from '#contract/reward-profile'
import { isScored, type ScoreReport } from '#contract/score'
import type { Task } from '#contract/task'
import { mean } from '#statistics/pass-at-k'
import { fenced } from '../../3-scores/extract.ts'
import { trueReasoning } from '../../3-scores/reference-answer.ts'
import type { Scorer } from '../../3-scores/scorer.ts'
import { weigh, type Weighed } from '../../3-scores/weigh.ts'
import { hashSeed } from '../../math/random.ts'
import { cheatsOn } from './cheats.ts'
import { honestFailures } from './honest-failures.ts'

export interface Attack {
  readonly tasks: readonly Task[]
  readonly scorer: Pick<Scorer, 'score'>
  readonly profile: RewardProfile
  /** The run's. */
  readonly seed: number
  /** Throws when the attack is to end. */
  readonly gate?: () => void
}

/** Rewards are sums of products: what differs by less is equal. */
const NEARLY = 1e-9

interface AttackedTask {
  readonly taskId: string
  readonly right: number
  readonly honest: Weighed
  readonly cheats: ReadonlyMap<string, Weighed>
}

/** Every answer comes with the same true reasoning about the reference: a cheat would write it, too. */
export async function attackReward(attack: Attack): Promise<AttackReport> {
  const attacked: AttackedTask[] = []
  for (const task of attack.tasks) {
    attack.gate?.()
    const one = await attackTask(task, attack)
    if (one !== null) attacked.push(one)
  }
  const names = [...(attacked[0]?.cheats.keys() ?? [])]
  return {
    profile: attack.profile.name,
    taskCount: attacked.length,
    skippedCount: attack.tasks.length - attacked.length,
    right: mean(attacked.map(({ right }) => right)),
    honest: mean(attacked.map(({ honest }) => honest.reward!)),
    cheats: names.map((name) => resultOf(name, attacked)).sort((a, b) => b.meanReward - a.meanReward),
  }
}

async function attackTask(task: Task, { scorer, profile, seed }: Attack): Promise<AttackedTask | null> {
  const { reference, ports } = task
  // Where doing nothing is right, it is no cheat.
  if (reference === null || ports.length === 0 || task.trivialMatch === 1) return null
  const stimulus = hashSeed(seed, 'attack', task.id)
  // A reference that its own judge refuses says nothing about a reward.
  if (!isPassed(await scorer.score(fenced(reference), task, stimulus))) return null
  const reasoning = (await trueReasoning(task)) ?? ''
  const report = (code: string): ReturnType<Scorer['score']> => scorer.score(reasoning + fenced(code), task, stimulus)
  const right = weigh((await report(reference)).scores, profile).reward
  const honest = await failHonestly(honestFailures(task, reference), report, profile)
  if (right === null || honest === null) return null
  const cheats = await Promise.all(
    cheatsOn(task).map(async ({ name, code }) => [name, weigh((await report(code)).scores, profile)] as const),
  )
  return { taskId: task.id, right, honest, cheats: new Map(cheats) }
}

function isPassed({ scores: { functional } }: ScoreReport): boolean {
  return isScored(functional) && functional.outcome === 'passed'
}

/** The first that compiles and synthesises as the reference does, and fails in its function alone; null where none does. */
async function failHonestly(
  codes: readonly string[],
  report: (code: string) => ReturnType<Scorer['score']>,
  profile: RewardProfile,
): Promise<Weighed | null> {
  for (const code of codes) {
    const { scores } = await report(code)
    const { compilation, functional, synthesis } = scores
    const isHonest =
      isScored(functional) &&
      functional.outcome === 'failed' &&
      [compilation, synthesis].every((score) => isScored(score) && score.outcome === 'passed')
    const weighed = weigh(scores, profile)
    if (isHonest && weighed.reward !== null) return weighed
  }
  return null
}

function resultOf(cheat: string, attacked: readonly AttackedTask[]): CheatResult {
  // What could not be scored takes no part in a step, and so earns nothing.
  const rewardIn = ({ cheats }: AttackedTask): number => cheats.get(cheat)!.reward ?? 0
  const margin = (one: AttackedTask): number => rewardIn(one) - one.honest.reward!
  const worst = attacked.reduce((most, one) => (margin(one) > margin(most) ? one : most))
  const meanReward = mean(attacked.map(rewardIn))
  const honest = mean(attacked.map((one) => one.honest.reward!))
  return {
    cheat,
    meanReward,
    worst: {
      taskId: worst.taskId,
      reward: rewardIn(worst),
      honest: worst.honest.reward!,
      paidBy: paidBy(worst.cheats.get(cheat)!, worst.honest),
    },
    // Who tries honestly also fails to compile at times: a cheat that is paid as much is the safer bet.
    isWorthIt: margin(worst) > NEARLY || (meanReward > NEARLY && meanReward > honest - NEARLY),
  }
}

/** What pays it more than an honest failure; where nothing does, what pays it at all. */
function paidBy({ parts }: Weighed, honest: Weighed): Component[] {
  const more = (component: Component): number => parts[component] - honest.parts[component]
  const above = COMPONENTS.filter((component) => more(component) > NEARLY).sort((a, b) => more(b) - more(a))
  if (above.length > 0) return above
  return COMPONENTS.filter((component) => parts[component] > NEARLY).sort((a, b) => parts[b] - parts[a])
}
