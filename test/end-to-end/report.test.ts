/** A report opened from disk in a real browser, and one that is asked for on a screen. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { mapTexts } from '#report/document'
import { htmlOf } from '#report/html/html'
import { findChromium, printWithChromium } from '#report/print-with-chromium'
import { visible } from '#report/visible-text'
import { seriousFindings } from '#test/support/axe'
import { launchBrowser } from '#test/support/browser'
import { startHost, type HostProcess } from '#test/support/host-process'
import { KEY, openWandbServer, type WandbServer } from '#test/support/wandb-server'
import { everyBlock, HOSTILE_TEXTS } from '#test/support/report-sources'
import { aConfig, aJournal, aRollout, started, stepFinished, writeRun } from '#test/support/run-builders'

const PATIENCE_MS = 180_000

const choice = await launchBrowser()
const title = choice.browser ? `in ${choice.browser.version()}` : `in a browser (skipped: ${choice.reason})`
if (!choice.browser) console.log(`Browser tests are skipped: ${choice.reason}`)

const hostile = HOSTILE_TEXTS.filter((text) => text.length < 1_000).join('\n')
const folder = mkdtempSync(join(tmpdir(), 'veritune-report-'))
afterAll(async () => {
  await choice.browser?.close()
  rmSync(folder, { recursive: true, force: true })
})

describe.skipIf(!choice.browser)(`a report from disk, ${title}`, { timeout: PATIENCE_MS }, () => {
  const file = join(folder, 'report.html')
  const requests: string[] = []
  const said: string[] = []
  let page: Page

  beforeAll(async () => {
    const document = everyBlock((name) => (name.includes('series') ? name : `${name} ${hostile}`))
    writeFileSync(file, htmlOf(mapTexts(document, visible)))
    page = await choice.browser!.newPage({ viewport: { width: 1000, height: 800 } })
    page.setDefaultTimeout(60_000)
    page.on('request', (request) => requests.push(request.url()))
    page.on('console', (message) => said.push(message.text()))
    page.on('pageerror', (error) => said.push(error.message))
    page.on('dialog', (dialog) => {
      said.push(dialog.message())
      void dialog.dismiss()
    })
    await page.goto(pathToFileURL(file).href)
  }, PATIENCE_MS)

  test('asks nobody for anything, breaks no rule of its policy, runs nothing of what a model wrote', async () => {
    await page.waitForTimeout(500)
    expect(requests).toEqual([pathToFileURL(file).href])
    expect(said).toEqual([])
    expect(await page.locator('script, style, img, iframe, object, form, base, link').count()).toBe(2)
    expect(await page.getByText('</script><script>fetch').count()).toBeGreaterThan(10)
    expect(await page.locator('a').evaluateAll((all) => all.map((link) => link.getAttribute('href')))).toEqual(['#b0'])
  })

  test('tells values under the pointer and by keys, and hides a line', async () => {
    const chart = page.locator('figure[data-chart]')
    await chart.locator('svg[data-plot]').focus()
    await page.keyboard.press('Home')
    await expect.poll(() => chart.locator('.pointed').textContent()).toMatch(/^Step 0 · first series point/)
    await page.keyboard.press('End')
    await expect.poll(() => chart.locator('.pointed').textContent()).toMatch(/^Step 20 · /)
    await chart.locator('svg[data-plot]').hover()
    await expect.poll(() => chart.locator('.pointed').textContent()).toMatch(/^Step 10 · /)
    const line = chart.locator('svg[data-plot] g[data-series="0"]').last()
    expect(await line.isVisible()).toBe(true)
    await page.getByRole('button', { name: 'first series' }).click()
    expect(await line.isVisible()).toBe(false)
    expect(await page.getByRole('button', { name: 'first series' }).getAttribute('aria-pressed')).toBe('false')
  })

  test('is readable for everybody, light and dark', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await seriousFindings(page)).toEqual([])
    }
    await page.emulateMedia({ colorScheme: null })
  })

  test('nothing on it is wider than the page, on a screen and on a telephone', async () => {
    for (const width of [1000, 360]) {
      await page.setViewportSize({ width, height: 800 })
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
    }
  })
})

const program = findChromium(process.env)
const printer = program === null ? ' (skipped: no Chromium, Chrome or Edge is installed; CHROME_PATH names one)' : ''
if (printer !== '') console.log(`Printing is not tested${printer}`)

describe('a report on paper', { timeout: PATIENCE_MS }, () => {
  test.skipIf(program === null)(`is printed by the browser of this machine${printer}`, async () => {
    const pdf = Buffer.from(
      await printWithChromium(
        htmlOf(
          everyBlock((name) => name),
          'paper',
        ),
      ),
    )
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-')
    // A4, in points.
    expect(pdf.toString('latin1')).toMatch(/\/MediaBox ?\[ ?0 0 59[45][\d.]* 84[12]/)
  })

  test('a machine without a browser, and one that cannot print, are named with what to do', async () => {
    await expect(printWithChromium('', { PATH: folder })).rejects.toMatchObject({ code: 'report.no-printer' })
    await expect(printWithChromium('', { CHROME_PATH: join(folder, 'absent') })).rejects.toMatchObject({
      code: 'report.not-printed',
    })
    await expect(printWithChromium('', { CHROME_PATH: process.execPath })).rejects.toMatchObject({ code: 'report.not-printed' })
  })
})

describe.skipIf(!choice.browser)(`a report asked for on a screen, ${title}`, { timeout: PATIENCE_MS }, () => {
  let host: HostProcess
  let server: WandbServer
  let page: Page

  beforeAll(async () => {
    const home = join(folder, 'home')
    for (const seed of [1, 2]) {
      const directory = writeRun(
        join(home, 'runs'),
        `run-${seed}`,
        aJournal([started(), stepFinished(1), stepFinished(2), { type: 'run.ended', step: 2, outcome: 'finished' }]),
        [aRollout(2, 0)],
      )
      writeFileSync(join(directory, 'config.json'), JSON.stringify(aConfig({ seed, name: `run ${seed}`, steps: 2 })))
    }
    server = await openWandbServer()
    host = await startHost(home, 0, { WANDB_API_KEY: KEY, WANDB_BASE_URL: server.baseUrl })
    page = await choice.browser!.newPage({ viewport: { width: 1280, height: 800 } })
    page.setDefaultTimeout(60_000)
    await page.goto(host.url)
  }, PATIENCE_MS)
  afterAll(async () => {
    await host.kill()
    server.close()
  })

  test('comes as a download with what was asked', async () => {
    await page.getByRole('link', { name: 'run 1' }).first().click()
    await page.getByRole('button', { name: 'Export report' }).click()
    const dialog = page.getByRole('dialog', { name: 'Export report' })
    await dialog.getByLabel('Question').fill('Does it learn?')
    const downloading = page.waitForEvent('download')
    await dialog.getByRole('button', { name: 'Export', exact: true }).click()
    const download = await downloading
    expect(download.suggestedFilename()).toBe('run-1.html')
    const html = readFileSync(await download.path(), 'utf8')
    expect(html).toContain('<h1>run 1</h1>')
    expect(html).toContain('Does it learn?')
    await dialog.getByText('Downloaded: run-1.html').waitFor()
    await dialog.getByLabel('HTML').uncheck()
    expect(await dialog.getByRole('button', { name: 'Export', exact: true }).isDisabled()).toBe(true)
    await dialog.getByRole('button', { name: 'Close' }).click()
    expect(await page.evaluate('document.activeElement.innerText')).toBe('Export report')
  })

  test('is made at W&B by the keyboard, brought up to date the second time, and a refusal is one sentence', async () => {
    await page.evaluate(`location.hash = '#/runs/run-2'`)
    await page.getByRole('heading', { name: 'run 2' }).waitFor()
    await page.getByRole('button', { name: 'Export report' }).click()
    const dialog = page.getByRole('dialog', { name: 'Export report' })
    const make = async (): Promise<void> => {
      await dialog.getByRole('button', { name: 'Export', exact: true }).focus()
      await page.keyboard.press('Enter')
    }
    for (const format of ['HTML', 'W&B']) {
      await dialog.getByLabel(format).focus()
      await page.keyboard.press('Space')
    }
    await make()
    await dialog.getByText('Made at W&B').waitFor()
    const url = `${server.baseUrl}/ada/veritune/reports/run-2--View%3A1`
    expect(await dialog.getByRole('link', { name: url }).getAttribute('href')).toBe(url)
    await dialog.getByText('its panels do not show: run-2').waitFor()
    expect(await seriousFindings(page)).toEqual([])
    await make()
    await dialog.getByText('Brought up to date at W&B').waitFor()
    expect([...server.views.keys()]).toEqual(['View:1'])
    server.behaviour.insteadOf = (_, body) =>
      body.includes('upsertView') ? { status: 403, body: '{"error":"read only"}' } : null
    await make()
    const alert = dialog.getByRole('alert')
    await alert.getByText(/may not write to ada\/veritune on .*: read only\./).waitFor()
    expect(await dialog.getByText('Brought up to date at W&B').count()).toBe(0)
    server.behaviour.insteadOf = () => null
  })
})
