/** Rollout files of a run, weighed again. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { COMPONENTS } from '#contract/score'
import { rolloutRecordSchema, type RolloutRecord } from '#contract/journal'
import type { Mover, ReweighOrder, ReweighReport } from '#contract/reweigh'
import type { RewardProfile } from '#contract/reward-profile'
import { runConfigSchema, type RunConfig } from '#contract/run-config'
import { RUN_FILES } from '#contract/run-directory'
import { mean } from '#statistics/pass-at-k'
import { weigh, type Weighed } from '../3-scores/weigh.ts'
import { leaveOneOutAdvantages, stepAdvantages } from '../4-advantages/group.ts'

const MOST_MOVERS = 20
/** Files that stay in memory, so that a slider that is dragged reads nothing. */
const KEPT_FILES = 400

type Stored = Pick<RolloutRecord, 'step' | 'index' | 'group' | 'taskId' | 'scores' | 'reward'>
const kept = new Map<string, readonly Stored[]>()

interface Reweighed {
  readonly stored: Stored
  readonly weighed: Weighed
}
/** The completions of one prompt. */
type Group = readonly Reweighed[]

export function reweigh({ runDirectory, profile, stepCount }: ReweighOrder): ReweighReport {
  const config = runConfigSchema.parse(JSON.parse(readFileSync(join(runDirectory, RUN_FILES.config), 'utf8')))
  const steps = stepFiles(runDirectory, stepCount).map((file) => groupsOf(readRollouts(file), profile))
  const groups = steps.flat()
  const all = groups.flat()
  const both = all.filter(isWeighedTwice)
  return {
    steps: steps.map((ofStep) => curvePoint(ofStep.flat())),
    completionCount: all.length,
    unscoredCount: all.filter(({ weighed }) => weighed.reward === null).length,
    parts: Object.fromEntries(
      COMPONENTS.map((component) => [
        component,
        both.length === 0 ? 0 : mean(both.map(({ weighed }) => weighed.parts[component])),
      ]),
    ) as ReweighReport['parts'],
    groupCount: groups.length,
    equalBefore: groups.filter((group) => areEqual(group, before)).length,
    equalAfter: groups.filter((group) => areEqual(group, after)).length,
    otherBest: groups.filter(hasOtherBest).length,
    ...pairsOf(groups),
    movers: moversOf(steps, config),
  }
}

const before = ({ stored }: Reweighed): number | null => stored.reward
const after = ({ weighed }: Reweighed): number | null => weighed.reward

function isWeighedTwice(one: Reweighed): boolean {
  return before(one) !== null && after(one) !== null
}

/** Newest last. */
function stepFiles(runDirectory: string, count: number): string[] {
  const folder = join(runDirectory, RUN_FILES.rollouts)
  const names = readdirSync(folder).filter((name) => /^step-\d+\.jsonl$/.test(name))
  return names
    .sort()
    .slice(-count)
    .map((name) => join(folder, name))
}

/** A rollout file is renamed into place and does not change; one of a step that was made again is another file of the same name, whose scores differ. */
function readRollouts(file: string): readonly Stored[] {
  const text = readFileSync(file, 'utf8')
  const key = `${file} ${text.length}`
  const known = kept.get(key)
  if (known !== undefined) return known
  const rollouts = text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): Stored => {
      const { step, index, group, taskId, scores, reward } = rolloutRecordSchema.parse(JSON.parse(line))
      return { step, index, group, taskId, scores, reward }
    })
  if (kept.size >= KEPT_FILES) kept.delete(kept.keys().next().value!)
  kept.set(key, rollouts)
  return rollouts
}

function groupsOf(rollouts: readonly Stored[], profile: RewardProfile): Group[] {
  const groups = Map.groupBy(rollouts, ({ group }) => group)
  return [...groups.values()].map((group) => group.map((stored) => ({ stored, weighed: weigh(stored.scores, profile) })))
}

function curvePoint(rollouts: readonly Reweighed[]): ReweighReport['steps'][number] {
  const both = rollouts.filter(isWeighedTwice)
  const meanOf = (reward: (one: Reweighed) => number | null): number | null =>
    both.length === 0 ? null : mean(both.map((one) => reward(one)!))
  return { step: rollouts[0]?.stored.step ?? 0, before: meanOf(before), after: meanOf(after) }
}

function areEqual(group: Group, reward: (one: Reweighed) => number | null): boolean {
  const rewards = group.map(reward).filter((value) => value !== null)
  return rewards.every((value) => isSame(value, rewards[0]!))
}

/** No completion is the best, or shares being it, before and after. */
function hasOtherBest(group: Group): boolean {
  const both = group.filter(isWeighedTwice)
  if (both.length === 0) return false
  const [bestBefore, bestAfter] = [before, after].map((reward) => Math.max(...both.map((one) => reward(one)!)))
  return !both.some((one) => isSame(before(one)!, bestBefore!) && isSame(after(one)!, bestAfter!))
}

/** Sums in another order differ in the last bits. */
function isSame(a: number, b: number): boolean {
  return Math.abs(a - b) < 1e-9
}

function pairsOf(groups: readonly Group[]): Pick<ReweighReport, 'pairCount' | 'turnedPairs' | 'equalledPairs'> {
  let [pairCount, turnedPairs, equalledPairs] = [0, 0, 0]
  for (const group of groups) {
    const both = group.filter(isWeighedTwice)
    for (const [i, second] of both.entries()) {
      for (const first of both.slice(0, i)) {
        if (isSame(before(first)!, before(second)!)) continue
        pairCount++
        if (isSame(after(first)!, after(second)!)) equalledPairs++
        else if (before(first)! < before(second)! !== after(first)! < after(second)!) turnedPairs++
      }
    }
  }
  return { pairCount, turnedPairs, equalledPairs }
}

/** By the change of the advantage where it is reckoned inside a group, else of the reward's distance to the group's mean. */
function moversOf(steps: readonly (readonly Group[])[], config: RunConfig): Mover[] {
  const movers = steps.flatMap((groups) => {
    const [was, is] = [before, after].map((reward) =>
      standings(
        groups.map((group) => group.map(reward)),
        config,
      ),
    )
    return groups.flatMap((group, g) =>
      group.flatMap((one, i) => (isWeighedTwice(one) ? [{ one, was: was![g]![i]!, is: is![g]![i]! }] : [])),
    )
  })
  const isKnown = hasGroupAdvantage(config)
  return movers
    .toSorted((a, b) => Math.abs(b.is - b.was) - Math.abs(a.is - a.was))
    .slice(0, MOST_MOVERS)
    .filter((mover) => !isSame(mover.was, mover.is))
    .map(({ one, was, is }) => ({
      step: one.stored.step,
      index: one.stored.index,
      taskId: one.stored.taskId,
      before: before(one)!,
      after: after(one)!,
      advantageBefore: isKnown ? was : null,
      advantageAfter: isKnown ? is : null,
    }))
}

function hasGroupAdvantage({ algorithm }: RunConfig): boolean {
  return (algorithm.name === 'grpo' && algorithm.componentOrder === 'sum_then_normalise') || algorithm.name === 'rloo'
}

function standings(groups: readonly (readonly (number | null)[])[], { algorithm, groupSize }: RunConfig): number[][] {
  if (algorithm.name === 'rloo') return groups.map(leaveOneOutAdvantages)
  if (groupSize < 2) return groups.map((group) => group.map((reward) => reward ?? 0))
  return stepAdvantages(groups, algorithm.name === 'grpo' ? algorithm.scaleAdvantages : 'none')
}
