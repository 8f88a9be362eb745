/** Other computers on the screens, in a real browser: a real host of the page, and a real sshd on the loopback that is the other computer. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunSummary } from '#contract/api'
import { askPage } from '#test/support/ask-page'
import { seriousFindings } from '#test/support/axe'
import { launchBrowser } from '#test/support/browser'
import { startHost, type HostProcess } from '#test/support/host-process'
import { BOX, reasonForNoSshd, SILENT, startSshd, type Sshd } from '#test/support/loopback-sshd'
import { expectSame } from '#test/support/remote-workbench'
import { REPOSITORY } from '#test/support/run-builders'
import { writeFewTasks } from '#test/support/tiny-trainer'
import { writeFakeModel } from '../cli/fake-model.ts'

const PATIENCE_MS = 120_000

const choice = await launchBrowser()
const noSshd = reasonForNoSshd()
const reason = choice.browser ? noSshd : choice.reason
const title = reason === null ? `other computers in ${choice.browser ? choice.name : ''}` : `other computers (skipped: ${reason})`
if (!choice.browser) console.log(`Browser tests are skipped: ${choice.reason}`)

describe.skipIf(reason !== null)(title, { timeout: PATIENCE_MS }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'veritune-hosts-'))
  const home = join(folder, 'data')
  const there = join(folder, 'there')
  const problems: string[] = []
  let sshd: Sshd
  let host: HostProcess
  let page: Page

  beforeAll(async () => {
    expect(existsSync(join(REPOSITORY, 'out/trainer/main.js')), 'npm run build makes the trainer that is copied').toBe(true)
    sshd = await startSshd()
    host = await startHost(home, 0, { VERITUNE_SSH: sshd.program })
    page = await choice.browser!.newPage({ viewport: { width: 1280, height: 800 } })
    page.setDefaultTimeout(PATIENCE_MS)
    page.on('pageerror', (error) => problems.push(error.message))
    await page.goto(`${host.url}#/settings`)
  }, PATIENCE_MS)

  afterAll(async () => {
    await choice.browser?.close()
    await host?.kill()
    await sshd?.close()
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 })
  }, PATIENCE_MS)

  const section = () => page.getByRole('region', { name: 'Other computers' })
  const field = (label: string) => section().getByLabel(label, { exact: true })
  const entry = (name: string) => section().getByRole('article', { name })
  const expectAccessible = async (): Promise<void> => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await seriousFindings(page)).toEqual([])
    }
    await page.emulateMedia({ colorScheme: null })
  }
  const runs = async (): Promise<RunSummary[]> => (await askPage(page, 'runs.list')) as RunSummary[]

  test('one is added by its ssh name with the keyboard, and says what it can do', async () => {
    await field('Name').focus()
    await page.keyboard.type(BOX)
    await page.keyboard.press('Tab')
    await page.keyboard.type(there)
    await page.keyboard.press('Enter')
    const table = entry(BOX).getByRole('table', { name: `What ${BOX} can do` })
    await table.getByRole('row', { name: /Computer linux-x64/ }).waitFor()
    expect(await table.getByRole('row').count()).toBe(10)
    await entry(BOX)
      .getByText(/all that is needed is there/)
      .waitFor()
    expect(await field('Name').inputValue()).toBe('')
    await expectAccessible()
  })

  test('a name that could be an option is refused at its field', async () => {
    await field('Name').fill('-oProxyCommand=touch x')
    await page.keyboard.press('Enter')
    await section()
      .getByText(/is no name of a host\. Write it as ssh takes it/)
      .waitFor()
    expect(await field('Name').getAttribute('aria-invalid')).toBe('true')
    await field('Name').fill('')
  })

  test('one that does not answer says why and what to do; it is taken off the list, and added again', async () => {
    await field('Name').fill(SILENT)
    await page.keyboard.press('Enter')
    await entry(SILENT)
      .getByRole('row', { name: /bad Connection silent refuses the connection.*See that sshd runs there/ })
      .waitFor()
    await entry(SILENT)
      .getByRole('button', { name: `Remove ${SILENT}` })
      .focus()
    await page.keyboard.press('Enter')
    await section()
      .getByText(/silent is off the list; its runs go on/)
      .waitFor()
    await section().getByRole('button', { name: 'Add it again' }).click()
    await entry(SILENT).waitFor()
    await page.reload()
    await entry(BOX).waitFor()
    expect(await section().getByRole('article').count()).toBe(2)
  })

  test('a new run is given to it, its tools shown before; until it trains its page says what is done there', async () => {
    await page.evaluate(`location.hash = '#/new'`)
    await page.getByLabel('Where it runs', { exact: true }).selectOption(BOX)
    const outlook = page.getByRole('region', { name: BOX })
    await outlook.getByRole('row', { name: /Icarus Verilog/ }).waitFor()
    expect(await page.getByRole('region', { name: 'What it takes' }).count()).toBe(0)
    await expectAccessible()
    await page.reload()
    await outlook.waitFor()
    expect(await page.getByLabel('Where it runs', { exact: true }).inputValue()).toBe(BOX)
    await page.getByRole('button', { name: 'Start', exact: true }).click()
    await page.getByText(/box: (looks at the host|reads|copies|starts)/).waitFor()
    await expect.poll(async () => (await runs())[0]?.remote?.host).toBe(BOX)
    const { id } = (await runs())[0]!
    await askPage(page, 'runs.control', id, { command: 'stop' })
    await expect.poll(async () => (await runs())[0]!.status, { timeout: PATIENCE_MS }).toBe('stopped')
  })

  test('a run there is followed from here, and said not to be reached while it is not', async () => {
    const overrides = {
      engine: 'fake',
      model: writeFakeModel(join(folder, 'model')),
      'dataset.id': writeFewTasks(join(folder, 'tasks.jsonl')),
      promptsPerStep: 2,
      groupSize: 4,
      minibatchSize: 8,
      steps: 60,
      checkpointEvery: 0,
      'evaluation.taskCount': 2,
      'evaluation.every': 0,
      'evaluation.samples': 1,
      'sampling.maxCompletionTokens': 12,
    }
    const { id } = (await askPage(page, 'runs.create', { preset: 'starter-grpo', overrides }, '0123abcd', BOX)) as { id: string }
    await page.evaluate(`location.hash = '#/runs/${id}'`)
    await page.getByText(`on ${BOX}`, { exact: false }).first().waitFor()
    await expect.poll(async () => (await runs())[0]!.step, { timeout: PATIENCE_MS }).toBeGreaterThan(3)
    await sshd.cut()
    await page.getByText(/box is not reached since \d\d:\d\d:\d\d \(.*ago|now\): /).waitFor()
    await expectAccessible()
    await page.evaluate(`location.hash = '#/runs'`)
    await page.getByText(/on box, not reached/).waitFor()
    await sshd.restore()
    await expect.poll(async () => (await runs())[0]!.status, { timeout: PATIENCE_MS }).toBe('finished')
    await page.getByText('on box', { exact: true }).first().waitFor()
    expectSame(join(home, 'runs', id), join(there, 'runs', id))
    expect(problems).toEqual([])
  })
})
