/** The frame in narrow windows: one line of a header however wide the window is, and every screen within reach of the keyboard. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { SCREENS } from '#contract/frame-commands'
import { seriousFindings } from '#test/support/axe'
import { launchBrowser } from '#test/support/browser'
import { writeGoingRun } from '#test/support/going-run'
import { startHost, type HostProcess } from '#test/support/host-process'
import { aJournal, aRollout, started, stepFinished, writeRun } from '#test/support/run-builders'

const PATIENCE_MS = 60_000

/** A busy machine takes its time. */
const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 30_000, interval: 100 })

const choice = await launchBrowser()
const title = choice.browser ? `narrow windows in ${choice.name}` : `narrow windows (skipped: ${choice.reason})`
if (!choice.browser) console.log(`Browser tests are skipped: ${choice.reason}`)

describe.skipIf(!choice.browser)(title, { timeout: PATIENCE_MS }, () => {
  const home = mkdtempSync(join(tmpdir(), 'veritune-narrow-'))
  let host: HostProcess
  let page: Page

  beforeAll(async () => {
    writeGoingRun(join(home, 'runs'))
    writeRun(join(home, 'runs'), 'read', aJournal([started(), stepFinished(1)]), [
      aRollout(1, 0, { code: 'module read;\nendmodule' }),
    ])
    host = await startHost(home)
    page = await choice.browser!.newPage({ viewport: { width: 1280, height: 800 } })
    page.setDefaultTimeout(PATIENCE_MS)
    await page.goto(host.url)
    await page.getByRole('link', { name: 'going' }).waitFor()
  }, PATIENCE_MS)

  afterAll(async () => {
    await choice.browser?.close()
    await host?.kill()
    rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 })
  }, PATIENCE_MS)

  const screens = () => page.getByRole('navigation', { name: 'Screens' })
  const opener = () => screens().getByRole('button', { name: /^Screens/ })
  const focused = (): Promise<string> => page.evaluate('document.activeElement.innerText')

  /** Lines of the text in the frame's header that takes most of them, and pixels by which the page stands out of the window. */
  const header = (): Promise<{ lines: number; over: number }> =>
    page.evaluate(`(() => {
      const texts = [...document.querySelector('header').querySelectorAll('strong, a, button, [role=status]')]
      const shown = texts.filter((one) => one.checkVisibility({ visibilityProperty: true }))
      const linesOf = (one) => {
        const range = document.createRange()
        range.selectNodeContents(one)
        const tops = [...range.getClientRects()].filter(({ width }) => width > 1).map(({ top }) => Math.round(top / 10))
        return new Set(tops).size
      }
      const ends = shown.map((one) => one.getBoundingClientRect().right)
      return {
        lines: Math.max(...shown.map(linesOf)),
        over: Math.max(0, document.documentElement.scrollWidth - innerWidth, ...ends.map((end) => end - innerWidth)),
      }
    })()`)

  test.each([720, 800, 960, 1100, 1280, 2560])('at %i pixels the header is one line, within the window', async (width) => {
    await page.setViewportSize({ width, height: 700 })
    await eventually(header).toEqual({ lines: 1, over: 0 })
  })

  test('where the links fit they stand in a row, else one button opens them', async () => {
    await page.setViewportSize({ width: 1280, height: 700 })
    await screens().getByRole('link', { name: 'Playground' }).waitFor()
    expect(await opener().count()).toBe(0)
    await page.setViewportSize({ width: 720, height: 700 })
    await opener().waitFor()
    expect(await screens().getByRole('link').count()).toBe(0)
    await opener().click()
    const titles = SCREENS.filter(({ id }) => id !== 'settings').map(({ title: name }) => name)
    expect(await screens().getByRole('link').allInnerTexts()).toEqual(titles)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await seriousFindings(page)).toEqual([])
    }
    await page.locator('main').click()
    await eventually(() => screens().getByRole('link').count()).toBe(0)
  })

  test('by keyboard: arrows go through the screens, Enter opens one, Escape closes the list', async () => {
    await opener().focus()
    await page.keyboard.press('ArrowDown')
    await eventually(focused).toBe('Runs')
    await page.keyboard.press('Escape')
    await eventually(focused).toContain('Runs')
    expect(await opener().getAttribute('aria-expanded')).toBe('false')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    await page.keyboard.press('End')
    expect(await focused()).toBe('Playground')
    await page.keyboard.press('ArrowUp')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'Models' }).waitFor()
    expect(await opener().innerText()).toContain('Models')
    expect(await opener().getAttribute('aria-expanded')).toBe('false')
    expect(await page.evaluate(`document.activeElement.tagName`)).toBe('MAIN')
  })
  test.each([720, 1280])(
    'at %i pixels the window itself does not scroll, and code has room beside the rollouts',
    async (width) => {
      await page.setViewportSize({ width, height: 700 })
      await page.evaluate(`location.hash = '#/runs/read/step/1'`)
      const code = page.getByRole('region', { name: 'Extracted module' })
      await code.waitFor()
      expect(await page.evaluate('document.documentElement.scrollHeight - innerHeight')).toBe(0)
      expect((await code.boundingBox())!.width).toBeGreaterThan(160)
    },
  )
})
