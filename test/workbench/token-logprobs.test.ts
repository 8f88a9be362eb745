/** Log-probs of stored completions through the real service: a checkpoint of a real run, and the starter model. */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { LogprobsProgress } from '#contract/token-logprobs'
import { openWorkbench, SMALL_RUN } from '#test/support/open-workbench'
import { aConfig, aJournal, aRollout, started, stepFinished, writeRun } from '#test/support/run-builders'
import { temporaryFolder } from '#test/support/temporary-folder'

const PATIENCE_MS = 300_000
const PROMPT = 'Write a module top_module that is an inverter with input a and output y.'
const GOOD = 'module top_module(input a, output y);\n  assign y = ~a;\nendmodule'

/** A run of the starter model without checkpoints, in whose step 1 stand these completions. */
function writeStarterRun(home: string, completions: readonly string[], changes: object = {}): void {
  const rollouts = completions.map((completion, index) =>
    aRollout(1, index, { completion, instruction: PROMPT, completionTokens: 10_000, isTruncated: false, ...changes }),
  )
  writeRun(join(home, 'runs'), 'alpha', aJournal([started(), stepFinished(1)]), rollouts)
}

describe('log-probs of a stored completion', { timeout: PATIENCE_MS }, () => {
  test('by the starter model: its text token by token, with a log-prob for each; what does not belong there is least likely', async () => {
    const home = temporaryFolder()
    const odd = GOOD.replace('~a', 'zebra')
    writeStarterRun(home, [GOOD, odd])
    const open = await openWorkbench(home)
    const told: LogprobsProgress[] = []
    open.workbench.on('logprobs.progress', (progress) => void told.push(progress))
    const ask = (index: number) => open.api['logprobs.of-rollout']({ id: `q${index}`, run: 'alpha', step: 1, index })
    const good = (await ask(0))!
    expect(told.map(({ id, stage }) => [id, stage])).toEqual([
      ['q0', 'opening'],
      ['q0', 'reading'],
    ])
    expect(good).toMatchObject({ checkpoint: null, hasEnd: true, engine: { name: 'onnx', device: 'cpu' } })
    expect(good.tokens.map(({ text }) => text).join('')).toBe(GOOD)
    expect(good.tokens.at(-1)!.text).toBe('')
    for (const { logprob } of good.tokens) expect(logprob).toBeLessThanOrEqual(1e-6)
    const oddTokens = (await ask(1))!.tokens
    // Up to where the texts part nothing can tell them apart.
    const same = good.tokens.findIndex(({ text }, i) => text !== oddTokens[i]!.text)
    expect(same).toBeGreaterThan(3)
    for (let i = 0; i < same; i++) expect(oddTokens[i]!.logprob).toBeCloseTo(good.tokens[i]!.logprob, 4)
    expect(oddTokens[same]!.logprob).toBeLessThan(good.tokens[same]!.logprob - 1)
  })

  test('of one that was cut has no end; one that is longer than the context is refused in tokens', async () => {
    const home = temporaryFolder()
    writeStarterRun(home, [GOOD, `${GOOD}\n`.repeat(60)], { isTruncated: true })
    const { api } = await openWorkbench(home)
    const cut = (await api['logprobs.of-rollout']({ id: 'a', run: 'alpha', step: 1, index: 0 }))!
    expect([cut.hasEnd, cut.tokens.at(-1)!.text === '']).toEqual([false, false])
    await expect(api['logprobs.of-rollout']({ id: 'b', run: 'alpha', step: 1, index: 1 })).rejects.toMatchObject({
      code: 'completion.too-long',
    })
    await expect(api['logprobs.of-rollout']({ id: 'c', run: 'alpha', step: 1, index: 7 })).rejects.toMatchObject({
      code: 'rollout.missing',
    })
  })

  test('are by the newest checkpoint before its step, and by the model where none is there', async () => {
    const home = temporaryFolder()
    const { api, untilStatus } = await openWorkbench(home)
    // Supervised steps move the table; they have no rollouts, so that the first are those of the last step.
    const supervised = { steps: 3, learningRate: 0.5 }
    const overrides = { ...SMALL_RUN, supervised, 'checkpoints.keepLast': 0, 'sampling.maxCompletionTokens': 256 }
    const { id: run } = await api['runs.create']({ preset: 'starter-grpo', overrides })
    await untilStatus(run, 'finished')
    const ask = async () => (await api['logprobs.of-rollout']({ id: 'one', run, step: 4, index: 0 }))!
    const forget = (step: number): void => rmSync(join(home, `runs/${run}/checkpoints/step-00000${step}`), { recursive: true })
    const third = await ask()
    forget(3)
    const second = await ask()
    forget(2)
    forget(1)
    const untrained = await ask()
    expect([third, second, untrained].map(({ checkpoint }) => checkpoint)).toEqual([3, 2, null])
    const texts = [third, second, untrained].map(({ tokens }) => tokens.map(({ text }) => text))
    expect(texts[1]).toEqual(texts[0])
    expect(texts[2]).toEqual(texts[0])
    const total = ({ tokens }: typeof third): number => tokens.reduce((sum, { logprob }) => sum + logprob, 0)
    expect(total(second)).not.toBeCloseTo(total(third), 3)
    expect(total(untrained)).not.toBeCloseTo(total(second), 3)
  })

  test('that are not wanted any more end at once, and the next question is answered', async () => {
    const home = temporaryFolder()
    writeStarterRun(home, [GOOD])
    const { api, workbench } = await openWorkbench(home)
    const told: LogprobsProgress[] = []
    workbench.on('logprobs.progress', (progress) => void told.push(progress))
    const asked = api['logprobs.of-rollout']({ id: 'x', run: 'alpha', step: 1, index: 0 })
    // The model is still being opened.
    await expect.poll(() => told.length, { timeout: 60_000, interval: 5 }).toBe(1)
    await api['logprobs.stop']('x')
    expect(await asked).toBeNull()
    expect((await api['logprobs.of-rollout']({ id: 'y', run: 'alpha', step: 1, index: 0 }))!.tokens.length).toBeGreaterThan(5)
  })
})

test('the run that is written for this is of the embedded engine', () => {
  expect(aConfig().engine).toBe('onnx')
})
