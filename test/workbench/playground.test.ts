/** Completions through the real service: the starter on the embedded engine, and checkpoints of the fake one. */
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { PlaygroundCompletion, PlaygroundProgress, PlaygroundRequest } from '#contract/playground'
import { openWorkbench, SMALL_RUN, type OpenWorkbench } from '#test/support/open-workbench'
import { childrenOf } from '#test/support/process-tree'
import { temporaryFolder } from '#test/support/temporary-folder'

const SAMPLING = { temperature: 1, topP: 1, maxCompletionTokens: 200, seed: 7 }
/** A model loads in a second; on a busy machine in many. */
const PATIENCE = { timeout: 30_000 }
const STARTER = { kind: 'model', path: 'starter', like: null } as const
const TEXT = { kind: 'text', text: 'Write a module top_module that is a 2-to-1 multiplexer.' } as const

function aRequest(changes: Partial<PlaygroundRequest> = {}): PlaygroundRequest {
  return { id: 'one', model: STARTER, prompt: TEXT, sampling: SAMPLING, ...changes }
}

function toldBy({ workbench }: OpenWorkbench, id = 'one'): PlaygroundProgress[] {
  const told: PlaygroundProgress[] = []
  workbench.on('playground.progress', (progress) => void (progress.id === id && told.push(progress)))
  return told
}

/** So hot that the end seldom comes up by chance: the first seed that fills the context. */
async function anEndless(
  api: OpenWorkbench['api'],
): Promise<{ sampling: PlaygroundRequest['sampling']; full: PlaygroundCompletion }> {
  for (let seed = 1; ; seed++) {
    const sampling = { ...SAMPLING, temperature: 5, maxCompletionTokens: 8000, seed }
    const full = await api['playground.complete'](aRequest({ sampling }))
    if (full.end === 'context') return { sampling, full }
  }
}

test('a completion is told as it comes, and the same seed gives the same one', async () => {
  const open = await openWorkbench(temporaryFolder())
  const told = toldBy(open)
  const whole = await open.api['playground.complete'](aRequest())
  expect(told[0]).toMatchObject({ stage: 'opening', text: '' })
  const texts = told.filter(({ stage }) => stage === 'generating').map(({ text }) => text)
  expect(texts.length).toBeGreaterThan(0)
  for (const text of texts) expect(whole.text.startsWith(text)).toBe(true)
  expect(whole).toMatchObject({ end: 'end', engine: { name: 'onnx', device: 'cpu' } })
  expect(await open.api['playground.complete'](aRequest())).toMatchObject({ text: whole.text, tokenCount: whole.tokenCount })
  const other = await open.api['playground.complete'](aRequest({ sampling: { ...SAMPLING, seed: 8 } }))
  expect(other.text).not.toBe(whole.text)
})

test('a task is completed and scored; a test task is refused', async () => {
  const { api } = await openWorkbench(temporaryFolder())
  const [task] = await api['tasks.list']('starter', 'validation')
  const prompt = { kind: 'task', dataset: 'starter', taskId: task!.id } as const
  const { text } = await api['playground.complete'](aRequest({ prompt }))
  const { scores } = await api['score.completion']('starter', task!.id, text, 'netlist', false)
  expect(Object.keys(scores)).toContain('functional')
  const [secret] = await api['tasks.list']('starter', 'test')
  await expect(api['playground.complete'](aRequest({ prompt: { ...prompt, taskId: secret!.id } }))).rejects.toMatchObject({
    code: 'completion.test-task',
  })
})

test('what ends a completion is said: its length, the context, a person', async () => {
  const open = await openWorkbench(temporaryFolder())
  const { api } = open
  const short = await api['playground.complete'](aRequest({ sampling: { ...SAMPLING, maxCompletionTokens: 5 } }))
  expect(short).toMatchObject({ end: 'limit', tokenCount: 5 })
  const { sampling: hot, full } = await anEndless(api)
  expect(full.end).toBe('context')
  const told = toldBy(open, 'stopped')
  const stopping = api['playground.complete'](aRequest({ id: 'stopped', sampling: hot }))
  await expect.poll(() => told.length, PATIENCE).toBeGreaterThan(0)
  await api['playground.stop']('stopped')
  const stopped = await stopping
  expect(stopped.end).toBe('stopped')
  expect(stopped.tokenCount).toBeLessThan(full.tokenCount)
  // The engine is as good as before.
  expect((await api['playground.complete'](aRequest({ sampling: hot }))).text).toBe(full.text)
})

test('a prompt that is longer than the context is refused in tokens', async () => {
  const { api } = await openWorkbench(temporaryFolder())
  const prompt = { kind: 'text', text: 'a counter of clocks '.repeat(1000) } as const
  await expect(api['playground.complete'](aRequest({ prompt }))).rejects.toThrow(
    /The prompt has \d{4,} tokens, and the model reads \d+/,
  )
})

test('a path that is no model says so', async () => {
  const home = temporaryFolder()
  const { api } = await openWorkbench(home)
  await expect(api['playground.complete'](aRequest({ model: { ...STARTER, path: home } }))).rejects.toMatchObject({
    code: 'model.missing-file',
  })
})

test('a checkpoint answers as it was trained and its base as it was; one that was removed is named with those that are there', async () => {
  const home = temporaryFolder()
  const { api, untilStatus } = await openWorkbench(home)
  const overrides = { ...SMALL_RUN, 'optimizer.learningRate': 0.5, 'checkpoints.keepLast': 0 }
  const { id } = await api['runs.create']({ preset: 'starter-grpo', overrides })
  await untilStatus(id, 'finished')
  const sampling = { ...SAMPLING, maxCompletionTokens: 60 }
  const [base, tuned] = await Promise.all([
    api['playground.complete'](aRequest({ id: 'base', model: { ...STARTER, like: id }, sampling })),
    api['playground.complete'](aRequest({ id: 'tuned', model: { kind: 'checkpoint', run: id, step: 4 }, sampling })),
  ])
  expect([base.engine.name, tuned.engine.name]).toEqual(['fake', 'fake'])
  expect(base.text).not.toBe('')
  rmSync(join(home, 'runs', id, 'checkpoints/step-000002'), { recursive: true })
  const gone = aRequest({ model: { kind: 'checkpoint', run: id, step: 2 } })
  await expect(api['playground.complete'](gone)).rejects.toThrow(/has no checkpoint of step 2; it has those of 1, 3, 4/)
})

test.skipIf(process.platform !== 'linux')(
  'an engine or a service that is killed is a sentence, and the next question is answered',
  async () => {
    const open = await openWorkbench(temporaryFolder())
    const { api } = open
    const { sampling: endless } = await anEndless(api)
    const program = (id: number): string => readFileSync(`/proc/${id}/cmdline`, 'utf8')
    const kill = async (id: string, what: string, signal: NodeJS.Signals): Promise<unknown> => {
      const told = toldBy(open, id)
      const answer = api['playground.complete'](aRequest({ id, sampling: endless })).catch((error: unknown) => error)
      await expect.poll(() => told.some(({ stage }) => stage === 'generating'), PATIENCE).toBe(true)
      process.kill(
        childrenOf(process.pid)!.find((child) => program(child).includes(what))!,
        signal,
      )
      return answer
    }
    expect(await kill('engine', 'engine-worker', 'SIGSEGV')).toMatchObject({ code: 'completion.crashed' })
    expect(await kill('service', 'service', 'SIGKILL')).toMatchObject({ code: 'service.ended' })
    expect((await api['playground.complete'](aRequest())).end).toBe('end')
  },
)
