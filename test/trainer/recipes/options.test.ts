import { describe, expect, test } from 'vitest'
import { ALGORITHM_NAMES, LOSS_TYPES } from '#contract/algorithm-names'
import type { RunConfig } from '#contract/run-config'
import type { Minibatch, Objective } from '#trainer/flow'
import type { Stages, StepTrace } from '#trainer/recipes/stages'
import { banditStages } from '#test/support/bandit'
import { configWith, openEngine, takeSteps } from '#test/support/bandit-run'

type Score = (tokens: readonly number[]) => number
const isEven: Score = (tokens) => (tokens[0]! % 2 === 0 ? 1 : 0)
const LIMIT = 8
const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
const lastReward = (traces: readonly StepTrace[]): number => {
  const rewards = traces
    .slice(-10)
    .flatMap(({ groups }) => groups.flatMap(({ rollouts }) => rollouts.map(({ reward }) => reward!)))
  return rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length
}

interface Told {
  readonly minibatch: Minibatch
  readonly objective: Extract<Objective, { kind: 'policy' }>
}

/** One step on the fake engine, with what the engine was told. */
async function oneStep(
  config: RunConfig,
  score: Score = isEven,
  changes: Partial<Stages> = {},
): Promise<{ trace: StepTrace; told: Told[] }> {
  const engine = await openEngine('fake', config.algorithm.name)
  const told: Told[] = []
  const stages = banditStages(config, engine, score)
  const [trace] = await takeSteps(engine, config, 1, score, {
    update: async (minibatch, objective) => {
      told.push({ minibatch, objective: objective as Told['objective'] })
      return stages.update(minibatch, objective)
    },
    ...changes,
  })
  return { trace: trace!, told }
}

const fast = (config: RunConfig): RunConfig => ({
  ...config,
  optimizer: { ...config.optimizer, learningRate: 0.1, schedule: 'constant' },
})

describe('a bandit with one right token of 24 is learnt', () => {
  const optimum: Score = (tokens) => (tokens[0] === 5 ? 1 : 0)

  test.each([
    ...LOSS_TYPES.map((lossType) => ['grpo', { lossType }] as const),
    ['grpo', { scaleAdvantages: 'batch' }],
    ['grpo', { scaleAdvantages: 'none', lossType: 'dr_grpo' }],
    ['grpo', { componentOrder: 'normalise_then_sum' }],
    ['grpo', { zeroVarianceGroups: 'resample' }],
    ['grpo', { zeroVarianceGroups: 'keep', dualClip: 3 }],
    ['grpo', { klCoef: 0.01, klEstimator: 'k2' }],
    ['grpo', { klCoef: 0.002, klIn: 'reward', klEstimator: 'k1' }],
    ['ppo', { klCoef: 0.002, targetKl: 0.5, whitenRewards: true }],
    ['ppo', { criticWarmupSteps: 5 }],
    ['ppo', { centreReturns: true, gaeLambda: 1 }],
    ['rloo', { lossType: 'dr_grpo' }],
    ['reinforce_plus_plus', { hasGroupBaseline: true }],
  ] as const)('by %s with %j', async (name, settings) => {
    const traces = await takeSteps(await openEngine('fake', name), fast(configWith(name, settings)), 80, optimum)
    expect(lastReward(traces)).toBeGreaterThan(0.9)
  })
})

describe('groups of equal rewards', () => {
  const equalFirst =
    (stages: Stages): Stages['weigh'] =>
    (groups) =>
      stages
        .weigh(groups)
        .map((group, i) => (i > 0 ? group : { ...group, rollouts: group.rollouts.map((each) => ({ ...each, reward: 1 })) }))

  test.each([
    ['keep', 2, 0],
    ['drop', 1, 1],
  ])('%s: %d groups are taught, %d left out', async (zeroVarianceGroups, taught, filtered) => {
    const config = configWith('grpo', { zeroVarianceGroups })
    const engine = await openEngine('fake', 'grpo')
    const { trace, told } = await oneStep(config, isEven, { weigh: equalFirst(banditStages(config, engine, isEven)) })
    const prompts = new Set(told.flatMap(({ minibatch }) => minibatch.sequences.map(({ promptTokens }) => promptTokens.join())))
    expect(prompts.size).toBe(taught)
    expect([trace.equalGroupCount, trace.filteredGroupCount, trace.roundCount]).toEqual([1, filtered, 1])
  })

  test('resample: other completions are drawn in their place, at most as often as allowed, and all are on record', async () => {
    const config = configWith('grpo', { zeroVarianceGroups: 'resample', resampleRounds: 2 })
    const { trace, told } = await oneStep(config, () => 1)
    // Nothing ever differs: 2 groups, and 2 in place of them twice.
    expect([trace.groups.length, trace.roundCount, trace.filteredGroupCount]).toEqual([6, 3, 6])
    expect(told).toEqual([])
    const texts = trace.groups.map(({ rollouts }) => rollouts.map(({ rollout }) => rollout.completion.text).join())
    expect(new Set(texts).size).toBe(6)
  })

  test('resample: where all groups teach, one round is all', async () => {
    const { trace } = await oneStep(configWith('grpo', { zeroVarianceGroups: 'resample' }))
    expect([trace.groups.length, trace.roundCount]).toEqual([2, 1])
  })
})

describe.each(ALGORITHM_NAMES)('%s', (name) => {
  const isCut = (tokens: readonly number[]): boolean => tokens.length === LIMIT && tokens.at(-1) !== 0

  test('truncated completions that are masked have no token in any update; their rewards still count', async () => {
    const { trace, told } = await oneStep(configWith(name, { maskTruncated: true }))
    const taught = told.flatMap(({ minibatch }) => minibatch.sequences.map(({ completionTokens }) => completionTokens))
    expect(taught.some((tokens) => tokens.length > 0)).toBe(true)
    expect(taught.filter(isCut)).toEqual([])
    const cut = trace.groups.flatMap(({ rollouts }) => rollouts.filter(({ rollout }) => isCut(rollout.completion.tokens)))
    expect(trace.maskedCount).toBe(cut.length)
    expect(cut.length).toBeGreaterThan(0)
    const open = await oneStep(configWith(name, { maskTruncated: false }))
    if (name === 'grpo' || name === 'rloo') expect(trace.advantages).toEqual(open.trace.advantages)
  })

  test('a step whose completions are all masked changes nothing', async () => {
    const config = configWith(
      name,
      { maskTruncated: true },
      { sampling: { ...configWith(name, {}).sampling, maxCompletionTokens: 8 } },
    )
    const engine = await openEngine('fake', name)
    const stages = banditStages(config, engine, isEven)
    const { told } = await oneStep(config, isEven, {
      rollOut: async (prompts, step) =>
        (await stages.rollOut(prompts, step)).map(({ prompt, rollouts }) => ({
          prompt,
          rollouts: rollouts.map((rollout) => ({ ...rollout, completion: { ...rollout.completion, isTruncated: true } })),
        })),
    })
    expect(told).toEqual([])
  })

  test('completions near the limit are charged for their length, and the reward on record is the profile’s', async () => {
    const config = configWith(name, { overlongBufferTokens: 4, overlongPenalty: 0.5 })
    const { trace } = await oneStep(config, () => 1)
    const rollouts = trace.groups.flatMap((group, i) =>
      group.rollouts.map((each, j) => ({ each, advantage: trace.advantages[i]![j]! })),
    )
    expect(rollouts.every(({ each }) => each.reward === 1)).toBe(true)
    const charges = rollouts.map(({ each }) => -0.5 * Math.min(1, Math.max(0, (each.rollout.completion.tokens.length - 4) / 4)))
    expect(trace.overlongPenalty).toBeCloseTo(charges.reduce((sum, charge) => sum + charge, 0) / charges.length, 10)
    expect(trace.overlongPenalty).toBeLessThan(0)
    if (name === 'ppo') return
    const meanOf = (isLong: boolean): number => {
      const some = rollouts.filter(({ each }) => each.rollout.completion.tokens.length >= LIMIT === isLong)
      return some.reduce((sum, { advantage }) => sum + advantage, 0) / some.length
    }
    expect(meanOf(true)).toBeLessThan(meanOf(false))
  })

  test('a dual clip reaches the engine', async () => {
    const { told } = await oneStep(configWith(name, { dualClip: 2.5 }))
    expect(told[0]!.objective.dualClip).toBe(2.5)
  })
})

describe('the KL to the reference', () => {
  test('in the loss stands in the objective with its estimator, in the reward only in the advantages', async () => {
    const inLoss = await oneStep(configWith('grpo', { klCoef: 0.1, klEstimator: 'k2', klIn: 'loss' }))
    expect(inLoss.told[0]!.objective).toMatchObject({ klCoef: 0.1, klEstimator: 'k2' })
    expect(inLoss.told[0]!.minibatch.sequences[0]!.refLogprobs).not.toBeNull()
    const inReward = await oneStep(configWith('grpo', { klCoef: 0.1, klIn: 'reward' }))
    expect(inReward.told[0]!.objective.klCoef).toBe(0)
    expect(inReward.told[0]!.minibatch.sequences[0]!.refLogprobs).toBeNull()
  })

  test.each(['grpo', 'rloo', 'reinforce_plus_plus'] as const)('in the reward of %s holds a policy back', async (name) => {
    const movedBy = async (klCoef: number): Promise<number> => {
      const config = fast(configWith(name, name === 'grpo' ? { klCoef, klIn: 'reward', klEstimator: 'k1' } : { klCoef }))
      return (await takeSteps(await openEngine('fake', name), config, 40, isEven)).at(-1)!.kl
    }
    expect(await movedBy(0.5)).toBeLessThan(0.5 * (await movedBy(0)))
  })
})

describe('PPO', () => {
  test.each(['fake', 'onnx'] as const)(
    'while the critic warms up the policy stays as it was, bit for bit (engine %s)',
    async (name) => {
      const engine = await openEngine(name, 'ppo')
      const config = fast(configWith('ppo', { criticWarmupSteps: 2, valueLearningRate: 0.05 }))
      const sequence = [{ promptTokens: [1, 2], completionTokens: [5, 7, 0] }]
      const said = async () => ({ policy: await engine.logprobs(sequence, 'current', 1), values: await engine.values(sequence) })
      const before = await said()
      const warm = await takeSteps(engine, config, 2, isEven)
      const after = await said()
      expect(after.policy).toEqual(before.policy)
      expect(after.values).not.toEqual(before.values)
      expect(warm.map(({ learningRate }) => learningRate)).toEqual([0, 0])
      await takeSteps(engine, config, 1, isEven, {}, { step: 3 })
      expect((await said()).policy).not.toEqual(before.policy)
    },
  )

  test('with centred returns a head that says nothing yet stands at the mean return, and explains no less than nothing', async () => {
    const { trace, told } = await oneStep(configWith('ppo', { centreReturns: true, gaeLambda: 1 }))
    const rewards = trace.groups.flatMap(({ rollouts }) => rollouts.map(({ reward }) => reward!))
    // Equal completions of a group are told once, with their number as weight.
    const returns = told.flatMap(({ minibatch }) =>
      minibatch.sequences.flatMap((one) => Array.from({ length: one.weight }, () => [...one.returns!]).flat()),
    )
    const weighed = trace.groups.flatMap(({ rollouts }) =>
      rollouts.flatMap(({ reward, rollout }) => rollout.completion.tokens.map(() => reward!)),
    )
    expect(new Set(rewards).size).toBe(2)
    expect(trace.state.meanReturn).toBeCloseTo(mean(weighed), 6)
    expect(mean(returns)).toBeCloseTo(0, 6)
    expect(trace.explainedVariance).toBeCloseTo(0, 6)
  })

  test('the mean that returns are centred by runs on from step to step, and through a checkpoint', async () => {
    const config = fast(configWith('ppo', { centreReturns: true, gaeLambda: 1 }))
    const engine = await openEngine('fake', 'ppo')
    const [first, second] = await takeSteps(engine, config, 2, isEven)
    const ofSecond = mean(
      second!.groups.flatMap(({ rollouts }) =>
        rollouts.flatMap(({ reward, rollout }) => rollout.completion.tokens.map(() => reward!)),
      ),
    )
    const before = first!.state.meanReturn!
    expect(second!.state.meanReturn).toBeCloseTo(before + 0.1 * (ofSecond - before), 6)
    const [third] = await takeSteps(engine, config, 1, () => 1, {}, { step: 3, state: { klCoef: 0, meanReturn: 0.5 } })
    expect(third!.state.meanReturn).toBeCloseTo(0.55, 6)
  })

  test('a KL coefficient with a target is steered from step to step', async () => {
    const config = fast(configWith('ppo', { klCoef: 0.01, targetKl: 0.001, klHorizon: 160 }))
    const traces = await takeSteps(await openEngine('fake', 'ppo'), config, 6, isEven)
    const coefs = traces.map(({ klCoef }) => klCoef)
    expect(coefs[0]).toBe(0.01)
    // The first step has not moved: KL 0, so a fifth of 32 / 160 less.
    expect(coefs[1]).toBeCloseTo(0.01 * (1 - 0.2 * (32 / 160)), 8)
    expect(coefs.at(-1)!).toBeGreaterThan(coefs[1]!)
    traces.slice(1).forEach(({ klCoef }, i) => expect(klCoef).toBe(traces[i]!.state.klCoef))
  })

  test('without a target it stays', async () => {
    const traces = await takeSteps(await openEngine('fake', 'ppo'), fast(configWith('ppo', { klCoef: 0.01 })), 4, isEven)
    expect(new Set(traces.map(({ klCoef }) => klCoef))).toEqual(new Set([0.01]))
  })
})
