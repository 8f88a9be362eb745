/** From a point of the validation curve to what the model wrote in that evaluation: by task, with the tools' words, by keyboard. */
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JournalEntry, RolloutRecord } from '#contract/journal'
import { RUN_FILES } from '#contract/run-directory'
import type { Scores } from '#contract/score'
import { seriousFindings } from '#test/support/axe'
import { launchBrowser } from '#test/support/browser'
import { startHost, type HostProcess } from '#test/support/host-process'
import { aConfig, aJournal, aRollout, started, stepFinished, writeRun } from '#test/support/run-builders'

const PATIENCE_MS = 60_000
const STEPS = 4

/** A busy machine takes its time. */
const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 30_000, interval: 100 })

const choice = await launchBrowser()
const title = choice.browser ? `an evaluation in ${choice.name}` : `an evaluation (skipped: ${choice.reason})`
if (!choice.browser) console.log(`Browser tests are skipped: ${choice.reason}`)

const passed = { value: 1, outcome: 'passed', evidence: { summary: 'Good.' } } as const
const GOOD: Scores = { compilation: passed, functional: passed, synthesis: passed, reasoning: passed, quality: passed }
const WRONG: Scores = {
  ...GOOD,
  functional: { value: 0.25, outcome: 'partial', evidence: { summary: 'A quarter of the cycles match.' } },
}

/** Two tasks with two completions each; at step 0 those of the first are wrong, later only one of the second. */
function evaluated(step: number): RolloutRecord[] {
  return [0, 1, 2, 3].map((index) => {
    const isWrong = step === 0 ? index < 2 : index === 3
    const task = { taskId: `validation-${index >> 1}`, group: index >> 1 }
    const code = `module m${step}_${index};\nendmodule`
    return aRollout(step, index, { ...task, scores: isWrong ? WRONG : GOOD, code, reward: null, advantage: 0 })
  })
}

const evaluationFinished = (step: number, passAt1: number): JournalEntry => ({
  type: 'eval.finished',
  step,
  split: 'validation',
  datasetHash: 'h',
  metrics: { 'eval/pass@1': passAt1, 'eval/pass@1_low': passAt1 - 0.1, 'eval/pass@1_high': passAt1 + 0.1 },
})

describe.skipIf(!choice.browser)(title, { timeout: PATIENCE_MS }, () => {
  const home = mkdtempSync(join(tmpdir(), 'veritune-evaluation-'))
  const problems: string[] = []
  let host: HostProcess
  let page: Page

  beforeAll(async () => {
    const runs = join(home, 'runs')
    const rollouts = Array.from({ length: STEPS }, (_, i) => aRollout(i + 1, 0))
    const evaluations = [evaluationFinished(0, 0.5), stepFinished(1), stepFinished(2), evaluationFinished(2, 0.75)]
    const events = [started(), ...evaluations, stepFinished(3), stepFinished(4), evaluationFinished(4, 0.75)]
    const end: JournalEntry = { type: 'run.ended', step: STEPS, outcome: 'finished' }
    const directory = writeRun(runs, 'grpo', aJournal([...events, end]), rollouts)
    const supervised = writeRun(runs, 'supervised', aJournal([...events, end]))
    const config = aConfig({ supervised: { steps: STEPS, learningRate: 0.001 }, steps: STEPS })
    writeFileSync(join(supervised, RUN_FILES.config), JSON.stringify(config))
    for (const step of [0, 2, 4]) {
      const lines = evaluated(step).map((record) => `${JSON.stringify(record)}\n`)
      for (const one of [directory, supervised])
        writeFileSync(join(one, RUN_FILES.rollouts, `eval-00000${step}.jsonl`), lines.join(''))
    }
    host = await startHost(home)
    page = await choice.browser!.newPage({ viewport: { width: 1280, height: 800 } })
    page.setDefaultTimeout(30_000)
    page.on('pageerror', (error) => problems.push(error.message))
    await page.goto(host.url)
    await page.goto(`${new URL(host.url).origin}/#/runs/grpo`)
    await page.getByRole('heading', { name: `Rollouts of step ${STEPS}` }).waitFor()
  }, PATIENCE_MS)

  afterAll(async () => {
    await choice.browser?.close()
    await host?.kill()
    rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 })
  }, PATIENCE_MS)

  const heading = (step: number) => page.getByRole('heading', { name: `Rollouts of the evaluation at step ${step}` })
  const curve = () => page.getByRole('slider', { name: /^Validation/ })
  const groups = () => page.getByRole('list', { name: /^Groups/ }).getByRole('button')
  const rollouts = () => page.getByRole('button', { name: /^Rollout \d+, functional score/ })
  const address = (): Promise<string> => page.evaluate('location.hash')

  test('a point of the validation curve leads to the completions of that evaluation, by keyboard', async () => {
    await curve().focus()
    await curve().press('Home')
    await curve().press('Enter')
    await heading(0).waitFor()
    expect(await address()).toBe('#/runs/grpo/evaluation/0')
    await eventually(() => groups().count()).toBe(2)
    expect((await groups().allInnerTexts()).map((text) => text.replace(/\s+/g, ' '))).toEqual([
      '1.00 validation-1 ✔2/2',
      '0.25 validation-0 ✔0/2',
    ])
  })

  test('each has its score and what the tools said, and nothing is said of a reward', async () => {
    await groups().nth(1).click()
    await eventually(() => rollouts().allInnerTexts()).toEqual([expect.stringContaining('0.25'), expect.stringContaining('0.25')])
    await rollouts().nth(1).press('Enter')
    const scores = page.getByRole('region', { name: 'Scores and reward' })
    expect(await scores.innerText()).toContain('A quarter of the cycles match.')
    expect(await scores.innerText()).toContain('an evaluation pays no reward')
    await page.getByText('module m0_1').waitFor()
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await seriousFindings(page)).toEqual([])
    }
  })

  test('filters count them; the kind that is told by a reward is not offered', async () => {
    const filters = page.getByRole('group', { name: /^Which completions/ }).getByRole('button')
    expect(await filters.allInnerTexts()).toEqual([
      'All 4',
      'Compiles but wrong 2',
      'Refused as a cheat 0',
      'Unscored 0',
      'Truncated 0',
    ])
    await filters.nth(1).click()
    await eventually(() => groups().count()).toBe(1)
    await filters.first().click()
  })

  test('evaluations are gone through one by one, chosen by what passed, and the newest is followed', async () => {
    const choose = page.getByLabel('Evaluation', { exact: true })
    expect(await choose.locator('option').allInnerTexts()).toEqual([
      'step 0 · pass@1 50 %',
      'step 2 · pass@1 75 %',
      'step 4 · pass@1 75 %',
    ])
    await page.getByRole('button', { name: 'Evaluation after' }).press('Enter')
    await heading(2).waitFor()
    await page.getByText('module m2_').first().waitFor()
    await choose.selectOption('4')
    await heading(4).waitFor()
    expect(await page.getByRole('button', { name: 'Evaluation after' }).isDisabled()).toBe(true)
    await page.getByRole('button', { name: 'Follow newest' }).click()
    expect(await address()).toBe('#/runs/grpo/evaluation')
    await page.reload()
    await heading(4).waitFor()
  })

  test('the same prompt stands beside itself in the evaluation before', async () => {
    await groups().filter({ hasText: 'validation-0' }).click()
    await page.getByText('The same prompt in another evaluation or run').click()
    const same = page.getByRole('region', { name: 'The same prompt elsewhere' })
    await same.getByRole('columnheader', { name: 'evaluation at step 2, functional 1.00' }).waitFor()
    await same.getByLabel('Evaluation at step').selectOption('0')
    await same.getByRole('columnheader', { name: 'evaluation at step 0, functional 0.25' }).waitFor()
    await same.getByText('in 3 evaluations of this run').waitFor()
  })

  test('training is one press away, and a mark of the rail leads to its evaluation', async () => {
    await page.getByRole('group', { name: 'Completions of' }).getByRole('button', { name: 'Training' }).press('Enter')
    await page.getByRole('heading', { name: `Rollouts of step ${STEPS}` }).waitFor()
    expect(await address()).toBe('#/runs/grpo')
    await page.getByRole('button', { name: /^step 2: evaluation on validation/ }).press('Enter')
    await heading(2).waitFor()
  })

  test('a run that learns from references alone shows its evaluations', async () => {
    await page.evaluate(`location.hash = '#/runs/supervised'`)
    await heading(4).waitFor()
    await eventually(() => rollouts().count()).toBe(2)
  })

  test('lines that cannot be read are said with their file, in a step and in an evaluation, beside those that can', async () => {
    const files = join(home, 'runs', 'grpo', RUN_FILES.rollouts)
    appendFileSync(join(files, 'step-000003.jsonl'), '{"torn\nnull\n')
    writeFileSync(join(files, 'eval-000002.jsonl'), '{"torn\n')
    await page.evaluate(`location.hash = '#/runs/grpo/step/3'`)
    const said = page.getByRole('alert')
    await said.getByText('2 lines of rollouts/step-000003.jsonl could not be read.').waitFor()
    await page.getByRole('button', { name: /^Rollout 1, reward/ }).waitFor()
    await page.evaluate(`location.hash = '#/runs/grpo/evaluation/2'`)
    await said.getByText('1 line of rollouts/eval-000002.jsonl could not be read.').waitFor()
    expect(await said.innerText()).toContain('none of its completions is left')
    await page.evaluate(`location.hash = '#/runs/grpo/evaluation/4'`)
    await heading(4).waitFor()
    await eventually(() => said.count()).toBe(0)
    expect(problems).toEqual([])
  })
})
