/** Runs of the other algorithms and of a supervised stage, from the command line to the journal, with the fake engine. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { journalEventSchema, type JournalEvent } from '#contract/journal'
import { temporaryFolder } from '#test/support/temporary-folder'
import { writeFakeModel } from './fake-model.ts'
import { smallRun, veritune } from './veritune-process.ts'

type Finished = Extract<JournalEvent, { type: 'step.finished' }>

async function stepsOf(
  settings: readonly string[],
): Promise<{ steps: Finished[]; home: string; stdout: string; directory: string }> {
  const home = temporaryFolder()
  const small = smallRun(writeFakeModel(join(home, 'model')))
  const { code, stdout, stderr } = await veritune(home, ['train', ...small, ...settings])
  expect(code, stderr).toBe(0)
  const directory = join(home, 'runs', /Run (\S+)/.exec(stdout)![1]!)
  const lines = readFileSync(join(directory, 'journal.jsonl'), 'utf8').trimEnd().split('\n')
  const events = lines.map((line) => journalEventSchema.parse(JSON.parse(line)))
  return { steps: events.filter((event) => event.type === 'step.finished'), home, stdout, directory }
}

describe('a run', () => {
  test('with supervised steps first has their loss, then rates, and its checkpoint carries the recipe’s state', async () => {
    const { steps, home, stdout, directory } = await stepsOf([
      '--steps',
      '3',
      '--set',
      'supervised={"steps":2,"learningRate":0.01}',
      '--set',
      'sampling.maxCompletionTokens=400',
    ])
    const keys = steps.map(({ metrics }) => ['train/supervised_loss', 'train/functional_rate'].map((key) => key in metrics))
    expect(keys).toEqual([
      [true, false],
      [true, false],
      [false, true],
    ])
    expect(steps[1]!.metrics['train/supervised_loss']!).toBeLessThan(steps[0]!.metrics['train/supervised_loss']!)
    expect(stdout).toContain('Finished 3 steps in ')
    expect(JSON.parse(readFileSync(join(directory, 'checkpoints/step-000003/state.json'), 'utf8'))).toEqual({
      step: 3,
      recipe: { klCoef: 0 },
    })
    expect((await veritune(home, ['runs', '--json'])).stdout).toContain('"finished"')
  })

  test.each(['starter-rloo', 'starter-reinforce-plus-plus'])('of the preset %s takes its steps', async (preset) => {
    const { steps, directory } = await stepsOf(['--preset', preset, '--steps', '2'])
    expect(JSON.parse(readFileSync(join(directory, 'config.json'), 'utf8'))).toMatchObject({ preset })
    expect(steps.map(({ metrics }) => Number.isFinite(metrics['train/kl_coef']))).toEqual([true, true])
  })
})
