/** Weights & Biases on the settings screen, in a real browser: a real host, a server on this machine, a person without a key. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { SyncSettings } from '#contract/sync'
import { askPage } from '#test/support/ask-page'
import { seriousFindings } from '#test/support/axe'
import { launchBrowser } from '#test/support/browser'
import { startHost, type HostProcess } from '#test/support/host-process'
import { aJournal, started, stepFinished, writeRun } from '#test/support/run-builders'
import { endSender } from '#test/support/sync-runs'
import { filesIn } from '#test/support/traces'
import { KEY, openWandbServer, type WandbServer } from '#test/support/wandb-server'

const PATIENCE_MS = 120_000

const choice = await launchBrowser()
const title = choice.browser ? `W&B in the settings in ${choice.name}` : `W&B in the settings (skipped: ${choice.reason})`
if (!choice.browser) console.log(`Browser tests are skipped: ${choice.reason}`)

describe.skipIf(!choice.browser)(title, { timeout: PATIENCE_MS }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'veritune-sync-settings-'))
  const home = join(folder, 'data')
  const problems: string[] = []
  let server: WandbServer
  let host: HostProcess
  let page: Page

  beforeAll(async () => {
    const ended = { type: 'run.ended', step: 2, outcome: 'finished' } as const
    writeRun(join(home, 'runs'), 'one', aJournal([started(), stepFinished(1), stepFinished(2), ended]))
    mkdirSync(join(folder, 'person'))
    server = await openWandbServer()
    host = await startHost(home, 0, { HOME: join(folder, 'person'), WANDB_API_KEY: undefined, WANDB_BASE_URL: undefined })
    page = await choice.browser!.newPage({ viewport: { width: 1280, height: 800 } })
    page.setDefaultTimeout(PATIENCE_MS)
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => problems.push(message.text()))
    await page.goto(`${host.url}#/settings`)
  }, PATIENCE_MS)

  afterAll(async () => {
    await choice.browser?.close()
    await host?.kill()
    endSender(home)
    server?.close()
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 })
  }, PATIENCE_MS)

  const section = () => page.getByRole('region', { name: 'Weights & Biases' })
  const field = (label: string) => section().getByLabel(label, { exact: true })
  const enter = async (label: string, text: string): Promise<void> => {
    await field(label).fill(text)
    await page.keyboard.press('Enter')
  }
  const check = async (): Promise<void> => {
    await section().getByRole('button', { name: 'Check', exact: true }).focus()
    await page.keyboard.press('Enter')
  }
  /** What stands at the field that is wrong. */
  const problemAt = async (label: string, says: RegExp): Promise<void> => {
    await section().getByText(says).waitFor()
    expect(await field(label).getAttribute('aria-invalid')).toBe('true')
    const description = (await field(label).getAttribute('aria-describedby'))!
    expect(await page.evaluate(`document.getElementById(${JSON.stringify(description)}).innerText`)).toMatch(says)
  }

  test('says that there is no key, and that a browser forgets one; a wrong place is refused at its field', async () => {
    await section().getByText('There is no key for api.wandb.ai.').waitFor()
    await section().getByText('forgotten with the end of VeriTune: a browser has no keychain').waitFor()
    await enter('Server', server.baseUrl)
    await problemAt('API key', /There is no API key for 127/)
    await section().getByText('Saved.').waitFor()
    await enter('Project', 'my project')
    await problemAt('Project', /a character that W&B does not take/)
    await enter('Project', 'verilog')
    await problemAt('API key', /There is no API key for 127/)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await seriousFindings(page)).toEqual([])
    }
    await page.emulateMedia({ colorScheme: null })
  })

  test('a wrong key is refused at its field; the right one is proved, and what waits is sent with it', async () => {
    await askPage(page, 'sync.wish', 'one', { isOn: true })
    await enter('API key', 'wrong')
    await problemAt('API key', /refuses the API key.*Copy it again from/)
    await enter('API key', KEY)
    await section()
      .getByText(/takes the key: it is ada’s\. Teams: team\. ada\/verilog is/)
      .waitFor()
    await section()
      .getByText(/Key in use for .*: the one that was typed here/)
      .waitFor()
    await expect.poll(() => server.runs.get('ada/verilog/one')?.lines.size, { timeout: PATIENCE_MS }).toBe(3)
  })

  test('the key is in no file, on no page and in no storage of the browser', async () => {
    expect(await field('API key').inputValue()).toBe('')
    expect(await page.content()).not.toContain(KEY)
    expect(await page.evaluate('JSON.stringify([{ ...localStorage }, { ...sessionStorage }])')).not.toContain(KEY)
    const walk = (of: string): string[] => filesIn(of).flatMap((file) => (statSync(file).isDirectory() ? walk(file) : [file]))
    for (const file of walk(folder)) expect(readFileSync(file).includes(KEY), file).toBe(false)
    expect(problems).toEqual([])
  })

  test('what the server has against the place stands at the field that mends it', async () => {
    await enter('Account or team', 'adda')
    await problemAt('Account or team', /The key is not of adda. Name one of its own: ada, team/)
    await enter('Account or team', '')
    await section().getByText('ada/verilog is there.').waitFor()
    const refuse = (status: number, body: string): void => {
      server.behaviour.insteadOf = (_, asked) => (asked.includes('ProjectDetails') ? { status, body } : null)
    }
    refuse(404, '{}')
    await check()
    await problemAt('Project', /has no ada\/verilog that this account may see/)
    refuse(403, '{"error":"removed from the team"}')
    await check()
    await problemAt('Project', /may not write to ada\/verilog .*removed from the team/)
    refuse(200, '<html><title>Guest network</title>')
    await check()
    await problemAt('Server', /something in between answered.*Guest network/)
    server.behaviour.insteadOf = () => null
    server.behaviour.entity = null
    await check()
    await problemAt('Account or team', /does not say whose account/)
    server.behaviour.entity = 'ada'
  })

  test('new runs are sent by themselves from now on, and the key can be forgotten', async () => {
    await field('Send new runs').focus()
    await page.keyboard.press('Space')
    await section().getByRole('button', { name: 'Save and check' }).click()
    await section().getByText('ada/verilog is there.').waitFor()
    expect(((await askPage(page, 'sync.settings')) as SyncSettings).automaticSince).not.toBeNull()
    await page.reload()
    await expect.poll(() => field('Send new runs').isChecked(), { timeout: PATIENCE_MS }).toBe(true)
    expect(await field('Server').inputValue()).toBe(server.baseUrl)
    await section().getByRole('button', { name: 'Forget the key' }).click()
    await section()
      .getByText(/There is no key for 127/)
      .waitFor()
    expect(await section().getByRole('button', { name: 'Forget the key' }).count()).toBe(0)
    expect(problems).toEqual([])
  })
})
