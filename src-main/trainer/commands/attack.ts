/** The attack on a reward: by the service for a person who asks, and by a run before its first step. */
import { Failure } from '#contract/failure'
import type { AttackReport, AttackScores, AttackSoFar, CheatResult, TriedReward } from '#contract/reward-attack'
import type { RewardProfile } from '#contract/reward-profile'
import type { RunConfig } from '#contract/run-config'
import { readDataset } from '../1-tasks/read-tasks.ts'
import type { Scorer } from '../3-scores/scorer.ts'
import type { Task } from '../flow.ts'
import { createRandom, hashSeed } from '../math/random.ts'
import { attackReward, type Attack } from '../self-test/attack/attack-reward.ts'
import { weighAttack } from '../self-test/attack/weigh-attack.ts'
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

interface Listener {
  readonly onProgress: (progress: AttackSoFar) => void
  readonly stop: AbortSignal
}

/**
 * On training tasks alone. Throws Failure reward.nothing-to-attack, tool.missing, those of reading the data set, and reward.attack-cancelled when it is
 * stopped: at once, while what is under way in a judge ends by itself.
 */
export async function attackOf(
  config: RunConfig,
  taskCount: number,
  judges: Judges,
  { onProgress, stop }: Listener,
): Promise<TriedReward> {
  const scorer = gradedReasoning(config, await scorerOf(config, judges))
  const { tasks } = await readDataset(datasetFile(config.dataset.id))
  if (tasks.train.length === 0) throw new Failure('dataset.empty-split', { split: 'train' })
  const drawn = drawnTasks(config, tasks.train, taskCount)
  const gate = (triedCount: number): void => {
    if (stop.aborted) throw new Failure('reward.attack-cancelled', {})
    onProgress({ taskCount: drawn.length, triedCount })
  }
  const scores = await Promise.race([attacked({ tasks: drawn, scorer, seed: config.seed, gate }), cancelled(stop)])
  return { scores, report: reported(scores, config.reward) }
}

function cancelled(stop: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    stop.addEventListener('abort', () => reject(new Failure('reward.attack-cancelled', {})), { once: true })
  })
}

/** Throws Failure reward.cheat-pays, reward.nothing-to-attack, and the reason of `stop`. */
export async function refuseRewardThatPaysCheats(config: RunConfig, ground: Ground): Promise<void> {
  const { tasks, scorer, stop } = ground
  const gate = (): void => stop?.throwIfAborted()
  const drawn = drawnTasks(config, tasks, TASKS_BEFORE_A_RUN)
  const report = reported(await attacked({ tasks: drawn, scorer, seed: config.seed, gate }), ground.reward)
  const paid = report.cheats.find(({ isWorthIt }) => isWorthIt)
  if (paid !== undefined) throw failureOf(paid, report, ground.reward)
  console.error(`Of ${report.cheats.length} cheats on ${report.taskCount} tasks none earned as much as an honest failure.`)
}

function drawnTasks(config: RunConfig, tasks: readonly Task[], taskCount: number): Task[] {
  return createRandom(hashSeed(config.seed, 'attack')).shuffled(tasks).slice(0, taskCount)
}

async function attacked(attack: Attack): Promise<AttackScores> {
  const scores = await attackReward(attack)
  if (scores.tasks.length === 0) throw new Failure('reward.nothing-to-attack', { count: attack.tasks.length })
  return scores
}

function reported(scores: AttackScores, profile: RewardProfile): AttackReport {
  const report = weighAttack(scores, profile)
  if (report.taskCount === 0) throw new Failure('reward.nothing-to-attack', { count: report.skippedCount })
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
