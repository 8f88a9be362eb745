import type { AdvantageScale } from '#contract/algorithm'

/**
 * Advantage of each rollout against its group: reward minus group mean, divided by the group's standard deviation where asked for.
 * rewards: [groupSize], unitless; null = unscored, left out of mean and deviation, advantage 0. A group whose rewards are equal yields exactly 0.
 * Throws RangeError if there are fewer than 2 rewards. Source: the DeepSeekMath paper, outcome supervision; the deviation divides by n - 1.
 */
export function groupAdvantages(rewards: readonly (number | null)[], scaleByStd: boolean): number[] {
  if (rewards.length < 2) throw new RangeError(`a group needs at least 2 rollouts, not ${rewards.length}`)
  const scored = rewards.filter((reward) => reward !== null)
  if (scored.length < 2 || scored.every((reward) => reward === scored[0])) return rewards.map(() => 0)
  const mean = scored.reduce((sum, reward) => sum + reward, 0) / scored.length
  const variance = scored.reduce((sum, reward) => sum + (reward - mean) ** 2, 0) / (scored.length - 1)
  const scale = scaleByStd ? 1 / (Math.sqrt(variance) + STD_FLOOR) : 1
  return rewards.map((reward) => (reward === null ? 0 : (reward - mean) * scale))
}

/**
 * Advantages of a step's groups under a scale. group, none: as above, each group by itself · batch: reward minus group mean, divided by the
 * deviation of all rewards of the step. Source of the batch's deviation: Liu et al., "Tricks or traps?" (2025), and TRL's `scale_rewards`.
 */
export function stepAdvantages(groups: readonly (readonly (number | null)[])[], scale: AdvantageScale): number[][] {
  if (scale !== 'batch') return groups.map((rewards) => groupAdvantages(rewards, scale === 'group'))
  const scored = groups.flatMap((rewards) => rewards.filter((reward) => reward !== null))
  if (scored.length < 2) return groups.map((rewards) => rewards.map(() => 0))
  const divisor = deviation(scored) + STD_FLOOR
  return groups.map((rewards) => groupAdvantages(rewards, false).map((advantage) => advantage / divisor))
}

/**
 * Each part of the reward is normalised inside its group before the weighted sum, and the sum over the whole step, so that a part of small
 * spread is not drowned by one of large spread. parts: [groups][parts][groupSize], null = unscored; weights: [parts].
 * Source: GDPO (Liu et al., 2026); TRL's `normalize_then_sum`.
 */
export function advantagesByPart(
  groups: readonly (readonly (readonly (number | null)[])[])[],
  weights: readonly number[],
): number[][] {
  const sums = groups.map((parts) => {
    const normalised = parts.map((rewards) => groupAdvantages(rewards, true))
    return parts[0]!.map((reward, i) =>
      reward === null ? null : normalised.reduce((sum, advantages, k) => sum + weights[k]! * advantages[i]!, 0),
    )
  })
  const scored = sums.flatMap((group) => group.filter((sum) => sum !== null))
  if (scored.length < 2) return sums.map((group) => group.map(() => 0))
  const mean = scored.reduce((total, sum) => total + sum, 0) / scored.length
  const divisor = deviation(scored) + STD_FLOOR
  return sums.map((group) => group.map((sum) => (sum === null ? 0 : (sum - mean) / divisor)))
}

/**
 * Reward minus the mean of the other rewards of the group; null = unscored, left out, advantage 0. A single reward has nothing to be compared
 * with: 0. Source: RLOO (Ahmadian et al., "Back to basics", 2024).
 */
export function leaveOneOutAdvantages(rewards: readonly (number | null)[]): number[] {
  const scored = rewards.filter((reward) => reward !== null)
  if (scored.length < 2) return rewards.map(() => 0)
  const total = scored.reduce((sum, reward) => sum + reward, 0)
  return rewards.map((reward) => (reward === null ? 0 : reward - (total - reward) / (scored.length - 1)))
}

/** Divides by n - 1. */
function deviation(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1))
}

/** Keeps a nearly equal group from being blown up; the value of TRL. */
const STD_FLOOR = 1e-4
