/** What a supervised step learns from, with tasks and tokenizer of the starter. */
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { REPOSITORY } from '#test/support/run-builders'
import { readDataset } from '#trainer/1-tasks/read-tasks'
import { demonstrationsOf } from '#trainer/commands/demonstrations'
import { loadTokenizer } from '#trainer/tokenizer/tokenizer'

const STARTER = join(REPOSITORY, 'resources/starter')
const tokenizer = loadTokenizer(join(STARTER, 'model'))
const { tasks } = await readDataset(join(STARTER, 'tasks.jsonl'))
const train = tasks.train.slice(0, 24)

const lengthsOf = async (maxTokens: number, count = train.length): Promise<number[]> => {
  const found = await demonstrationsOf(train, { tokenizer }, { count, maxTokens })
  return found.map(({ completionTokens }) => completionTokens.length)
}

test('answers that a completion could not hold are left out, and others come in their place', async () => {
  const all = await lengthsOf(10_000)
  expect(all).toHaveLength(train.length)
  const limit = all.toSorted((a, b) => a - b)[11]!
  const fitting = all.filter((length) => length <= limit)
  expect(fitting.length).toBeLessThan(all.length)
  expect(await lengthsOf(limit)).toEqual(fitting)
  // The first eight tasks have fewer than eight that fit.
  expect(all.slice(0, 8).filter((length) => length <= limit).length).toBeLessThan(8)
  expect(await lengthsOf(limit, 8)).toEqual(fitting.slice(0, 8))
})

test('where none fits, a supervised stage is refused with the setting to change instead of teaching nothing', async () => {
  await expect(lengthsOf(4)).rejects.toMatchObject({
    message: 'No training task has an answer of 4 tokens or fewer that a supervised step could learn from.',
    remedy: expect.stringContaining('Raise sampling.maxCompletionTokens'),
  })
})
