/** Runs beside each other in a real browser: who is ahead, curves by group and by run, what differs, and the address that keeps the view. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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

  test('is saved under a name with all that was chosen, and opened from the list of views', async () => {
    await page.getByRole('button', { name: 'Save view' }).click()
    const dialog = page.getByRole('dialog', { name: 'Save this view' })
    await dialog.getByLabel('Name').fill('GRPO against PPO')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await dialog.waitFor({ state: 'detached' })
    const file = join(home, 'views/grpo-against-ppo.json')
    const view = { page: 'compare', runIds: ['grpo-1', 'grpo-2', 'ppo-1'], overlay: 'run', baseline: 'ppo-1' }
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({ schemaVersion: 1, name: 'GRPO against PPO', view })
    writeFileSync(join(home, 'views/mine.json'), '{"name": "half of')
    await page.getByRole('link', { name: 'Runs', exact: true }).click()
    await page.getByRole('button', { name: 'Saved views' }).click()
    const list = page.getByRole('dialog', { name: 'Saved views' })
    await list.getByText('A file here holds no view that can be used.').waitFor()
    await list.getByText(join(home, 'views/mine.json')).waitFor()
    await list.getByText('Compare: 3 runs, a line for each run').waitFor()
    await list.getByRole('link', { name: 'GRPO against PPO' }).press('Enter')
    await page.getByRole('radio', { name: 'Hold the others against PPO', checked: true }).waitFor()
    expect(await page.getByRole('radio', { name: 'a line for each run' }).isChecked()).toBe(true)
  })

  test('gives out its link, which leads there from the palette as well', async () => {
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write'])
    await page.getByRole('button', { name: 'Copy link' }).click()
    await page.getByText('The address of this view is copied.').waitFor({ state: 'attached' })
    const link = await page.evaluate<string>('navigator.clipboard.readText()')
    expect(link).toBe(page.url())
    await page.getByRole('link', { name: 'Datasets' }).click()
    await page.keyboard.press('Control+K')
    await page.getByRole('combobox').fill(link)
    await page.keyboard.press('Enter')
    await page.getByRole('radio', { name: 'Hold the others against PPO', checked: true }).waitFor()
  })

  test('a saved view gets another name, is deleted, and Undo brings it back; the focus stays in the dialog', async () => {
    await page.getByRole('button', { name: 'Saved views' }).click()
    const list = page.getByRole('dialog', { name: 'Saved views' })
    await list.getByRole('button', { name: 'Rename GRPO against PPO' }).click()
    await list.getByLabel('New name').fill('Figure 3')
    await page.keyboard.press('Enter')
    const link = list.getByRole('link', { name: 'Figure 3' })
    await expect.poll(() => link.evaluate((node) => node.ownerDocument.activeElement === node)).toBe(true)
    await list.getByRole('button', { name: 'Delete Figure 3' }).click()
    await list.getByText('“Figure 3” was deleted.').waitFor()
    expect(await list.evaluate((node) => node.contains(node.ownerDocument.activeElement))).toBe(true)
    await list.getByRole('button', { name: 'Undo' }).click()
    await link.waitFor()
    expect(readdirSync(join(home, 'views')).sort()).toEqual(['figure-3.json', 'mine.json'])
    await page.keyboard.press('Escape')
  })

  test('says that runs of it were removed, compares the others, and leaves them out when it is told to', async () => {
    await page.goto(`${new URL(page.url()).origin}/#/compare/grpo-1,gone,grpo-2,ppo-1`)
    await page.getByText('1 run of this view was removed.').waitFor()
    await page.getByText(/Functional pass@1: GRPO is ahead of PPO/).waitFor()
    await page.getByRole('button', { name: 'Leave out', exact: true }).click()
    await expect.poll(() => page.url()).toMatch(/#\/compare\/grpo-1,grpo-2,ppo-1$/)
  })

  test('leaves out a run that is taken away', async () => {
    await page.getByRole('button', { name: 'Leave out ppo one' }).click()
    await page.getByText('there is one group, and nothing to be ahead of').waitFor()
    expect(problems).toEqual([])
  })
})
