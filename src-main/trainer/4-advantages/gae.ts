/** Generalised advantage estimation. Source: Schulman et al., "High-dimensional continuous control using GAE" (2016). */

export interface AdvantageEstimate {
  /** [tokens] */
  readonly advantages: Float32Array
  /** [tokens] advantages + values: the value head's targets. */
  readonly returns: Float32Array
}

/**
 * d_t = r_t + γ V_{t+1} - V_t; A_t = d_t + γ λ A_{t+1}. The completion ends the episode: V after the last token is 0.
 * rewards, values: [tokens], values of the states before each token. Throws RangeError for arrays of other lengths.
 */
export function estimateAdvantages(
  rewards: ArrayLike<number>,
  values: ArrayLike<number>,
  { gamma, gaeLambda }: { gamma: number; gaeLambda: number },
): AdvantageEstimate {
  if (rewards.length !== values.length) throw new RangeError(`${rewards.length} rewards and ${values.length} values`)
  const advantages = new Float32Array(rewards.length)
  let next = 0
  for (let t = rewards.length - 1; t >= 0; t--) {
    const following = t + 1 < values.length ? values[t + 1]! : 0
    const delta = rewards[t]! + gamma * following - values[t]!
    next = delta + gamma * gaeLambda * next
    advantages[t] = next
  }
  return { advantages, returns: advantages.map((advantage, t) => advantage + values[t]!) }
}

/** Advantages of all tokens of a step shifted to mean 0 and scaled to deviation 1; 0 when they are all equal, and unchanged a single one. */
export function whitened(groups: readonly Float32Array[]): Float32Array[] {
  const count = groups.reduce((sum, group) => sum + group.length, 0)
  const sumOf = (measure: (value: number) => number): number =>
    groups.reduce((sum, group) => sum + group.reduce((part, value) => part + measure(value), 0), 0)
  if (count < 2) return [...groups]
  const mean = sumOf((value) => value) / count
  const deviation = Math.sqrt(sumOf((value) => (value - mean) ** 2) / (count - 1))
  if (deviation === 0) return groups.map((group) => group.map(() => 0))
  return groups.map((group) => group.map((value) => (value - mean) / (deviation + 1e-8)))
}

/**
 * Token rewards of a step scaled to deviation 1, their mean kept: moving it would pay or fine every further token. Unchanged when they are
 * all equal. Source: Ziegler et al. (2019); TRL's masked_whiten without shift.
 */
export function scaledRewards(rewards: readonly Float32Array[]): Float32Array[] {
  const all = rewards.flatMap((tokens) => [...tokens])
  const mean = all.reduce((sum, reward) => sum + reward, 0) / Math.max(1, all.length)
  const variance = all.reduce((sum, reward) => sum + (reward - mean) ** 2, 0) / Math.max(1, all.length - 1)
  if (variance === 0) return [...rewards]
  const scale = 1 / Math.sqrt(variance + 1e-8)
  return rewards.map((tokens) => tokens.map((reward) => (reward - mean) * scale + mean))
}

/** What follows each token: G_t = r_t + γ G_{t+1}, [tokens]. */
export function rewardsToGo(rewards: Float32Array, gamma: number): Float32Array {
  const sums = new Float32Array(rewards.length)
  let next = 0
  for (let t = rewards.length - 1; t >= 0; t--) sums[t] = next = rewards[t]! + gamma * next
  return sums
}

/** Share of the newest step in the running mean of returns. */
const NEWEST_SHARE = 0.1

/** Mean over all tokens of a step; 0 without one. */
export function meanOfAll(tokens: readonly Float32Array[]): number {
  const count = tokens.reduce((sum, { length }) => sum + length, 0)
  return tokens.reduce((sum, values) => sum + values.reduce((part, value) => part + value, 0), 0) / Math.max(1, count)
}

/** The running mean of returns after a step; before the first there is none, and its own is taken. */
export function runningMean(before: number | undefined, ofStep: number): number {
  return before === undefined ? ofStep : before + NEWEST_SHARE * (ofStep - before)
}

/** 1 - var(return - value) / var(return); 0 when the returns do not vary. */
export function explainedVariance(returns: readonly Float32Array[], values: readonly Float32Array[]): number {
  const flat = (arrays: readonly Float32Array[]): number[] => arrays.flatMap((array) => [...array])
  const variance = (numbers: readonly number[]): number => {
    const mean = numbers.reduce((sum, value) => sum + value, 0) / numbers.length
    return numbers.reduce((sum, value) => sum + (value - mean) ** 2, 0) / numbers.length
  }
  const [targets, predictions] = [flat(returns), flat(values)]
  const spread = variance(targets)
  return targets.length === 0 || spread === 0 ? 0 : 1 - variance(targets.map((target, i) => target - predictions[i]!)) / spread
}
