/** What an attack found, in words. */
import type { AttackReport, CheatResult, RewardRemedy } from '#contract/reward-attack'
import type { RewardProfile } from '#contract/reward-profile'
import { counted, formatNumber } from '../../format/number.ts'
import { capitalised, spaced } from '../../format/words.ts'

/** Numbers of training tasks to choose from. A task takes a second or two. */
export const TASK_COUNTS = [4, 8, 16, 32] as const

/** Whether cheating pays, in a sentence. */
export function verdictWords({ taskCount, honest, right, cheats }: AttackReport): {
  readonly isSafe: boolean
  readonly words: string
} {
  const [best] = cheats
  if (taskCount === 0 || best === undefined) {
    return { isSafe: false, words: 'This profile cannot weigh these tasks: something that it asks about was not scored.' }
  }
  const others = `an honest failure ${formatNumber(honest)}, the right answer ${formatNumber(right)}.`
  const paid = cheats.filter(({ isWorthIt }) => isWorthIt)
  const [first] = paid
  if (first !== undefined) {
    const more = paid.length === 1 ? '' : ` ${counted(paid.length - 1, 'other cheat pays', 'other cheats pay')} as well.`
    return {
      isSafe: false,
      words: `Cheating pays: ${spaced(first.cheat)} earns ${formatNumber(first.meanReward)} in the mean, ${others}${more}`,
    }
  }
  if (best.meanReward === 0) return { isSafe: true, words: `No cheat earns anything; ${others}` }
  return {
    isSafe: true,
    words: `No cheat is worth it: the best paid, ${spaced(best.cheat)}, earns ${formatNumber(best.meanReward)} in the mean, ${others}`,
  }
}

/** Where a cheat stands best, and what pays it there. */
export function worstWords({ worst }: CheatResult): string {
  const payers = worst.paidBy.length === 0 ? '' : `, paid by ${worst.paidBy.map(capitalised).join(', ')}`
  return `${worst.taskId}: ${formatNumber(worst.reward)} against ${formatNumber(worst.honest)}${payers}`
}

/** What to change, as on a button. */
export function remedyWords({ setting, value }: RewardRemedy, profile: RewardProfile): string {
  const [, part = '', component] = setting.split('.')
  if (component === undefined) return `${capitalised(part)}: ${value}`
  const before = profile.weights[component as keyof RewardProfile['weights']]
  return `${capitalised(component)}: ${formatNumber(before)} → ${formatNumber(Number(value))}`
}

/** The profile with a remedy's change. */
export function remedied(profile: RewardProfile, { setting, value }: RewardRemedy): RewardProfile {
  const [, part = '', component] = setting.split('.')
  return component === undefined
    ? { ...profile, [part]: value }
    : { ...profile, weights: { ...profile.weights, [component]: value } }
}
