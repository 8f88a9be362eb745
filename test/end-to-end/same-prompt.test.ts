/** What runs wrote for the same prompt, on Compare in a real browser: side by side, task by task, and as a link keeps it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RolloutRecord } from '#contract/journal'
import type { Score } from '#contract/score'
import { seriousFindings } from '#test/support/axe'
import { launchBrowser } from '#test/support/browser'
import { startHost, type HostProcess } from '#test/support/host-process'
import { aConfig, aJournal, aRollout, started, stepFinished, writeRun } from '#test/support/run-builders'

const PATIENCE_MS = 120_000
const WAIT_MS = 25_000
const STEP = 4
const SAMPLES = 2
const TASKS = ['t0', 't1', 't2']

const choice = await launchBrowser()
const title = choice.browser ? `The same prompt in ${choice.name}` : `The same prompt (skipped: ${choice.reason})`
if (!choice.browser) console.log(`Browser tests are skipped: ${choice.reason}`)

const passed: Score = { value: 1, outcome: 'passed', evidence: { summary: 'All cycles match.' } }
const failed: Score = {
  value: 0,
  outcome: 'failed',
  evidence: {
    summary: 'The output differs.',
    counterexample: { sequence: 0, cycle: 3, inputs: { a: '1' }, expected: { y: '1' }, actual: { y: '0' } },
  },
}

function written(run: string, task: string, sample: number, hasPassed: boolean): Partial<RolloutRecord> {
  const base = aRollout(STEP, 0)
  const code = `module ${task}(input a, output y);\n  assign y = ${hasPassed ? '' : '~'}a;\nendmodule`
  return {
    taskId: task,
    instruction: `Write ${task} as a wire.`,
    completion: `${run} says: ${code}`,
    code: `${code} // ${run} ${sample}`,
    scores: { ...base.scores, compilation: passed, functional: hasPassed ? passed : failed },
  }
}

/** Its last evaluation passed these tasks, each in its first completion only; its training drew t0 and t9. */
function writeEvaluated(home: string, id: string, passes: readonly string[], isEvaluated = true): void {
  const drawn = ['t0', 't9'].flatMap((task, group) =>
    [0, 1].map((i) => ({ ...aRollout(STEP, group * 2 + i), ...written(id, task, i, i === 1), group })),
  )
  const evaluation = { type: 'eval.finished', step: STEP, split: 'validation', datasetHash: 'h' } as const
  const events = aJournal([
    started(),
    ...Array.from({ length: STEP }, (_, i) => stepFinished(i + 1)),
    ...(isEvaluated ? [{ ...evaluation, metrics: { 'eval/pass@1': 0.5, 'eval/pass@1_low': 0.4, 'eval/pass@1_high': 0.6 } }] : []),
    { type: 'run.ended', step: STEP, outcome: 'finished' },
  ])
  const directory = writeRun(join(home, 'runs'), id, events, drawn)
  const config = aConfig({ name: `run ${id}` })
  const evaluationOfIt = { ...config.evaluation, samples: SAMPLES }
  writeFileSync(
    join(directory, 'config.json'),
    JSON.stringify({ ...config, groupSize: id.length + 2, evaluation: evaluationOfIt }),
  )
  const records = TASKS.flatMap((task, group) =>
    [0, 1].map((i) => ({ ...aRollout(STEP, group * 2 + i), ...written(id, task, i, i === 0 && passes.includes(task)), group })),
  )
  if (isEvaluated) {
    writeFileSync(join(directory, 'rollouts/eval-000004.jsonl'), records.map((record) => `${JSON.stringify(record)}\n`).join(''))
  }
}

describe.skipIf(!choice.browser)(title, { timeout: PATIENCE_MS }, () => {
  const home = mkdtempSync(join(tmpdir(), 'veritune-same-prompt-'))
  const problems: string[] = []
  let host: HostProcess
  let page: Page
  let section: Locator

  beforeAll(async () => {
    writeEvaluated(home, 'a', ['t0', 't2'])
    writeEvaluated(home, 'bb', ['t0', 't2'])
    writeEvaluated(home, 'ccc', ['t0'])
    writeEvaluated(home, 'going', [], false)
    host = await startHost(home)
    page = await choice.browser!.newPage({ viewport: { width: 1280, height: 800 } })
    page.setDefaultTimeout(WAIT_MS)
    page.on('pageerror', (error) => problems.push(error.message))
    await page.goto(host.url)
    await page.getByRole('link', { name: 'run a' }).waitFor()
    section = page.getByRole('region', { name: 'The same prompt' })
  }, PATIENCE_MS)

  afterAll(async () => {
    await choice.browser?.close()
    await host?.kill()
    rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 })
  }, PATIENCE_MS)

  const open = async (rest: string): Promise<void> => {
    await page.goto(`${new URL(page.url()).origin}/#/compare/${rest}`)
    await section.getByRole('combobox', { name: 'Task' }).waitFor()
  }
  const column = (run: string): Locator => section.getByRole('article', { name: `run ${run}` })
  const task = (): Promise<string> => section.getByRole('combobox', { name: 'Task' }).inputValue()

  test('begins where the runs differ, with what each wrote, its outcome and what passes', async () => {
    await open('a,bb,ccc')
    expect(await task()).toBe('t2')
    await section.getByText('1 of 3 tasks, first those in which the runs differ most').waitFor()
    await section.getByText('Write t2 as a wire.').waitFor()
    await column('a').getByText('passed: 1 of 2 completions').waitFor()
    await column('ccc').getByText('passed: 0 of 2 completions').waitFor()
    await column('a').getByRole('region', { name: 'Extracted module' }).getByText('assign').waitFor()
    expect(await column('ccc').getByRole('region', { name: 'Extracted module' }).innerText()).toContain('~a')
    await column('ccc').getByText('What the tools say').click()
    await column('ccc').getByText('First mismatch: sequence 0, cycle 3').waitFor()
    await column('a').getByText('All cycles match.').first().waitFor()
    expect(await seriousFindings(page)).toEqual([])
  })

  test('is walked through by buttons and by keys, and another completion of a run is chosen with arrows', async () => {
    await section.getByRole('button', { name: 'Task after' }).press('Enter')
    await section.getByText('Write t0 as a wire.').waitFor()
    await page.keyboard.press('j')
    await section.getByText('Write t1 as a wire.').waitFor()
    expect(await section.getByRole('button', { name: 'Task after' }).isDisabled()).toBe(true)
    await page.keyboard.press('k')
    await page.keyboard.press('k')
    await section.getByText('Write t2 as a wire.').waitFor()
    const places = column('bb').getByRole('group', { name: 'Completion of run bb' })
    await places.getByRole('button', { name: '1, passed' }).focus()
    await page.keyboard.press('ArrowRight')
    await column('bb').getByText('// bb 1').waitFor()
    await column('a').getByText('// a 0').waitFor()
  })

  test('keeps runs, task, completions and what is shown in the address, and in a saved view', async () => {
    await section.getByText('3 of 3 runs side by side').click()
    await section.getByRole('checkbox', { name: 'run ccc' }).press('Space')
    await column('ccc').waitFor({ state: 'detached' })
    await column('bb').getByRole('button', { name: '2, failed' }).press('Enter')
    await section.getByRole('button', { name: 'Line by line' }).press('Enter')
    await section.getByText(/Lines that differ: \d of \d/).waitFor()
    expect(page.url()).toMatch(/#\/compare\/a,bb,ccc\?task=t2&beside=a,bb&completion=1,2&part=lines$/)
    await page.getByRole('button', { name: 'Save view' }).click()
    await page.getByRole('dialog').getByLabel('Name').fill('wires')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.getByRole('link', { name: 'Runs', exact: true }).click()
    await page.getByRole('button', { name: 'Saved views' }).click()
    await page.getByRole('dialog').getByRole('link', { name: 'wires' }).press('Enter')
    await section.getByText(/Lines that differ: \d of \d/).waitFor()
    expect(await section.getByRole('article').count()).toBe(2)
    await page.reload()
    await section.getByText(/Lines that differ: \d of \d/).waitFor()
    expect(await column('bb').getByRole('button', { name: '2, failed' }).getAttribute('aria-pressed')).toBe('true')
  })

  test('says that a link’s task is not one of all runs, and shows the first', async () => {
    await open('a,bb?task=gone')
    await section.getByText('Not all of these runs wrote completions for the task of this link, “gone”.').waitFor()
    expect(await task()).toBe('t0')
  })

  test('a run without an evaluation is compared by the prompts that all drew in training, with a link to the rollout', async () => {
    await open('a,going?task=t9')
    await section.getByText('prompts that all of them drew in training').waitFor()
    await column('going').getByRole('button', { name: '2, passed' }).press('Enter')
    await column('going').getByText('// going 1').waitFor()
    await column('going').getByRole('link', { name: 'Rollout of step 4' }).click()
    await expect.poll(() => page.url()).toMatch(/#\/runs\/going\/step\/4\/rollout\/3$/)
    await page.getByRole('region', { name: 'Rollouts' }).getByText('// going 1').waitFor()
    expect(problems).toEqual([])
  })
})
