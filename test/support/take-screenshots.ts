/**
 * Pictures of every screen over a data folder, light and dark, for looking at them and for the README:
 * `node test/support/take-screenshots.ts <home> <folder for the pictures> [width] [height]`. The page must be built (`npm run build`).
 */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import type { Api } from '#contract/api'
import { askPage } from '#test/support/ask-page'
import { launchBrowser } from '#test/support/browser'
import { startHost } from '#test/support/host-process'

/** Charts and code are drawn with the frames after their data. */
const SETTLE_MS = 1_500

const [home, folder, width = '1280', height = '800'] = process.argv.slice(2)
if (home === undefined || folder === undefined) throw new Error('say which data folder and where the pictures go')
mkdirSync(folder, { recursive: true })

const choice = await launchBrowser()
if (choice.browser === null) throw new Error(choice.reason)
const host = await startHost(home)
const page = await choice.browser.newPage({ viewport: { width: Number(width), height: Number(height) } })
await page.goto(host.url)
await page.getByRole('heading', { level: 1 }).waitFor()
for (const colorScheme of ['light', 'dark'] as const) {
  await page.emulateMedia({ colorScheme })
  for (const [screen, hash, act] of await screens(page)) {
    await page.evaluate(`location.hash = ${JSON.stringify(hash)}`)
    await page.waitForTimeout(SETTLE_MS)
    await act?.()
    await page.screenshot({ path: join(folder, `${screen}-${colorScheme}.png`) })
  }
}
await choice.browser.close()
await host.kill()

type Screen = readonly [name: string, hash: string, act?: () => Promise<void>]

async function screens(page: Page): Promise<readonly Screen[]> {
  const runs = (await askPage(page, 'runs.list')) as Awaited<ReturnType<Api['runs.list']>>
  const [experiment] = (await askPage(page, 'experiments.list')) as Awaited<ReturnType<Api['experiments.list']>>
  const longest = runs.filter(({ step, steps }) => step === steps).sort((a, b) => b.step - a.step)
  const [run] = longest.map(({ id }) => encodeURIComponent(id))
  const compared = longest.slice(0, 6).map(({ id }) => encodeURIComponent(id))
  const ofRun: readonly Screen[] = [
    ['run', `#/runs/${run}`],
    ['completions', `#/runs/${run}/step/${longest[0]?.step ?? 1}`, firstRollout],
    ['clone', `#/clone/${run}`],
    ['reward', `#/reward/${run}`],
    ['compare', `#/compare/${compared.join(',')}/group`],
  ]
  return [
    ['runs', '#/runs'],
    ['new-run', '#/new'],
    ...(run === undefined ? [] : ofRun),
    ['experiments', '#/experiments'],
    ...(experiment === undefined ? [] : [['experiment', `#/experiments/${encodeURIComponent(experiment.id)}`] as const]),
    ['datasets', '#/datasets'],
    ['models', '#/models'],
    ['playground', '#/playground'],
    ['settings', '#/settings'],
  ]
}

async function firstRollout(): Promise<void> {
  const rollout = page.getByRole('button', { name: /^Rollout \d+, reward/ }).first()
  await rollout.click()
  await rollout.scrollIntoViewIfNeeded()
  await page.waitForTimeout(SETTLE_MS)
}
