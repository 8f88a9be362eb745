/** Runs beside each other in a real browser: who is ahead, curves by group and by run, what differs, and the address that keeps the view. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunConfig } from '#contract/run-config'
import { launchBrowser } from '#test/support/browser'
import { startHost, type HostProcess } from '#test/support/host-process'
import { aConfig, aJournal, aPpoConfig, aRollout, started, stepFinished, writeRun } from '#test/support/run-builders'

const PATIENCE_MS = 120_000
const WAIT_MS = 60_000
const STEPS = 4
const TASKS = 12

const choice = await launchBrowser()
const title = choice.browser ? `Compare in ${choice.browser.version()}` : `Compare (skipped: ${choice.reason})`
if (!choice.browser) console.log(`Browser tests are skipped: ${choice.reason}`)

/** A run whose last evaluation passed the first so many tasks. */
function writeEvaluated(home: string, id: string, config: RunConfig, passed: number): void {
  const rate = passed / TASKS
  const metrics = { 'eval/pass@1': rate, 'eval/pass@1_low': rate - 0.1, 'eval/pass@1_high': rate + 0.1 }
  const directory = writeRun(
    join(home, 'runs'),
    id,
    aJournal([
      started(),
      ...Array.from({ length: STEPS }, (_, i) => stepFinished(i + 1, (rate * (i + 1)) / STEPS)),
      { type: 'eval.finished', step: STEPS, split: 'validation', datasetHash: 'h', metrics },
      { type: 'run.ended', step: STEPS, outcome: 'finished' },
    ]),
  )
  writeFileSync(join(directory, 'config.json'), JSON.stringify(config))
  const compiled = { value: 1, outcome: 'passed', evidence: { summary: 'It compiles.' } } as const
  const records = Array.from({ length: TASKS }, (_, i) => {
    const functional = { ...compiled, value: i < passed ? 1 : 0, outcome: i < passed ? 'passed' : 'failed' } as const
    const base = aRollout(STEPS, i, { group: i, taskId: `t${i}` })
    return { ...base, scores: { ...base.scores, compilation: compiled, functional } }
  })
  const text = records.map((record) => `${JSON.stringify(record)}\n`).join('')
  writeFileSync(join(directory, 'rollouts/eval-000004.jsonl'), text)
}

describe.skipIf(!choice.browser)(title, { timeout: PATIENCE_MS }, () => {
  const home = mkdtempSync(join(tmpdir(), 'veritune-compare-'))
  const problems: string[] = []
  let host: HostProcess
  let page: Page

  beforeAll(async () => {
    writeEvaluated(home, 'grpo-1', aConfig({ seed: 1, name: 'grpo one' }), 10)
    writeEvaluated(home, 'grpo-2', aConfig({ seed: 2, name: 'grpo two' }), 11)
    writeEvaluated(home, 'ppo-1', { ...aPpoConfig(), name: 'ppo one' }, 2)
    host = await startHost(home)
    page = await choice.browser!.newPage({ viewport: { width: 1280, height: 800 } })
    page.setDefaultTimeout(WAIT_MS)
    page.on('pageerror', (error) => problems.push(error.message))
    await page.goto(host.url)
    await page.getByRole('link', { name: 'grpo one' }).waitFor()
  }, PATIENCE_MS)

  afterAll(async () => {
    await choice.browser?.close()
    await host?.kill()
    rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 })
  }, PATIENCE_MS)

  const legend = async (): Promise<string> =>
    page.getByRole('figure', { name: 'Functional, training tasks' }).locator('ul').innerText()

  test('leads from chosen runs to who is ahead, with the interval', async () => {
    for (const id of ['grpo-1', 'grpo-2', 'ppo-1']) {
      await page.getByRole('checkbox', { name: new RegExp(`^Choose .*, ${id}$`) }).check()
    }
    await page.getByRole('button', { name: 'Compare 3 runs' }).click()
    await page.getByText(/Functional pass@1: GRPO is ahead of PPO by \d+\.\d points \[/).waitFor()
    await page.getByText('12 validation tasks that all share').waitFor()
  })

  test('draws a line for each group, and one for each run when it is asked to; the address keeps it', async () => {
    expect(await legend()).toMatch(/GRPO, 2 runs/)
    await page.getByRole('radio', { name: 'a line for each run' }).press('Space')
    await page.getByRole('figure', { name: 'Functional, training tasks' }).getByText('grpo two').waitFor()
    expect(page.url()).toMatch(/#\/compare\/.*\/run$/)
    await page.reload()
    await page.getByRole('figure', { name: 'Functional, training tasks' }).getByText('ppo one').waitFor()
    expect(await legend()).not.toMatch(/2 runs/)
  })

  test('holds the groups against the one that is chosen, and names the settings that differ', async () => {
    const row = (group: string) => page.locator('tbody tr').filter({ has: page.getByRole('radio', { name: `against ${group}` }) })
    expect(await row('PPO').innerText()).toMatch(/−\d+ points/)
    await page.getByRole('radio', { name: 'Hold the others against PPO' }).press('Space')
    expect(await row('GRPO').innerText()).toMatch(/\+\d+ points/)
    await page.getByRole('rowheader', { name: 'algorithm.name' }).waitFor()
  })

  test('leaves out a run that is taken away', async () => {
    await page.getByRole('button', { name: 'Leave out ppo one' }).click()
    await page.getByText('there is one group, and nothing to be ahead of').waitFor()
    expect(problems).toEqual([])
  })
})
