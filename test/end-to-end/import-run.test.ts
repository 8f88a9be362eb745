/** A run of TRL, taken in from the list of runs and looked at, in a real browser. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser } from '#test/support/browser'
import { startHost, type HostProcess } from '#test/support/host-process'
import { REPOSITORY } from '#test/support/run-builders'

const PATIENCE_MS = 120_000
const FOLDER = join(REPOSITORY, 'test/fixtures/trl-run')

const choice = await launchBrowser()
const title = choice.browser ? `an imported run in ${choice.name}` : `an imported run (skipped: ${choice.reason})`
if (!choice.browser) console.log(`Browser tests are skipped: ${choice.reason}`)

describe.skipIf(!choice.browser)(title, { timeout: PATIENCE_MS }, () => {
  const home = mkdtempSync(join(tmpdir(), 'veritune-import-'))
  const problems: string[] = []
  let host: HostProcess
  let page: Page

  beforeAll(async () => {
    host = await startHost(home)
    page = await choice.browser!.newPage({ viewport: { width: 1280, height: 800 } })
    page.setDefaultTimeout(PATIENCE_MS)
    page.on('pageerror', (error) => problems.push(error.message))
    await page.goto(`${host.url}#/runs`)
  }, PATIENCE_MS)

  afterAll(async () => {
    await choice.browser?.close()
    await host?.kill()
    rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 })
  }, PATIENCE_MS)

  test('a folder that holds none is refused in its place, with the file and what to do', async () => {
    await page.getByRole('button', { name: 'Import run …' }).click()
    const dialog = page.getByRole('dialog', { name: 'Import a run made with TRL' })
    await dialog.getByLabel('Folder', { exact: true }).fill(home)
    await dialog.getByRole('button', { name: 'Import' }).click()
    await dialog.getByText('has no trainer_state.json').waitFor()
    await dialog.getByLabel('Folder', { exact: true }).fill(FOLDER)
    await dialog.getByLabel(/^Name/).fill('By TRL')
    await dialog.getByLabel(/^Name/).press('Enter')
    await page.getByRole('heading', { name: 'By TRL' }).waitFor()
    await page.getByText('TRL GRPO · imported').waitFor()
  })

  test('its page shows what was logged and kept, and offers nothing that only a trainer of ours can do', async () => {
    await page.getByRole('region', { name: 'Completion' }).waitFor()
    await page.getByRole('table', { name: 'Reward functions' }).getByText('share_of_letters').waitFor()
    expect(await page.getByRole('button', { name: /Resume|Clone|Export report/ }).count()).toBe(0)
    await page.getByRole('tab', { name: 'Origin' }).click()
    await page.getByText('Among the completions of step 2, 4').waitFor()
    await page.getByRole('table', { name: 'What the folder says of the run' }).getByText('1.16.0').waitFor()
    await page.getByRole('table', { name: 'What has no counterpart here' }).getByText('eval_reward', { exact: true }).waitFor()
  })

  test('stands in the list as imported', async () => {
    await page.goto(`${host.url}#/runs`)
    const row = page.getByRole('row', { name: /By TRL/ })
    await row.getByText('imported').waitFor()
    expect(await row.innerText()).toMatch(/TRL GRPO[^]*4\/4/)
    expect(problems).toEqual([])
  })
})
