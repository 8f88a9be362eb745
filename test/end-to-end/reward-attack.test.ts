/** What cheats would earn, on the reward bench: tried once, weighed by every profile after that, with the setting to change. Real host, real scorer, real browser. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { seriousFindings } from '#test/support/axe'
import { launchBrowser } from '#test/support/browser'
import { startHost, type HostProcess } from '#test/support/host-process'

const PATIENCE_MS = 240_000
const eventually = <T>(read: () => Promise<T>) => expect.poll(read, { timeout: 120_000, interval: 100 })

const choice = await launchBrowser()
const title = choice.browser ? `in ${choice.name}` : `in a browser (skipped: ${choice.reason})`
if (!choice.browser) console.log(`Browser tests are skipped: ${choice.reason}`)

describe.skipIf(!choice.browser)(title, { timeout: PATIENCE_MS }, () => {
  const home = mkdtempSync(join(tmpdir(), 'veritune-attack-'))
  let host: HostProcess
  let page: Page
  /** Calls of this page, by method. */
  const asked: string[] = []

  beforeAll(async () => {
    host = await startHost(home)
    page = await choice.browser!.newPage({ viewport: { width: 1280, height: 800 } })
    page.setDefaultTimeout(120_000)
    page.on('websocket', (socket) =>
      socket.on('framesent', ({ payload }) => void asked.push((JSON.parse(String(payload)) as { method: string }).method)),
    )
    await page.goto(host.url)
    await page.evaluate(`location.hash = '#/reward'`)
  }, PATIENCE_MS)

  afterAll(async () => {
    await choice.browser?.close()
    await host?.kill()
    rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 })
  }, PATIENCE_MS)

  const pane = () => page.getByRole('region', { name: 'What cheats would earn' })
  const verdict = () => pane().getByRole('status', { name: 'What cheats would earn' })
  const attacks = (): number => asked.filter((method) => method === 'rewards.attack').length
  const setWeight = (name: string, value: string) => page.getByLabel(`${name}, number`).fill(value)

  test('the cheats are tried from the keyboard, and the verdict stands beside the right answer and an honest failure', async () => {
    await pane().getByLabel('Tasks').selectOption('4 training tasks')
    await pane().getByRole('button', { name: 'Try the cheats' }).press('Enter')
    await pane().getByRole('progressbar', { name: 'Cheats tried' }).waitFor()
    await eventually(() => verdict().innerText()).toMatch(/✔ No cheat is worth it: the best paid, .+, earns 0\.\d+ in the mean/)
    await pane().getByRole('rowheader', { name: 'Honest failure' }).waitFor()
    expect(
      await pane()
        .getByText(/4 training tasks of Starter tasks|3 training tasks of Starter tasks/)
        .count(),
    ).toBe(1)
    expect(await seriousFindings(page)).toEqual([])
  })

  test('a profile that pays for compiling alone is found out at once, without trying anything again', async () => {
    for (const component of ['Functional', 'Synthesis', 'Reasoning', 'Quality']) await setWeight(component, '0')
    await eventually(() => verdict().innerText()).toMatch(/▲ Cheating pays: .+ earns 1\.00 in the mean, an honest failure 1\.00/)
    expect(
      await pane()
        .getByRole('rowheader', { name: /▲ .+against 1\.00, paid by Compilation/ })
        .count(),
    ).toBeGreaterThan(0)
    expect(attacks()).toBe(1)
    expect(await seriousFindings(page)).toEqual([])
  })

  test('one of the changes that it offers ends it', async () => {
    const offered = pane().getByRole('list', { name: 'Changes under which no cheat is worth it' })
    await offered.getByRole('button', { name: /^Quality: 0 → / }).press('Enter')
    await eventually(() => verdict().innerText()).toMatch(/^✔ No cheat is worth it/)
    expect(Number(await page.getByLabel('Quality, number').inputValue())).toBeGreaterThan(0)
    expect(attacks()).toBe(1)
  })

  test('an attack can be cancelled, and what was found before stays', async () => {
    await pane().getByLabel('Tasks').selectOption('32 training tasks')
    await pane().getByRole('button', { name: 'Try the cheats again' }).click()
    await pane().getByRole('button', { name: 'Cancel' }).press('Enter')
    await pane().getByRole('button', { name: 'Try the cheats again' }).waitFor()
    expect(await verdict().innerText()).toMatch(/^✔ No cheat is worth it/)
    expect(await pane().getByRole('alert').count()).toBe(0)
  })

  test('what was chosen stands there again after the page is read anew', async () => {
    await page.reload()
    await pane().getByLabel('Tasks').waitFor()
    expect(await pane().getByLabel('Tasks').inputValue()).toBe('32')
  })
})
