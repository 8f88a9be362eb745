/** Laws of stored completions that are weighed again, over rollout files as a trainer writes them. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { RewardProfile } from '#contract/reward-profile'
import type { ReweighReport } from '#contract/reweigh'
import { RUN_FILES } from '#contract/run-directory'
import type { Score, Scores } from '#contract/score'
import { weigh } from '#trainer/3-scores/weigh'
import { reweigh } from '#trainer/commands/reweigh'
import { prepareRunDirectory, writeRolloutFile } from '#trainer/loop/run-files'
import { aConfig, aRollout } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'

const PROFILE = aConfig().reward
const ONLY_QUALITY: RewardProfile = {
  ...PROFILE,
  weights: { compilation: 0, functional: 0, synthesis: 0, reasoning: 0, quality: 1 },
}

const scored = (value: number): Score => ({ value, outcome: value === 1 ? 'passed' : 'failed', evidence: { summary: '' } })

/** Compiles; functional and quality as given. */
function scores(functional: number, quality: number | null): Scores {
  return {
    compilation: scored(1),
    functional: scored(functional),
    synthesis: scored(1),
    reasoning: scored(0),
    quality: quality === null ? { unscored: 'no tool' } : scored(quality),
  }
}

/** steps[groups[completions]]; the run weighed by PROFILE. */
function runOf(steps: readonly (readonly (readonly Scores[])[])[]): string {
  const directory = join(temporaryFolder(), 'run')
  mkdirSync(directory)
  prepareRunDirectory(directory)
  writeFileSync(join(directory, RUN_FILES.config), JSON.stringify(aConfig()))
  steps.forEach((groups, i) => {
    let index = 0
    const records = groups.flatMap((group, g) =>
      group.map((of) => aRollout(i + 1, index++, { group: g, scores: of, reward: weigh(of, PROFILE).reward })),
    )
    writeRolloutFile(directory, 'step', i + 1, records)
  })
  return directory
}

const again = (directory: string, profile = ONLY_QUALITY, stepCount = 10): ReweighReport =>
  reweigh({ runDirectory: directory, profile, stepCount })

describe('stored completions, weighed again', () => {
  const turned = [scores(1, 0.2), scores(0, 0.9)]

  test('by the profile of the run change nothing', () => {
    const report = again(runOf([[turned, [scores(1, 1), scores(1, 1)]]]), PROFILE)
    expect(report.steps[0]!.after).toBe(report.steps[0]!.before)
    expect([report.otherBest, report.turnedPairs, report.equalledPairs, report.movers]).toEqual([0, 0, 0, []])
    expect([report.equalBefore, report.equalAfter, report.pairCount]).toEqual([1, 1, 1])
  })

  test('by another one show who would have won, and the advantages that they would have had', () => {
    const report = again(runOf([[turned]]))
    expect([report.otherBest, report.pairCount, report.turnedPairs]).toEqual([1, 1, 1])
    expect(report.steps).toEqual([{ step: 1, before: expect.closeTo(0.55 + 0.0275, 3), after: expect.closeTo(0.55, 9) }])
    const [first] = report.movers
    expect([first!.advantageBefore! > 0, first!.advantageAfter! > 0]).toEqual([first!.index === 0, first!.index === 1])
    expect(report.parts.quality).toBeCloseTo(0.55, 9)
    expect(report.parts.functional).toBe(0)
  })

  test('tell which groups would have taught nothing', () => {
    const report = again(runOf([[[scores(1, 0.5), scores(0, 0.5)]]]))
    expect([report.equalBefore, report.equalAfter, report.equalledPairs]).toEqual([0, 1, 1])
  })

  test('leave out what was not scored, on both sides of the curve', () => {
    const directory = runOf([[[scores(1, 0.5), scores(0, null)]]])
    const { steps, unscoredCount, completionCount } = again(directory)
    expect([unscoredCount, completionCount]).toEqual([1, 2])
    expect(steps[0]!.after).toBeCloseTo(0.5, 9)
    expect(steps[0]!.before).toBeCloseTo(weigh(scores(1, 0.5), PROFILE).reward!, 9)
  })

  test('are those of the newest steps, in order', () => {
    const directory = runOf([[turned], [turned], [turned]])
    expect(again(directory, PROFILE, 2).steps.map(({ step }) => step)).toEqual([2, 3])
  })
})
