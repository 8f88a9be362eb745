/** `train --from`: a run that goes on from a checkpoint of another, from the command line, with the fake engine. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { journalEventSchema, type JournalEvent } from '#contract/journal'
import { temporaryFolder } from '#test/support/temporary-folder'
import { writeFakeModel } from './fake-model.ts'
import { smallRun, veritune } from './veritune-process.ts'

test('goes on from the step that was named, with another reward, and says where it comes from', async () => {
  const home = temporaryFolder()
  const small = smallRun(writeFakeModel(join(home, 'model')))
  const first = await veritune(home, ['train', ...small, '--steps', '3', '--checkpoint-every', '1', '--name', 'parent'])
  expect(first.code, first.stderr).toBe(0)
  const second = await veritune(home, [
    'train',
    '--from',
    'parent@2',
    '--steps',
    '4',
    '--set',
    'reward.weights.quality=9',
    '--name',
    'child',
  ])
  expect(second.code, second.stderr).toBe(0)
  const child = readdirSync(join(home, 'runs')).find((name) => name.includes('child'))!
  const text = (name: string): string => readFileSync(join(home, 'runs', child, name), 'utf8')
  const events = text('journal.jsonl')
    .trimEnd()
    .split('\n')
    .map((line): JournalEvent => journalEventSchema.parse(JSON.parse(line)))
  expect(events.flatMap((event) => (event.type === 'step.finished' ? [event.step] : []))).toEqual([3, 4])
  expect(JSON.parse(text('parent.json'))).toMatchObject({ run: expect.stringContaining('parent'), step: 2 })
  expect(JSON.parse(text('config.json'))).toMatchObject({ steps: 4, reward: { weights: { quality: 9 } } })
  expect((await veritune(home, ['show', 'child'])).stdout).toMatch(/step 2/)
})

test('refuses a step without a checkpoint, a run that is not there, and a preset beside it', async () => {
  const home = temporaryFolder()
  const small = smallRun(writeFakeModel(join(home, 'model')))
  expect((await veritune(home, ['train', ...small, '--steps', '2', '--name', 'parent'])).code).toBe(0)
  const refusal = async (args: readonly string[]): Promise<unknown> => {
    const { code, stderr } = await veritune(home, ['train', ...args])
    return [code, stderr.split('\n')[0]]
  }
  expect(await refusal(['--from', 'parent@1', '--steps', '4'])).toEqual([2, expect.stringContaining('no checkpoint of step 1')])
  expect(await refusal(['--from', 'nobody', '--steps', '4'])).toEqual([2, expect.stringContaining('nobody')])
  expect(await refusal(['--from', 'parent', '--preset', 'starter-ppo'])).toEqual([
    2,
    expect.stringContaining('--preset and --config exclude it'),
  ])
})
