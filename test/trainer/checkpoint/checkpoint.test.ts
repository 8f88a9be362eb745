import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { loadCheckpoint, newestCheckpoint, saveCheckpoint } from '#trainer/checkpoint/checkpoint'
import { createEngine } from '#trainer/engines/create-engine'
import type { Engine } from '#trainer/engines/engine'
import type { StepTrace } from '#trainer/recipes/stages'
import { configWith, openEngine, takeSteps } from '#test/support/bandit-run'
import { aJournal } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'
import { TINY_SETTINGS } from '#test/support/tiny-llama'
import { writeTinyFolder } from '#test/support/tiny-folder'

async function anEngine(): Promise<Engine> {
  const engine = await createEngine('fake', { ...TINY_SETTINGS, modelFolder: writeTinyFolder(temporaryFolder()) })
  onTestFinished(() => engine.close())
  return engine
}

const isEven = (tokens: readonly number[]): number => (tokens[0]! % 2 === 0 ? 1 : 0)

const saved = (...steps: number[]): ReturnType<typeof aJournal> =>
  aJournal(steps.map((step) => ({ type: 'checkpoint.saved', step, directory: `checkpoints/step-00000${step}` }) as const))

describe('checkpoints', () => {
  test('what was saved is loaded', async () => {
    const run = temporaryFolder()
    const name = await saveCheckpoint(run, await anEngine(), { step: 3 })
    expect(name).toBe(join('checkpoints', 'step-000003'))
    expect(await loadCheckpoint(run, name, await anEngine())).toEqual({ step: 3 })
  })

  test('one that is there but not named by the journal, or named but not whole, is never chosen', async () => {
    const run = temporaryFolder()
    const engine = await anEngine()
    for (const step of [1, 2, 3]) await saveCheckpoint(run, engine, { step })
    rmSync(join(run, 'checkpoints/step-000002/state.json'))
    expect(newestCheckpoint(run, saved(1, 2))).toBe('checkpoints/step-000001')
    expect(newestCheckpoint(run, [])).toBeNull()
  })

  test('a failed save leaves the run as it was', async () => {
    const run = temporaryFolder()
    const engine = await anEngine()
    const broken = Object.assign(Object.create(engine) as Engine, {
      save: async (directory: string): Promise<void> => {
        mkdirSync(directory, { recursive: true })
        writeFileSync(join(directory, 'half'), '')
        throw Object.assign(new Error('no space'), { code: 'ENOSPC' })
      },
    })
    await expect(saveCheckpoint(run, broken, { step: 4 })).rejects.toThrow('No space is left')
    expect(existsSync(join(run, 'checkpoints/step-000004'))).toBe(false)
    expect(existsSync(join(run, 'checkpoints/step-000004.partial'))).toBe(false)
  })
})

describe('a run that goes on from a checkpoint', () => {
  const cases = (['fake', 'onnx'] as const).flatMap((name) =>
    (
      [
        ['ppo', { klCoef: 0.01, targetKl: 0.001, klHorizon: 160, criticWarmupSteps: 1 }],
        ['grpo', {}],
      ] as const
    ).map(([algorithm, settings]) => ({ name, algorithm, settings })),
  )

  test.each(cases)(
    'is the run that was never interrupted, bit for bit: $algorithm on $name',
    async ({ name, algorithm, settings }) => {
      const config = configWith(algorithm, settings)
      config.optimizer.learningRate = 0.02
      const whole = await takeSteps(await openEngine(name, algorithm), config, 5, isEven)

      const run = temporaryFolder()
      const first = await openEngine(name, algorithm)
      const begun = await takeSteps(first, config, 2, isEven)
      const directory = await saveCheckpoint(run, first, { step: 2, recipe: begun.at(-1)!.state })
      const second = await openEngine(name, algorithm)
      const { step, recipe } = await loadCheckpoint(run, directory, second)
      const rest = await takeSteps(second, config, 3, isEven, {}, { step: step + 1, state: recipe! })

      const numbers = (traces: readonly StepTrace[]) =>
        traces.map(({ updates, kl, klCoef, advantages }) => ({ updates, kl, klCoef, advantages }))
      expect(numbers([...begun, ...rest])).toEqual(numbers(whole))
    },
  )
})
