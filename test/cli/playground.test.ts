/** Completions from the command line. */
import { expect, test } from 'vitest'
import type { PlaygroundCompletion } from '#contract/playground'
import { temporaryFolder } from '#test/support/temporary-folder'
import { smallRun, veritune } from './veritune-process.ts'
import { writeFakeModel } from './fake-model.ts'

const ASKED = ['playground', '--model', 'starter', '--text', 'Write a module top_module that is an inverter.']

test('stdout is the completion alone, what it took is on stderr', async () => {
  const home = temporaryFolder()
  const json = await veritune(home, [...ASKED, '--json'])
  const { text, tokenCount } = JSON.parse(json.stdout) as PlaygroundCompletion
  const plain = await veritune(home, ASKED)
  expect(plain.stdout.trimEnd()).toBe(text.trimEnd())
  expect(plain.stderr).toContain(`ended by itself: ${tokenCount} tokens in`)
  expect([json.code, plain.code]).toEqual([0, 0])
})

test('a run answers as its newest, its best or a named checkpoint', async () => {
  const home = temporaryFolder()
  const model = writeFakeModel(`${home}/model`)
  await veritune(home, ['train', ...smallRun(model), '--steps', '2', '--checkpoint-every', '1', '--name', 'one'])
  const ask = (run: string) => veritune(home, ['playground', '--run', run, '--text', 'An inverter.', '--tokens', '8', '--json'])
  const [newest, second, third] = [await ask('one'), await ask('one@2'), await ask('one@9')]
  expect((JSON.parse(newest.stdout) as PlaygroundCompletion).engine.name).toBe('fake')
  expect((JSON.parse(newest.stdout) as PlaygroundCompletion).text).toBe((JSON.parse(second.stdout) as PlaygroundCompletion).text)
  expect(third.stderr).toMatch(/no checkpoint of step 9/)
  expect(third.code).toBe(2)
})

test.each([
  [['playground', '--model', 'starter'], 'needs either --text or --task'],
  [['playground', '--text', 'x'], 'needs either --model or --run'],
  [[...ASKED, '--temperature', '9'], '--temperature:'],
  [[...ASKED, '--tokens', 'many'], '--tokens:'],
])('%j is refused with what is wrong', async (args, words) => {
  const { code, stderr } = await veritune(temporaryFolder(), args)
  expect(stderr).toContain(words)
  expect(code).toBe(2)
})
