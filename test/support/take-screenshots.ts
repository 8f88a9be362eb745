/**
 * Pictures of the screens over a data folder, for looking at them and for the README:
 * `node test/support/take-screenshots.ts <home> <folder for the pictures> [name of the run]`. The page must be built (`npm run build`).
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { launchBrowser } from '#test/support/browser'
import { startHost } from '#test/support/host-process'

/** Charts and code are drawn with the frames after their data. */
const SETTLE_MS = 1_000

const [home, folder, name = 'Starter GRPO'] = process.argv.slice(2)
if (home === undefined || folder === undefined) throw new Error('say which data folder and where the pictures go')
mkdirSync(folder, { recursive: true })

const choice = await launchBrowser()
if (choice.browser === null) throw new Error(choice.reason)
const host = await startHost(home)
const page = await choice.browser.newPage({ viewport: { width: 1280, height: 800 } })
await page.goto(host.url)
for (const colorScheme of ['light', 'dark'] as const) {
  await page.emulateMedia({ colorScheme })
  await takeAll(page, colorScheme)
}
await choice.browser.close()
await host.kill()

async function takeAll(page: Page, colorScheme: string): Promise<void> {
  const take = async (screen: string, fullPage = false): Promise<void> => {
    await page.waitForTimeout(SETTLE_MS)
    await page.screenshot({ path: join(folder!, `${screen}-${colorScheme}.png`), fullPage })
  }
  await page.getByRole('link', { name: 'Runs' }).click()
  await take('runs')
  await page.getByRole('link', { name }).first().click()
  await page.getByRole('slider', { name: /^Rates:/ }).waitFor()
  await take('run')
  await page.getByRole('slider', { name: /^Rates:/ }).focus()
  await page.keyboard.press('End')
  await page.keyboard.press('Enter')
  await page
    .getByRole('button', { name: /^Rollout \d+, reward/ })
    .first()
    .click()
  await take('rollouts', true)
  await page.getByRole('link', { name: 'New run' }).first().click()
  await page.getByText('Advanced').click()
  await take('new-run', true)
}
