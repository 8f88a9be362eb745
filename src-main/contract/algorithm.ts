/** The algorithms and their settings. One line of meaning, source, default and range of each: settings-catalogue.ts. */
import { z } from 'zod'
import { ADVANTAGE_SCALES, COMPONENT_ORDERS, KL_ESTIMATORS, LOSS_TYPES, ZERO_VARIANCE_CHOICES } from './algorithm-names.ts'

export type { AdvantageScale, AlgorithmName, KlEstimator, LossType } from './algorithm-names.ts'

/** What every algorithm here has. */
const policyFields = {
  clipEpsilonLow: z.number().gt(0).lt(1),
  clipEpsilonHigh: z.number().gt(0).lt(10),
  dualClip: z.number().gt(1).max(100).nullable().default(null),
  klCoef: z.number().min(0),
  entropyCoef: z.number().min(0),
  maskTruncated: z.boolean().default(false),
  overlongBufferTokens: z.int().min(0).max(8192).default(0),
  overlongPenalty: z.number().min(0).max(10).default(1),
}

const lossType = z.enum(LOSS_TYPES).default('dapo')

const grpoSchema = z.strictObject({
  name: z.literal('grpo'),
  ...policyFields,
  klIn: z.enum(['loss', 'reward']).default('loss'),
  klEstimator: z.enum(KL_ESTIMATORS).default('k3'),
  lossType,
  scaleAdvantages: z.enum(ADVANTAGE_SCALES).default('group'),
  componentOrder: z.enum(COMPONENT_ORDERS).default('sum_then_normalise'),
  zeroVarianceGroups: z.enum(ZERO_VARIANCE_CHOICES).default('drop'),
  resampleRounds: z.int().min(1).max(16).default(3),
})

const ppoSchema = z.strictObject({
  name: z.literal('ppo'),
  ...policyFields,
  klEstimator: z.enum(['k1', 'k3']).default('k1'),
  targetKl: z.number().gt(0).max(100).nullable().default(null),
  klHorizon: z.int().min(1).max(10_000_000).default(10_000),
  valueCoef: z.number().min(0),
  valueClipEpsilon: z.number().gt(0),
  gamma: z.number().gt(0).max(1),
  gaeLambda: z.number().min(0).max(1),
  whitenRewards: z.boolean().default(false),
  centreReturns: z.boolean().default(false),
  whitenAdvantages: z.boolean(),
  valueLearningRate: z.number().gt(0).max(1),
  criticWarmupSteps: z.int().min(0).max(1_000_000).default(0),
})

const rlooSchema = z.strictObject({
  name: z.literal('rloo'),
  ...policyFields,
  klEstimator: z.enum(KL_ESTIMATORS).default('k1'),
  lossType,
})

const reinforcePlusPlusSchema = z.strictObject({
  name: z.literal('reinforce_plus_plus'),
  ...policyFields,
  klEstimator: z.enum(KL_ESTIMATORS).default('k1'),
  lossType,
  gamma: z.number().gt(0).max(1).default(1),
  hasGroupBaseline: z.boolean().default(false),
})

/** Configs of runs that began before GRPO had loss types say the same in other words. */
function inTodaysWords(algorithm: unknown): unknown {
  if (typeof algorithm !== 'object' || algorithm === null || !('lossMean' in algorithm || 'scaleByStd' in algorithm))
    return algorithm
  const { lossMean, scaleByStd, ...rest } = algorithm as Record<string, unknown>
  return {
    ...(lossMean !== undefined && { lossType: lossMean === 'token' ? 'dapo' : lossMean === 'sequence' ? 'grpo' : lossMean }),
    ...(scaleByStd !== undefined && {
      scaleAdvantages: scaleByStd === true ? 'group' : scaleByStd === false ? 'none' : scaleByStd,
    }),
    // They dropped groups of equal rewards only where nothing else gave those a gradient.
    zeroVarianceGroups: rest.klCoef === 0 && rest.entropyCoef === 0 ? 'drop' : 'keep',
    ...rest,
  }
}

export const algorithmSchema = z.preprocess(
  inTodaysWords,
  z.discriminatedUnion('name', [grpoSchema, ppoSchema, rlooSchema, reinforcePlusPlusSchema]),
)
export type Algorithm = z.infer<typeof algorithmSchema>
/** The settings of one algorithm. */
export type AlgorithmOf<Name extends Algorithm['name']> = Extract<Algorithm, { name: Name }>

/** Those that compare the completions of a prompt, so that one alone teaches nothing. */
export function needsGroups(algorithm: Algorithm): boolean {
  return (
    algorithm.name === 'grpo' ||
    algorithm.name === 'rloo' ||
    (algorithm.name === 'reinforce_plus_plus' && algorithm.hasGroupBaseline)
  )
}
