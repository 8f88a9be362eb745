/** A folder that TRL's GRPOTrainer left behind (test/fixtures/trl-run, made by native/golden/make_trl_run.py), and damaged copies of it. */
import { cpSync, mkdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { JournalEntry } from '#contract/journal'
import { readTrlRun } from '#imports/trl/read-trl-run'
import { REPOSITORY } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'

const FIXTURE = join(REPOSITORY, 'test/fixtures/trl-run')

/** What both programs measure alike. */
const OURS: Readonly<Record<string, string>> = {
  loss: 'train/loss',
  reward: 'train/reward',
  reward_std: 'train/reward_std',
  frac_reward_zero_std: 'train/frac_reward_zero_std',
  kl: 'train/kl',
  entropy: 'train/entropy',
  grad_norm: 'train/grad_norm',
  learning_rate: 'train/learning_rate',
  'clip_ratio/low_mean': 'train/clip_ratio/low',
  'clip_ratio/high_mean': 'train/clip_ratio/high',
  'completions/mean_length': 'train/completions/mean_length',
  'completions/clipped_ratio': 'train/completions/truncated_share',
}

interface State {
  global_step: number
  max_steps: number
  log_history: Record<string, number>[]
}

function copy(): string {
  const folder = join(temporaryFolder(), 'my-run')
  cpSync(FIXTURE, folder, { recursive: true })
  return folder
}

const stateOf = (folder: string): State => JSON.parse(readFileSync(join(folder, 'trainer_state.json'), 'utf8')) as State

function writeState(folder: string, state: unknown): void {
  writeFileSync(join(folder, 'trainer_state.json'), typeof state === 'string' ? state : JSON.stringify(state))
}

function metricsAt(entries: readonly JournalEntry[], step: number): Readonly<Record<string, number>> {
  const found = entries.find((entry) => entry.type === 'step.finished' && entry.step === step)
  return found !== undefined && 'metrics' in found ? found.metrics : {}
}

describe('a folder of TRL', () => {
  it('gives every number that was logged, under our name where the definition is the same and under its own where not', () => {
    const { entries } = readTrlRun(FIXTURE)
    for (const { step, ...values } of stateOf(FIXTURE).log_history) {
      const metrics = metricsAt(entries, step!)
      for (const [key, value] of Object.entries(values))
        expect(metrics[OURS[key] ?? `trl/${key}`], `${key} of step ${step}`).toBe(value)
    }
    expect(
      Object.keys(metricsAt(entries, 1))
        .filter((key) => key.startsWith('train/'))
        .sort(),
    ).toEqual(Object.values(OURS).sort())
  })

  it('gives the completions of each step with their groups, rewards and advantages, unscored', async () => {
    const { rolloutSteps, rolloutsOf } = readTrlRun(FIXTURE)
    expect(rolloutSteps).toEqual([1, 2, 3, 4])
    const rollouts = await rolloutsOf(1)
    expect(rollouts.map(({ group }) => group)).toEqual([0, 0, 0, 0, 1, 1, 1, 1])
    const { reward } = stateOf(FIXTURE).log_history[0]!
    const mean = rollouts.reduce((sum, one) => sum + one.reward!, 0) / rollouts.length
    expect(mean).toBeCloseTo(reward!, 6)
    for (const rollout of rollouts) {
      expect(rollout.reward).toBe(rollout.functionRewards!.share_of_letters! + rollout.functionRewards!.brevity!)
      expect(Object.values(rollout.scores).every((score) => 'unscored' in score)).toBe(true)
    }
    // An advantage is the distance from the group's mean in its deviations, as TRL computed it.
    const group = rollouts.slice(0, 4)
    const centre = group.reduce((sum, one) => sum + one.reward!, 0) / 4
    const deviation = Math.sqrt(group.reduce((sum, one) => sum + (one.reward! - centre) ** 2, 0) / 3)
    for (const one of group) expect(one.advantage).toBeCloseTo((one.reward! - centre) / (deviation + 1e-4), 4)
  })

  it('says which steps hold completions of an evaluation too: TRL writes both into one file', async () => {
    const { origin, rolloutsOf } = readTrlRun(FIXTURE)
    expect(origin.remarks).toEqual([
      'Among the completions of step 2, 4 are some of an evaluation: TRL writes both into the same file.',
    ])
    expect((await rolloutsOf(2))[0]!.family).toBe('TRL, training or evaluation')
    expect((await rolloutsOf(3))[0]!.family).toBe('TRL')
  })

  it('knows trainer and version from the card, and takes nothing for known that no file says', () => {
    expect(readTrlRun(FIXTURE).origin).toMatchObject({
      trainer: 'GRPO',
      version: '1.16.0',
      told: { global_step: 4, max_steps: 4 },
    })
    const folder = copy()
    rmSync(join(folder, 'README.md'))
    expect(readTrlRun(folder).origin).toMatchObject({ trainer: null, version: null })
  })

  it('does not know the reward of a completion where the functions are weighted', async () => {
    const folder = copy()
    const state = stateOf(folder)
    for (const logged of state.log_history) if (logged.reward !== undefined) logged.reward *= 0.9
    writeState(folder, state)
    const { origin, rolloutsOf } = readTrlRun(folder)
    expect((await rolloutsOf(1)).every(({ reward }) => reward === null)).toBe(true)
    expect(origin.remarks.at(-1)).toMatch(/not known: .*brevity.* weighted/)
  })

  it('takes the newest checkpoint where the folder has no state of its own, and says how far it went', () => {
    const folder = copy()
    for (const [step, name] of [
      [2, 'checkpoint-2'],
      [10, 'checkpoint-10'],
    ] as const) {
      mkdirSync(join(folder, name))
      writeFileSync(
        join(folder, name, 'trainer_state.json'),
        JSON.stringify({ ...stateOf(folder), global_step: step, max_steps: 20 }),
      )
    }
    renameSync(join(folder, 'trainer_state.json'), join(folder, 'gone'))
    const { entries, steps } = readTrlRun(folder)
    expect(steps).toBe(20)
    expect(entries.at(-1)).toMatchObject({
      type: 'run.ended',
      outcome: 'stopped',
      step: 10,
      reason: expect.stringContaining('10 of 20') as unknown,
    })
  })

  it('reads the NaN of Python, which JSON does not have, as a number that is not there', () => {
    const folder = copy()
    const text = readFileSync(join(folder, 'trainer_state.json'), 'utf8')
    writeState(folder, text.replace(/"kl": [\d.e-]+/, '"note": "NaN stays, \\"Infinity\\" too", "kl": NaN'))
    expect('train/kl' in metricsAt(readTrlRun(folder).entries, 1)).toBe(false)
    expect('train/kl' in metricsAt(readTrlRun(folder).entries, 2)).toBe(true)
  })

  it('names the file that is missing or damaged, and what to do', async () => {
    const refusal = (folder: string): unknown => {
      try {
        return readTrlRun(folder)
      } catch (error) {
        return (error as Error).message
      }
    }
    expect(refusal('/nowhere/at/all')).toBe('/nowhere/at/all is not there.')
    const empty = temporaryFolder()
    expect(refusal(empty)).toBe(`${empty} has no trainer_state.json, neither itself nor in a checkpoint.`)
    const torn = copy()
    truncateSync(join(torn, 'trainer_state.json'), 2000)
    expect(refusal(torn)).toContain(`${join(torn, 'trainer_state.json')} is not JSON: `)
    writeState(torn, { global_step: 1, max_steps: 2, log_history: [{ loss: 1 }] })
    expect(refusal(torn)).toContain('is no state of a trainer: log_history.0.step: ')
    const half = copy()
    const table = join(half, 'completions/completions_00003.parquet')
    truncateSync(table, 3000)
    const run = readTrlRun(half)
    await expect(run.rolloutsOf(3)).rejects.toMatchObject({
      code: 'import.unreadable',
      message: expect.stringContaining(table) as unknown,
    })
    expect(await run.rolloutsOf(1)).toHaveLength(8)
  })
})
