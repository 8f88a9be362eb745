/**
 * What training minimises, in plain loops over tokens: the judge of all engines. An engine may compute the same in a graph or on a GPU;
 * it agrees with this file to a stated bound.
 *
 * Sources: clipped surrogate, value clip and entropy bonus: the PPO paper (Schulman et al., 2017); group-relative use of it and the
 * k3 estimate of the KL in the loss: the DeepSeekMath paper (Shao et al., 2024); k1, k2, k3: Schulman, "Approximating KL divergence" (2020);
 * dual clip: Ye et al. (2020). How tokens are weighed: loss-mean.ts.
 */
import type { KlEstimator, Minibatch, Objective, TrainingSequence, UpdateStats } from '../flow.ts'
import { meanOf, tokenWeights } from './loss-mean.ts'

export { lossMeanOf, meanOf, tokenWeights } from './loss-mean.ts'

export type PolicyObjective = Extract<Objective, { kind: 'policy' }>

/** Bound of a log ratio before it is exponentiated. */
export const MAX_LOG_RATIO = 20
/** Bound of a log difference in the k3 estimate, which would otherwise explode where the policy crushed a token. */
export const MAX_KL_DIFFERENCE = 10
/** More than any surrogate, and still a number in single precision. */
const NO_CAP = 1e30

/** All completion tokens of some sequences, end to end. Arrays are [tokens]. */
export interface TokenBatch {
  readonly oldLogprobs: Float32Array
  readonly refLogprobs: Float32Array
  readonly advantages: Float32Array
  readonly returns: Float32Array
  readonly oldValues: Float32Array
  /** Share of each token in the loss of the minibatch. Under the token mean they add up to 1. */
  readonly weights: Float32Array
}

/** What the policy says now. Arrays are [tokens]; `values` is null without a value head. */
export interface PolicyNow {
  readonly logprobs: Float32Array
  readonly entropies: Float32Array
  readonly values: Float32Array | null
}

/** Sums over tokens of weight · quantity, so that the parts of a minibatch add up. */
export interface ObjectiveSums {
  readonly loss: number
  readonly policyLoss: number
  readonly valueLoss: number
  readonly entropy: number
  readonly kl: number
  readonly approxKl: number
  readonly ratio: number
  readonly clipRatioLow: number
  readonly clipRatioHigh: number
  readonly clipRatioDual: number
  /** Sum of the weights where they need not add up to 1 over a minibatch; 0 where they do. What is measured is divided by it. */
  readonly weight: number
}

/** The tokens of a minibatch, end to end. Missing reference log-probs, returns and values are 0. */
export function flattenTokens(minibatch: Minibatch, objective: Objective): TokenBatch {
  const { sequences } = minibatch
  const weights = tokenWeights(sequences, meanOf(objective))
  const join = (pick: (sequence: TrainingSequence, i: number) => ArrayLike<number> | null): Float32Array =>
    Float32Array.from(
      sequences.flatMap((sequence, i) => Array.from(pick(sequence, i) ?? new Float32Array(sequence.completionTokens.length))),
    )
  return {
    oldLogprobs: join((sequence) => sequence.oldLogprobs),
    refLogprobs: join((sequence) => sequence.refLogprobs),
    advantages: join((sequence) => sequence.advantages),
    returns: join((sequence) => sequence.returns),
    oldValues: join((sequence) => sequence.oldValues),
    weights: join((sequence, i) => new Float32Array(sequence.completionTokens.length).fill(weights[i]!)),
  }
}

/** k3 estimate of KL(p ‖ q) at a token drawn from p: exp(log q - log p) - (log q - log p) - 1. Never negative. */
export function k3(logp: number, logq: number): number {
  const difference = clamp(logq - logp, -MAX_KL_DIFFERENCE, MAX_KL_DIFFERENCE)
  return Math.exp(difference) - difference - 1
}

/**
 * An estimate of KL(policy ‖ reference) at a token that the policy drew, and its slope by the token's log-prob. Each has the KL as its mean, k2
 * nearly. Only k2's slope has the KL's gradient as its mean: k1's has mean 0, and k3's is that of the reverse KL.
 */
export function klEstimate(estimator: KlEstimator, logprob: number, refLogprob: number): { kl: number; gradient: number } {
  const difference = logprob - refLogprob
  if (estimator === 'k1') return { kl: difference, gradient: 1 }
  if (estimator === 'k2') return { kl: 0.5 * difference * difference, gradient: difference }
  const gradient = Math.abs(difference) > MAX_KL_DIFFERENCE ? 0 : 1 - Math.exp(-difference)
  return { kl: k3(logprob, refLogprob), gradient }
}

export interface ObjectiveResult {
  readonly sums: ObjectiveSums
  /** ∂loss/∂logprob, [tokens]. */
  readonly logprobGradient: Float32Array
  /** ∂loss/∂value, [tokens]; zeros without a value head. */
  readonly valueGradient: Float32Array
  /** ∂loss/∂entropy, [tokens]. */
  readonly entropyGradient: Float32Array
}

/** Value and gradients of the objective at the policy's present outputs. */
export function evaluateObjective(objective: Objective, batch: TokenBatch, now: PolicyNow): ObjectiveResult {
  return objective.kind === 'supervised' ? supervised(batch, now) : policyObjective(objective, batch, now)
}

function policyObjective(objective: PolicyObjective, batch: TokenBatch, now: PolicyNow): ObjectiveResult {
  const count = batch.weights.length
  const sums = {
    loss: 0,
    policyLoss: 0,
    valueLoss: 0,
    entropy: 0,
    kl: 0,
    approxKl: 0,
    ratio: 0,
    clipRatioLow: 0,
    clipRatioHigh: 0,
    clipRatioDual: 0,
    weight: 0,
  }
  const isCounted = objective.lossMean !== 'token'
  const logprobGradient = new Float32Array(count)
  const valueGradient = new Float32Array(count)
  const entropyGradient = new Float32Array(count)
  for (let t = 0; t < count; t++) {
    const weight = batch.weights[t]!
    const surrogate = clippedSurrogate(objective, now.logprobs[t]!, batch.oldLogprobs[t]!, batch.advantages[t]!)
    const reference = referenceKl(objective, now.logprobs[t]!, batch.refLogprobs[t]!)
    const value = clippedValue(objective, now.values?.[t], batch.oldValues[t]!, batch.returns[t]!)
    sums.policyLoss += weight * surrogate.loss
    sums.valueLoss += weight * value.loss
    sums.entropy += weight * now.entropies[t]!
    sums.kl += weight * reference.kl
    sums.approxKl += weight * k3(batch.oldLogprobs[t]!, now.logprobs[t]!)
    sums.ratio += weight * surrogate.ratio
    sums.clipRatioLow += weight * (surrogate.clipped === 'low' ? 1 : 0)
    sums.clipRatioHigh += weight * (surrogate.clipped === 'high' ? 1 : 0)
    sums.clipRatioDual += weight * (surrogate.clipped === 'dual' ? 1 : 0)
    if (isCounted) sums.weight += weight
    logprobGradient[t] = weight * (surrogate.gradient + objective.klCoef * reference.gradient)
    valueGradient[t] = weight * (objective.value?.coef ?? 0) * value.gradient
    entropyGradient[t] = -weight * objective.entropyCoef
  }
  sums.loss =
    sums.policyLoss +
    (objective.value?.coef ?? 0) * sums.valueLoss +
    objective.klCoef * sums.kl -
    objective.entropyCoef * sums.entropy
  return { sums, logprobGradient, valueGradient, entropyGradient }
}

/**
 * -min(r A, clip(r) A) with r = exp(new - old), for A < 0 at most dualClip · |A|; its derivative by the new log-prob, and which bound holds it:
 * that of a low ratio, of a high one, or the dual clip.
 */
function clippedSurrogate(
  objective: PolicyObjective,
  logprob: number,
  oldLogprob: number,
  advantage: number,
): { loss: number; gradient: number; ratio: number; clipped: 'low' | 'high' | 'dual' | null } {
  const ratio = Math.exp(clamp(logprob - oldLogprob, -MAX_LOG_RATIO, MAX_LOG_RATIO))
  const bounded = clamp(ratio, 1 - objective.clipEpsilonLow, 1 + objective.clipEpsilonHigh)
  const isClipped = bounded * advantage < ratio * advantage
  const side = ratio < bounded ? 'low' : 'high'
  const cap = lossCap(objective, advantage)
  if (-ratio * advantage > cap && !isClipped) return { loss: cap, gradient: 0, ratio, clipped: 'dual' }
  return {
    loss: -(isClipped ? bounded : ratio) * advantage,
    gradient: isClipped ? 0 : -ratio * advantage,
    ratio,
    clipped: isClipped ? side : null,
  }
}

/** The most that a token's surrogate may be: no bound where the advantage is not negative or there is no dual clip. */
export function lossCap({ dualClip = null }: PolicyObjective, advantage: number): number {
  return dualClip === null || advantage >= 0 ? NO_CAP : -dualClip * advantage
}

function referenceKl(objective: PolicyObjective, logprob: number, refLogprob: number): { kl: number; gradient: number } {
  if (objective.klCoef === 0) return { kl: 0, gradient: 0 }
  return klEstimate(objective.klEstimator ?? 'k3', logprob, refLogprob)
}

/** Half the larger of the squared errors of the value and of the value clipped around the old one. */
function clippedValue(
  objective: PolicyObjective,
  value: number | undefined,
  oldValue: number,
  target: number,
): { loss: number; gradient: number } {
  if (objective.value === null || value === undefined) return { loss: 0, gradient: 0 }
  const { clipEpsilon } = objective.value
  const bounded = oldValue + clamp(value - oldValue, -clipEpsilon, clipEpsilon)
  const [free, clipped] = [value - target, bounded - target]
  if (clipped * clipped <= free * free) return { loss: 0.5 * free * free, gradient: free }
  return { loss: 0.5 * clipped * clipped, gradient: bounded === value ? clipped : 0 }
}

/** Mean negative log-prob of the completion tokens. */
function supervised(batch: TokenBatch, now: PolicyNow): ObjectiveResult {
  // The ratio of the minibatch is 1; each part of it has its share.
  let [loss, entropy, ratio] = [0, 0, 0]
  batch.weights.forEach((weight, t) => {
    loss -= weight * now.logprobs[t]!
    entropy += weight * now.entropies[t]!
    ratio += weight
  })
  const zeros = {
    policyLoss: loss,
    valueLoss: 0,
    kl: 0,
    approxKl: 0,
    clipRatioLow: 0,
    clipRatioHigh: 0,
    clipRatioDual: 0,
  }
  return {
    sums: { loss, entropy, ratio, weight: 0, ...zeros },
    logprobGradient: batch.weights.map((weight) => -weight),
    valueGradient: new Float32Array(batch.weights.length),
    entropyGradient: new Float32Array(batch.weights.length),
  }
}

/** Stats of a minibatch from the sums of its parts: losses as they are minimised, everything else as a mean over tokens. */
export function statsOf(parts: readonly ObjectiveSums[], gradNorm: number, tokenCount: number): UpdateStats {
  const total = (key: keyof ObjectiveSums): number => parts.reduce((sum, part) => sum + part[key], 0)
  const weight = total('weight')
  const mean = (key: keyof ObjectiveSums): number => (weight === 0 ? total(key) : total(key) / weight)
  return {
    loss: total('loss'),
    policyLoss: total('policyLoss'),
    valueLoss: total('valueLoss'),
    entropy: mean('entropy'),
    kl: mean('kl'),
    approxKl: mean('approxKl'),
    ratio: mean('ratio'),
    clipRatioLow: mean('clipRatioLow'),
    clipRatioHigh: mean('clipRatioHigh'),
    clipRatioDual: mean('clipRatioDual'),
    gradNorm,
    tokenCount,
  }
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value))
}
