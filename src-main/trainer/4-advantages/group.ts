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

/** Keeps a nearly equal group from being blown up; the value of TRL. */
const STD_FLOOR = 1e-4
