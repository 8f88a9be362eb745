/** The attack on a reward: by the service for a person who asks, and by a run before its first step. */
import { Failure } from '#contract/failure'
import type { AttackReport, CheatResult } from '#contract/reward-attack'
import type { RewardProfile } from '#contract/reward-profile'
import type { RunConfig } from '#contract/run-config'
import { readDataset } from '../1-tasks/read-tasks.ts'
import type { Scorer } from '../3-scores/scorer.ts'
import type { Task } from '../flow.ts'
import { createRandom, hashSeed } from '../math/random.ts'
import { attackReward } from '../self-test/attack/attack-reward.ts'
import { gradedReasoning, scorerOf, type Judges } from './judges.ts'
import { datasetFile } from './paths.ts'

/** Enough to see several families, few enough to be done before a model is loaded. */
const TASKS_BEFORE_A_RUN = 8

interface Ground {
  readonly tasks: readonly Task[]
  readonly scorer: Pick<Scorer, 'score'>
  /** The profile as it is now. */
  readonly reward: RewardProfile
  readonly stop?: AbortSignal
}

/** On training tasks alone. Throws Failure reward.nothing-to-attack, tool.missing, and those of reading the data set. */
export async function attackOf(config: RunConfig, taskCount: number, judges: Judges): Promise<AttackReport> {
  const scorer = gradedReasoning(config, await scorerOf(config, judges))
  const { tasks } = await readDataset(datasetFile(config.dataset.id))
  if (tasks.train.length === 0) throw new Failure('dataset.empty-split', { split: 'train' })
  return attacked(config, { tasks: tasks.train, scorer, reward: config.reward }, taskCount)
}

/** Throws Failure reward.cheat-pays, reward.nothing-to-attack, and the reason of `stop`. */
export async function refuseRewardThatPaysCheats(config: RunConfig, ground: Ground): Promise<void> {
  const report = await attacked(config, ground, TASKS_BEFORE_A_RUN)
  const paid = report.cheats.find(({ isWorthIt }) => isWorthIt)
  if (paid !== undefined) throw failureOf(paid, report, ground.reward)
  console.error(`Of ${report.cheats.length} cheats on ${report.taskCount} tasks none earned as much as an honest failure.`)
}

async function attacked(config: RunConfig, { tasks, scorer, reward, stop }: Ground, taskCount: number): Promise<AttackReport> {
  const drawn = createRandom(hashSeed(config.seed, 'attack')).shuffled(tasks).slice(0, taskCount)
  const gate = (): void => stop?.throwIfAborted()
  const report = await attackReward({ tasks: drawn, scorer, profile: reward, seed: config.seed, gate })
  if (report.taskCount === 0) throw new Failure('reward.nothing-to-attack', { count: drawn.length })
  return report
}

function failureOf({ cheat, meanReward, worst }: CheatResult, report: AttackReport, profile: RewardProfile): Failure {
  const words = (value: number): string => value.toFixed(3)
  return new Failure('reward.cheat-pays', {
    profile: report.profile,
    cheat,
    reward: words(meanReward),
    honest: words(report.honest),
    task: worst.taskId,
    taskReward: words(worst.reward),
    taskHonest: words(worst.honest),
    remedy: remedyOf(worst.paidBy, profile),
  })
}

function remedyOf(paidBy: CheatResult['worst']['paidBy'], { gating, functional }: RewardProfile): string {
  const weights = paidBy.filter((component) => component !== 'functional').map((component) => `reward.weights.${component}`)
  const ways = [
    ...(weights.length > 0 ? [`lower ${weights.join(', ')}`] : []),
    'raise reward.weights.functional',
    ...(functional === 'binary' ? ['set reward.functional=graded, which pays an honest failure its part'] : []),
    ...(gating === 'functional' ? [] : ['set reward.gating=functional']),
  ]
  const text = ways.join(', or ')
  return text.charAt(0).toUpperCase() + text.slice(1)
}
