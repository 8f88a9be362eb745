/** A part of a comparison of long runs, looked at more closely: finer points from the store, by group and by run. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser } from '#test/support/browser'
import { startHost, type HostProcess } from '#test/support/host-process'
import { aConfig, aJournal, started, stepFinished, writeRun } from '#test/support/run-builders'

const PATIENCE_MS = 60_000
/** In the whole a point stands for three of them. */
const STEPS = 700

/** A busy machine takes its time. */
const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 30_000, interval: 100 })

const choice = await launchBrowser()
const title = choice.browser ? `a part of a comparison in ${choice.name}` : `a part of a comparison (skipped: ${choice.reason})`
if (!choice.browser) console.log(`Browser tests are skipped: ${choice.reason}`)

describe.skipIf(!choice.browser)(title, { timeout: PATIENCE_MS }, () => {
  const home = mkdtempSync(join(tmpdir(), 'veritune-compare-zoom-'))
  const problems: string[] = []
  let host: HostProcess
  let page: Page

  beforeAll(async () => {
    for (const seed of [1, 2]) {
      const steps = Array.from({ length: STEPS }, (_, i) => stepFinished(i + 1, 0.2 * seed + (i % 2) / 10))
      const events = aJournal([started(), ...steps, { type: 'run.ended', step: STEPS, outcome: 'finished' }])
      const directory = writeRun(join(home, 'runs'), `grpo-${seed}`, events)
      writeFileSync(join(directory, 'config.json'), JSON.stringify(aConfig({ seed, name: `grpo ${seed}`, steps: STEPS })))
    }
    host = await startHost(home)
    page = await choice.browser!.newPage({ viewport: { width: 1280, height: 800 } })
    page.setDefaultTimeout(30_000)
    page.on('pageerror', (error) => problems.push(error.message))
    await page.goto(host.url)
    await page.getByRole('link', { name: 'grpo 1' }).waitFor()
  }, PATIENCE_MS)

  afterAll(async () => {
    await choice.browser?.close()
    await host?.kill()
    rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 })
  }, PATIENCE_MS)

  const functional = () => page.getByRole('slider', { name: /^Functional, training tasks/ })
  const legend = () => page.getByRole('figure', { name: 'Functional, training tasks' }).locator('ul').innerText()

  /** Steps between the first points that are known. */
  async function firstGap(): Promise<number> {
    const stepNow = async (): Promise<number> => Number(await functional().getAttribute('aria-valuenow'))
    await functional().press('Home')
    const before = await stepNow()
    await functional().press('ArrowRight')
    return (await stepNow()) - before
  }

  test.each(['group', 'run'])('by %s, a part has finer points than the whole, also when it is moved along', async (overlay) => {
    await page.evaluate(`location.hash = '#/compare/grpo-1,grpo-2/${overlay}'`)
    await functional().waitFor()
    await eventually(firstGap).toBe(3)
    await functional().press('End')
    for (let i = 0; i < 3; i++) await functional().press('+')
    await eventually(firstGap).toBe(1)
    await functional().press('End')
    const end = Number(await functional().getAttribute('aria-valuenow'))
    for (let i = 0; i < 24; i++) await functional().press('Shift+ArrowLeft')
    await eventually(async () => {
      await functional().press('End')
      return Number(await functional().getAttribute('aria-valuenow'))
    }).toBeLessThan(end)
    expect(await firstGap()).toBe(1)
    // Seeds at 0.25 and 0.45 in the mean: 0.35, and a band that the few seeds make wide.
    if (overlay === 'group') expect(await legend()).toMatch(/GRPO, 2 runs\s+3\d % \[/)
    else expect((await legend()).replace(/\s+/g, ' ')).toMatch(/grpo 1 .*% grpo 2 .*%/)
    await functional().press('Escape')
    await eventually(firstGap).toBe(3)
    expect(problems).toEqual([])
  })
})
