/** Three steps of the real starter model, on the real engine, reach the charts of a real browser. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launchBrowser } from '#test/support/browser'
import { startHost, type HostProcess } from '#test/support/host-process'

const choice = await launchBrowser()
const title = choice.browser ? `in ${choice.name}` : `in a browser (skipped: ${choice.reason})`
if (!choice.browser) console.log(`Browser tests are skipped: ${choice.reason}`)

describe.skipIf(!choice.browser)(title, () => {
  const home = mkdtempSync(join(tmpdir(), 'veritune-starter-'))
  let host: HostProcess
  let page: Page

  beforeAll(async () => {
    host = await startHost(home)
    page = await choice.browser!.newPage({ viewport: { width: 1280, height: 800 } })
    page.setDefaultTimeout(60_000)
    await page.goto(host.url)
  })

  afterAll(async () => {
    await choice.browser?.close()
    await host?.kill()
    rmSync(home, { recursive: true, force: true, maxRetries: 5 })
  })

  test.each(['PPO', 'GRPO'])(
    '%s: three steps, each with its point, its rollouts and Verilog that a tool has read',
    async (algorithm) => {
      await page.getByRole('link', { name: 'New run' }).first().click()
      await page.getByLabel('Algorithm').selectOption({ label: algorithm })
      await page.getByLabel('Name', { exact: true }).fill(`three steps of ${algorithm}`)
      await page.getByLabel('Steps', { exact: true }).fill('3')
      await page.getByLabel('Prompts per step', { exact: true }).fill('4')
      await page.getByLabel('Group size', { exact: true }).fill('4')
      await page.getByText('Advanced').click()
      await page.getByLabel('Minibatch', { exact: true }).fill('8')
      await page.getByLabel('Evaluation tasks', { exact: true }).fill('2')
      await page.getByRole('button', { name: 'Start', exact: true }).click()
      await page.getByRole('heading', { name: `three steps of ${algorithm}` }).waitFor()
      await page.locator('main').getByText('finished', { exact: true }).waitFor()
      const rates = page.getByRole('slider', { name: /^Rates:/ })
      await expect.poll(() => rates.getAttribute('aria-valuemax')).toBe('3')
      await rates.focus()
      await page.keyboard.press('End')
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: 'Rollouts of step 3' }).waitFor()
      await page
        .getByRole('button', { name: /^Rollout \d+, reward/ })
        .first()
        .click()
      await page.getByRole('button', { name: 'Whole completion' }).click()
      expect(await page.getByRole('region', { name: 'Completion' }).innerText()).toContain('endmodule')
    },
  )
})
