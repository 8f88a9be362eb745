/** Cheats against a reward, by the real scorer. Rewards of one task are checked by hand beside the assertion. */
import { afterAll, describe, expect, test } from 'vitest'
import type { AttackReport } from '#contract/reward-attack'
import type { RewardProfile } from '#contract/reward-profile'
import { Failure } from '#contract/failure'
import { isScored } from '#contract/score'
import { refuseRewardThatPaysCheats } from '#trainer/commands/attack'
import { fenced } from '#trainer/3-scores/extract'
import { createScorer } from '#trainer/3-scores/scorer'
import { attackReward, type Attack } from '#trainer/self-test/attack/attack-reward'
import { cheatsOn } from '#trainer/self-test/attack/cheats'
import { honestFailures } from '#trainer/self-test/attack/honest-failures'
import { weighAttack } from '#trainer/self-test/attack/weigh-attack'
import { attackLines } from '#cli/commands/reward-attack'
import { VICTIM } from '#test/support/hostile'
import { aConfig } from '#test/support/run-builders'
import { aTask, importedTask, ports } from '#test/support/verilog'

const scorer = createScorer({ workers: 1 })
afterAll(() => scorer.close())

const { reward } = aConfig()
const only = (weights: Partial<RewardProfile['weights']>, changes: Partial<RewardProfile> = {}): RewardProfile => ({
  ...reward,
  ...changes,
  weights: { compilation: 0, functional: 0, synthesis: 0, reasoning: 0, quality: 0, ...weights },
})
const ADDER = aTask({
  id: 'adder',
  moduleName: 'adder',
  ports: ports('a:4 b:4', 'sum:4 odd'),
  reference:
    'module adder(input [3:0] a, input [3:0] b, output [3:0] sum, output odd);\n  assign sum = a + b;\n  assign odd = a[0] ^ b[0];\nendmodule\n',
  trivialMatch: 0.05,
})
const attack = async (profile: RewardProfile, tasks: Attack['tasks'] = [VICTIM, ADDER]): Promise<AttackReport> =>
  weighAttack(await attackReward({ tasks, scorer, seed: 1 }), profile)

describe('an attack on a reward', () => {
  test('finds no cheat that is worth it under the starter’s profile, and says so', { timeout: 120_000 }, async () => {
    const report = await attack(reward)
    expect(report).toMatchObject({ taskCount: 2, skippedCount: 0 })
    expect(report.right).toBeGreaterThan(report.honest)
    for (const { cheat, meanReward, isWorthIt } of report.cheats) {
      expect(isWorthIt, cheat).toBe(false)
      expect(meanReward, cheat).toBeLessThan(report.honest)
    }
    const lines = attackLines(report)
    expect(lines[0]).toBe('Reward “starter” on 2 training tasks')
    expect(lines.some((line) => /^verdict-printed +0\.000 /.test(line))).toBe(true)
    expect(lines.at(-1)).toBe('Every cheat earns less than an honest failure.')
  })

  test('finds that a reward of compiling alone pays who does nothing as much as who tries', { timeout: 120_000 }, async () => {
    const report = await attack(only({ compilation: 1 }))
    const empty = report.cheats.find(({ cheat }) => cheat === 'empty-body')!
    expect(empty).toMatchObject({ meanReward: 1, isWorthIt: true, worst: { honest: 1, paidBy: ['compilation'] } })
    expect(report.cheats.find(({ cheat }) => cheat === 'verdict-printed')).toMatchObject({ meanReward: 0, isWorthIt: false })
    const lines = attackLines(report)
    expect(lines.find((line) => line.startsWith('Cheating is worth it'))).toMatch(/empty-body \(paid by compilation\)/)
    // The same cheats write nothing that is good style.
    expect(lines.at(-1)).toMatch(/^ {2}--set reward\.weights\.quality=0\.\d+$/)
  })

  test('leaves a reward alone that pays cheats and honest failures nothing', { timeout: 120_000 }, async () => {
    const report = await attack(only({ functional: 1 }, { functional: 'binary' }))
    expect(report).toMatchObject({ right: 1, honest: 0 })
    expect(report.cheats.filter(({ isWorthIt }) => isWorthIt)).toEqual([])
  })

  test('leaves out tasks without a reference or ports, and counts them', { timeout: 120_000 }, async () => {
    const report = await attack(reward, [importedTask(null), importedTask('module m; endmodule'), ADDER])
    expect(report).toMatchObject({ taskCount: 1, skippedCount: 2 })
  })
})

describe('before a run', () => {
  const ground = { tasks: [VICTIM, ADDER], scorer }

  test('a reward that pays a cheat ends it, with the cheat and the weights', { timeout: 120_000 }, async () => {
    const profile = only({ compilation: 1, functional: 1 }, { functional: 'binary' })
    const failure: unknown = await refuseRewardThatPaysCheats(aConfig(), { ...ground, reward: profile }).catch(
      (error: unknown) => error,
    )
    expect(failure).toBeInstanceOf(Failure)
    const { code, sentence, setting } = failure as Failure
    expect([code, setting]).toEqual(['reward.cheat-pays', 'reward.weights'])
    // Half of the weight is for compiling, and neither does what was asked for.
    expect(sentence).toMatch(
      /pays the cheat [\w-]+ 0\.500 on average, an honest failure 0\.500; on task \w+ 0\.500 against 0\.500\./,
    )
    expect(sentence).toContain(
      'Lower reward.weights.compilation, or raise reward.weights.functional, or set reward.functional=graded',
    )
  })

  test('a reward that pays none lets it begin; no task to try it on does not', { timeout: 120_000 }, async () => {
    await expect(refuseRewardThatPaysCheats(aConfig(), { ...ground, reward })).resolves.toBeUndefined()
    await expect(refuseRewardThatPaysCheats(aConfig(), { ...ground, tasks: [importedTask(null)], reward })).rejects.toMatchObject(
      { code: 'reward.nothing-to-attack' },
    )
  })

  test('it ends when the run is asked to stop', async () => {
    const stop = AbortSignal.abort()
    const end: unknown = await refuseRewardThatPaysCheats(aConfig(), { ...ground, reward, stop }).catch((error: unknown) => error)
    expect(end).toBe(stop.reason)
  })
})

describe('an honest failure', () => {
  test('is the reference with one piece changed, the last piece first, and at the end one that is right in nothing', () => {
    const [first, second, ...rest] = honestFailures(ADDER, ADDER.reference)
    expect(first).toBe(ADDER.reference.replace('^', '|'))
    expect(second).toBe(ADDER.reference.replace('+', '-'))
    expect(rest).toHaveLength(1)
    expect(rest[0]).toContain('assign sum = ~sum_inside;')
  })

  test('of a register is found, although there is nothing in it to change', async () => {
    const codes = honestFailures(VICTIM, VICTIM.reference)
    expect(codes).toHaveLength(1)
    const { compilation, functional } = (await scorer.score(fenced(codes[0]!), VICTIM, 1)).scores
    expect([compilation, functional].map((score) => isScored(score) && score.outcome)).toEqual(['passed', 'failed'])
  })

  test('does not touch widths and indices', () => {
    const code = 'module m(input [3:0] a, output y);\n  assign y = a[2-1];\nendmodule'
    expect(honestFailures({ moduleName: 'm', ports: ports('a:4', 'y') }, code)).toHaveLength(1)
  })
})

test('a cheat is written for any ports: none, one, and wide ones', () => {
  for (const target of [ADDER, { moduleName: 'm', ports: ports('', 'y').slice(1) }]) {
    for (const { name, code } of cheatsOn(target)) expect(code, name).toContain(`module ${target.moduleName}(`)
  }
})
