/** Each screen by the keyboard alone: there by the palette, to its main action by Tab, and the action by a key. Real host, runs that are there. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser } from '#test/support/browser'
import { writeGoingRun } from '#test/support/going-run'
import { startHost, type HostProcess } from '#test/support/host-process'
import { aJournal, aRollout, started, stepFinished, writeRun } from '#test/support/run-builders'

const PATIENCE_MS = 240_000
/** More than any screen has controls before its main action. */
const MOST_TABS = 150

const choice = await launchBrowser()
const title = choice.browser ? `by keyboard alone in ${choice.name}` : `by keyboard alone (skipped: ${choice.reason})`
if (!choice.browser) console.log(`Browser tests are skipped: ${choice.reason}`)

describe.skipIf(!choice.browser)(title, { timeout: PATIENCE_MS }, () => {
  const home = mkdtempSync(join(tmpdir(), 'veritune-keys-'))
  let host: HostProcess
  let page: Page

  beforeAll(async () => {
    const runs = join(home, 'runs')
    for (const name of ['alpha', 'beta']) {
      const events = aJournal([started(), stepFinished(1), { type: 'run.ended', step: 1, outcome: 'finished' }])
      writeRun(runs, name, events, [aRollout(1, 0), aRollout(1, 1)])
    }
    writeGoingRun(runs)
    host = await startHost(home)
    page = await choice.browser!.newPage({ viewport: { width: 1440, height: 900 } })
    page.setDefaultTimeout(120_000)
    await page.goto(host.url)
    await page.getByRole('link', { name: 'going' }).waitFor()
  }, PATIENCE_MS)

  afterAll(async () => {
    await choice.browser?.close()
    await host?.kill()
    rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 })
  }, PATIENCE_MS)

  /** What a person hears of the control that has the focus. */
  const focused = (): Promise<string> =>
    page.evaluate(`(() => {
      const at = document.activeElement
      return (at.ariaLabel ?? at.labels?.[0]?.innerText ?? at.innerText ?? '').trim()
    })()`)
  const screenOf = (): Promise<string> => page.evaluate('location.hash')

  async function go(words: string, hash: RegExp): Promise<void> {
    await page.keyboard.press('Control+k')
    await page.keyboard.type(words)
    await page.getByRole('dialog', { name: 'Command palette' }).getByRole('option').first().waitFor()
    await page.keyboard.press('Enter')
    await expect.poll(screenOf).toMatch(hash)
  }

  /** What has the focus must be seen to have it. */
  async function tabTo(name: RegExp): Promise<void> {
    for (let i = 0; i < MOST_TABS; i++) {
      await page.keyboard.press('Tab')
      if (!name.test(await focused())) continue
      expect(await page.evaluate(`document.activeElement.matches(':focus-visible')`)).toBe(true)
      return
    }
    throw new Error(`${String(name)} was not reached by ${MOST_TABS} presses of Tab`)
  }

  test('Runs: two are chosen and compared', async () => {
    await go('go to runs', /^#\/runs$/)
    await tabTo(/^Choose .*, beta$/)
    await page.keyboard.press('Space')
    await tabTo(/^Choose .*, alpha$/)
    await page.keyboard.press('Space')
    await page.keyboard.press('Home')
    await page.locator('main').focus()
    await tabTo(/^Compare 2 runs$/)
    await page.keyboard.press('Enter')
    await page.getByRole('list', { name: 'Runs that are compared' }).getByRole('link').nth(1).waitFor()
  })

  test('Compare: one is left out', async () => {
    await page.locator('main').focus()
    await tabTo(/^Leave out /)
    await page.keyboard.press('Enter')
    await expect.poll(screenOf).not.toContain(',')
  })

  test('New run: named, and started', async () => {
    await go('go to new run', /^#\/new$/)
    await page.getByLabel('Steps', { exact: true }).waitFor()
    await tabTo(/^Start$/)
    await tabTo(/^Name$/)
    await page.keyboard.press('Control+a')
    await page.keyboard.type('by keyboard')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'by keyboard' }).waitFor()
  })

  test('Run: leaves the queue', async () => {
    await tabTo(/^Leave the queue$/)
    await page.keyboard.press('Enter')
    await page.locator('main').getByText('stopped', { exact: true }).waitFor()
  })

  test('Completions: the next one is read', async () => {
    await go('alpha finished', /^#\/runs\/alpha/)
    await page
      .getByRole('button', { name: /^Rollout 2, reward/ })
      .first()
      .waitFor()
    await tabTo(/^Rollout 2, reward/)
    await page.keyboard.press('Enter')
    expect(await page.evaluate(`document.activeElement.ariaPressed`)).toBe('true')
  })

  test.each([
    ['Experiments', 'go to experiments', /^Start these runs$/],
    ['Reward bench', 'go to reward bench', /^Score$|^Design to score$/],
    ['Datasets', 'go to datasets', /^Check a data set$/],
    ['Models', 'go to models', /^Add a folder$/],
    ['Playground', 'go to playground', /^Generate$/],
    ['Settings', 'go to settings', /^Check again$|^Measure again$/],
  ])('%s: the main action is reached', async (_, words, action) => {
    await go(words, /^#\//)
    await page.locator('main').getByRole('heading').first().waitFor()
    await expect.poll(async () => (await page.locator('main button:enabled, main input:enabled').count()) > 0).toBe(true)
    if (words.endsWith('playground')) await page.getByRole('button', { name: 'Generate', disabled: false }).waitFor()
    if (words.endsWith('experiments')) await page.getByRole('button', { name: 'Start these runs' }).waitFor()
    await page.locator('main').focus()
    await tabTo(action)
  })

  test('Datasets: what is typed is checked by Enter, and a refusal is said', async () => {
    await go('go to datasets', /^#\/datasets$/)
    await page.getByLabel('Check a data set').waitFor()
    await tabTo(/^Check a data set$/)
    await page.keyboard.type('/no/such/file.jsonl')
    await page.keyboard.press('Enter')
    await page.getByRole('alert').first().waitFor()
  })
})
