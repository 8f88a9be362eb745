/** A run's copy at W&B on the page of the run, in a real browser: a real host, the real program that sends, a server on this machine. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { askPage } from '#test/support/ask-page'
import { seriousFindings } from '#test/support/axe'
import { launchBrowser } from '#test/support/browser'
import { startHost, type HostProcess } from '#test/support/host-process'
import { aConfig, aJournal, REPOSITORY, started, stepFinished, writeRun } from '#test/support/run-builders'
import { endSender } from '#test/support/sync-runs'
import { KEY, openWandbServer, type WandbServer } from '#test/support/wandb-server'

const PATIENCE_MS = 120_000

const choice = await launchBrowser()
const title = choice.browser ? `a run’s copy at W&B in ${choice.name}` : `a run’s copy at W&B (skipped: ${choice.reason})`
if (!choice.browser) console.log(`Browser tests are skipped: ${choice.reason}`)

describe.skipIf(!choice.browser)(title, { timeout: PATIENCE_MS }, () => {
  const home = mkdtempSync(join(tmpdir(), 'veritune-sync-panel-'))
  const problems: string[] = []
  let server: WandbServer
  let host: HostProcess
  let page: Page

  beforeAll(async () => {
    const ended = { type: 'run.ended', step: 2, outcome: 'finished' } as const
    for (const id of ['one', 'two']) {
      const directory = writeRun(join(home, 'runs'), id, aJournal([started(), stepFinished(1), stepFinished(2), ended]))
      writeFileSync(join(directory, 'config.json'), JSON.stringify(aConfig({ name: id, steps: 2 })))
    }
    server = await openWandbServer()
    host = await startHost(home, 0, { WANDB_API_KEY: KEY, WANDB_BASE_URL: server.baseUrl })
    page = await choice.browser!.newPage({ viewport: { width: 1280, height: 800 } })
    page.setDefaultTimeout(PATIENCE_MS)
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
    await page.goto(`${host.url}#/runs/one`)
  }, PATIENCE_MS)

  afterAll(async () => {
    await choice.browser?.close()
    await host?.kill()
    endSender(home)
    server?.close()
    rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 })
  }, PATIENCE_MS)

  const pane = () => page.getByRole('region', { name: 'Copy at Weights & Biases' })
  const press = async (name: string): Promise<void> => {
    await pane().getByRole('button', { name, exact: true }).focus()
    await page.keyboard.press('Enter')
  }

  test('by the keyboard alone a run is sent, and all of its lines are confirmed at an address', async () => {
    await page.getByRole('tab', { name: 'Completions' }).focus()
    await page.keyboard.press('End')
    await pane().getByText('This run is not sent.').waitFor()
    await pane()
      .getByText(`It would go to veritune of the API key’s account on ${new URL(server.baseUrl).host}`)
      .waitFor()
    await press('Send now')
    await pane().getByText('All 3 lines confirmed: the server has counted them.').waitFor()
    const address = `${server.baseUrl}/ada/veritune/runs/one`
    expect(await pane().getByRole('link', { name: address }).getAttribute('href')).toBe(address)
    await pane().getByText('Last change just now.').waitFor()
    expect(server.runs.get('ada/veritune/one')!.lines.size).toBe(3)
  })

  test('all lines are sent again when somebody asks for it, and change nothing at the server', async () => {
    await press('Send everything again')
    await expect.poll(() => server.runs.get('ada/veritune/one')!.repeated, { timeout: PATIENCE_MS }).toBe(3)
    await pane().getByText('All 3 lines confirmed').waitFor()
    expect(server.runs.get('ada/veritune/one')!.changed).toBe(0)
  })

  test('what is refused waits with the reason and what to do, and goes on at once when it is mended', async () => {
    server.behaviour.insteadOf = (path) => (path.endsWith('/file_stream') ? { status: 403, body: '{"error":"read only"}' } : null)
    await page.goto(`${host.url}#/runs/two`)
    await page.getByRole('tab', { name: 'W&B' }).click()
    await press('Send now')
    const alert = pane().getByRole('alert')
    await alert.getByText(`This account may not write to ada/veritune on ${new URL(server.baseUrl).host}: read only.`).waitFor()
    expect(await alert.innerText()).toMatch(/Ask its owner for the permission[^]*It is tried again in \d+ min\./)
    await pane().getByText('3 of 3 lines wait.').waitFor()
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await seriousFindings(page)).toEqual([])
    }
    await page.emulateMedia({ colorScheme: null })
    server.behaviour.insteadOf = () => null
    await press('Retry now')
    await pane().getByText('All 3 lines confirmed').waitFor()
  })

  test('a place that the settings name by now is offered, and sending can be stopped', async () => {
    await askPage(page, 'sync.change', { entity: 'lab', project: 'verilog' })
    await press(`Send to lab/verilog on ${new URL(server.baseUrl).host} instead`)
    await pane()
      .getByRole('link', { name: `${server.baseUrl}/lab/verilog/runs/two` })
      .waitFor()
    await pane().getByText('All 3 lines confirmed').waitFor()
    await press('Stop sending')
    await pane().getByText('This run is no longer sent; 3 of 3 lines are there.').waitFor()
    await pane().getByRole('button', { name: 'Send now' }).waitFor()
  })

  test('a folder for W&B’s own tool is written, and its path is shown with the command that sends it', async () => {
    await pane().getByLabel('Folder', { exact: true }).fill(join(home, 'out'))
    await page.keyboard.press('Enter')
    const written = await pane()
      .getByText(/^Written to /)
      .innerText()
    const folder = written.replace('Written to ', '')
    expect(existsSync(join(folder, 'run-two.wandb'))).toBe(true)
    await pane().getByText(`wandb sync ${folder}`).waitFor()
  })

  test('a run of another program says why it is not sent', async () => {
    const folder = join(REPOSITORY, 'test/fixtures/trl-run')
    const { id } = (await askPage(page, 'runs.import', { tool: 'trl', folder, name: 'By TRL' })) as { id: string }
    await page.goto(`${host.url}#/runs/${encodeURIComponent(id)}`)
    await page.getByRole('tab', { name: 'W&B' }).click()
    await page.getByText('Another program made this run').waitFor()
    expect(await page.getByRole('button', { name: 'Send now' }).count()).toBe(0)
    expect(problems).toEqual([])
  })
})
