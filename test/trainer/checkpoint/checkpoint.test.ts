import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { loadCheckpoint, newestCheckpoint, saveCheckpoint } from '#trainer/checkpoint/checkpoint'
import { createEngine } from '#trainer/engines/create-engine'
import type { Engine } from '#trainer/engines/engine'
import { aJournal } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'
import { TINY_SETTINGS } from '#test/support/tiny-llama'
import { writeTinyFolder } from '#test/support/tiny-folder'

async function anEngine(): Promise<Engine> {
  const engine = await createEngine('fake', { ...TINY_SETTINGS, modelFolder: writeTinyFolder(temporaryFolder()) })
  onTestFinished(() => engine.close())
  return engine
}

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
