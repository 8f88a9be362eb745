/** Are cheats worth it? The scores of an attack, weighed by a reward profile: without a model and without a tool. */
import { COMPONENTS, type Component } from '#contract/components'
import type { AttackedTask, AttackReport, AttackScores, CheatResult } from '#contract/reward-attack'
import type { RewardProfile } from '#contract/reward-profile'
import { mean } from '#statistics/pass-at-k'
import { weigh, type Weighed } from '../../3-scores/weigh.ts'
import { remediesOf } from './reward-remedies.ts'

/** Rewards are sums of products: what differs by less is equal. */
const NEARLY = 1e-9

interface WeighedTask {
  readonly taskId: string
  readonly right: number
  readonly honest: Weighed
  readonly cheats: ReadonlyMap<string, Weighed>
}

type Result = Omit<AttackReport, 'remedies'>

export function weighAttack(scores: AttackScores, profile: RewardProfile): AttackReport {
  const result = resultOf(scores, profile)
  const isSafe = (changed: RewardProfile): boolean => !paysCheats(resultOf(scores, changed))
  return { ...result, remedies: paysCheats(result) ? remediesOf(profile, isSafe) : [] }
}

function paysCheats({ cheats }: Result): boolean {
  return cheats.some(({ isWorthIt }) => isWorthIt)
}

function resultOf({ tasks, skippedCount }: AttackScores, profile: RewardProfile): Result {
  const weighed = tasks.flatMap((task) => weighTask(task, profile) ?? [])
  const names = [...(weighed[0]?.cheats.keys() ?? [])]
  return {
    profile: profile.name,
    taskCount: weighed.length,
    skippedCount: skippedCount + tasks.length - weighed.length,
    right: mean(weighed.map(({ right }) => right)),
    honest: mean(weighed.map(({ honest }) => honest.reward!)),
    cheats: names.map((name) => cheatResult(name, weighed)).sort((a, b) => b.meanReward - a.meanReward),
  }
}

/** null where the profile asks about something that was not scored. */
function weighTask({ taskId, right, honest, cheats }: AttackedTask, profile: RewardProfile): WeighedTask | null {
  const { reward } = weigh(right, profile)
  const failure = honest.map((scores) => weigh(scores, profile)).find((weighed) => weighed.reward !== null)
  if (reward === null || failure === undefined) return null
  const ofCheats = Object.entries(cheats).map(([name, scores]) => [name, weigh(scores, profile)] as const)
  return { taskId, right: reward, honest: failure, cheats: new Map(ofCheats) }
}

function cheatResult(cheat: string, weighed: readonly WeighedTask[]): CheatResult {
  // What could not be scored takes no part in a step, and so earns nothing.
  const rewardIn = ({ cheats }: WeighedTask): number => cheats.get(cheat)!.reward ?? 0
  const margin = (one: WeighedTask): number => rewardIn(one) - one.honest.reward!
  const worst = weighed.reduce((most, one) => (margin(one) > margin(most) ? one : most))
  const meanReward = mean(weighed.map(rewardIn))
  const honest = mean(weighed.map((one) => one.honest.reward!))
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
