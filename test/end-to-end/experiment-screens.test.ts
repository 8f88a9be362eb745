/** An experiment on the screen, from the first visit to the verdict. Real host, real trainers, real browser; the fake engine where only the way matters. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeFakeModel } from '#test/cli/fake-model'
import { askPage } from '#test/support/ask-page'
import { launchBrowser } from '#test/support/browser'
import { startHost, type HostProcess } from '#test/support/host-process'
import { smallPlan } from '#test/support/small-plan'

const PATIENCE_MS = 180_000

const choice = await launchBrowser()
const title = choice.browser ? `in ${choice.name}` : `in a browser (skipped: ${choice.reason})`
if (!choice.browser) console.log(`Browser tests are skipped: ${choice.reason}`)

describe.skipIf(!choice.browser)(title, () => {
  const home = mkdtempSync(join(tmpdir(), 'veritune-experiments-'))
  const problems: string[] = []
  /** Methods that the page called, in order. */
  const called: string[] = []
  let host: HostProcess
  let page: Page
  let small = ''

  beforeAll(async () => {
    host = await startHost(home)
    page = await choice.browser!.newPage({ viewport: { width: 1280, height: 800 } })
    page.setDefaultTimeout(PATIENCE_MS)
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => {
      // The host that was killed is tried again.
      if (message.type() === 'error' && !/WebSocket|ERR_CONNECTION_REFUSED/.test(message.text())) problems.push(message.text())
    })
    page.on('websocket', (socket) =>
      socket.on('framesent', ({ payload }) => called.push((JSON.parse(String(payload)) as { method: string }).method)),
    )
    await page.goto(host.url)
  }, PATIENCE_MS)

  afterAll(async () => {
    await choice.browser?.close()
    await host?.kill()
    // Runs outlive their workbench.
    for (const pid of trainers()) process.kill(pid, 'SIGKILL')
    rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 })
  }, PATIENCE_MS)

  function trainers(): number[] {
    const folder = join(home, 'runs')
    const locks = existsSync(folder) ? readdirSync(folder).map((run) => join(folder, run, 'run.lock')) : []
    return locks.filter((lock) => existsSync(lock)).map((lock) => (JSON.parse(readFileSync(lock, 'utf8')) as { pid: number }).pid)
  }

  const ask = (method: string, ...args: readonly unknown[]): Promise<unknown> => askPage(page, method, ...args)

  async function startPlan(name: string, rollouts: number, seeds: readonly number[]): Promise<string> {
    const plan = smallPlan(writeFakeModel(join(home, `model-${name}`)), name, rollouts, seeds)
    return ((await ask('experiments.start', plan)) as { id: string }).id
  }

  async function open(hash: string): Promise<void> {
    await page.evaluate(`location.hash = ${JSON.stringify(hash)}`)
  }

  /** Controls of the screen that a screen reader could not name. */
  async function nameless(): Promise<string[]> {
    return page.evaluate(`[...document.querySelectorAll('button, a, input, select, [role=slider], [role=progressbar]')]
      .filter((one) => !(one.getAttribute('aria-label') || one.innerText?.trim() || [...(one.labels ?? [])].some((label) => label.innerText.trim())))
      .map((one) => one.outerHTML.slice(0, 120))`)
  }

  const focused = (): Promise<string> => page.evaluate(`document.activeElement.innerText`)

  test('an empty workbench offers the starter experiment, then a short run; the keyboard comes to them in this order', async () => {
    await page.getByRole('heading', { name: 'No run yet' }).waitFor()
    await page.getByRole('button', { name: 'New run' }).focus()
    await page.keyboard.press('Tab')
    expect(await focused()).toBe('Start the starter experiment')
    await page.keyboard.press('Tab')
    expect(await focused()).toBe('Start a short run')
    expect(await nameless()).toEqual([])
  })

  test('the tour has three steps, is found again where it was left, and stays closed', async () => {
    const tour = page.getByRole('complementary', { name: 'Tour' })
    await tour.getByText('1 of 3').waitFor()
    await tour.getByRole('button', { name: 'Next' }).press('Enter')
    await tour.getByText('Watch a run learn').waitFor()
    await page.reload()
    await tour.getByText('2 of 3').waitFor()
    await tour.getByRole('button', { name: 'Next' }).click()
    await tour.getByText('See who is ahead').waitFor()
    await tour.getByRole('button', { name: 'Done' }).click()
    await tour.waitFor({ state: 'detached' })
    await page.reload()
    await page.getByRole('heading', { name: 'No run yet' }).waitFor()
    expect(await tour.count()).toBe(0)
  })

  test('the way to several algorithms and seeds begins at a new run, and what cannot be is refused at its field', async () => {
    await page.getByRole('link', { name: 'New run' }).click()
    await page.getByRole('link', { name: 'Start PPO and GRPO × seeds' }).click()
    await page.getByText('No experiment yet.').waitFor()
    const form = page.getByRole('form', { name: 'PPO and GRPO × seeds' })
    const start = form.getByRole('button', { name: 'Start these runs' })
    await form.getByText('6 runs, 61\u202f440 completions in all.').waitFor()
    expect(await nameless()).toEqual([])
    await form.getByLabel('Starter GRPO').uncheck()
    await form.getByLabel('Starter PPO').uncheck()
    await form.getByText('Choose at least one preset').waitFor()
    await form.getByLabel('Starter PPO').check()
    await form.getByLabel('Seeds').fill('0')
    await form.getByText('0 is too small; the least is 1.').waitFor()
    expect(await form.getByLabel('Seeds').getAttribute('aria-invalid')).toBe('true')
    expect(await start.isDisabled()).toBe(true)
    await form.getByLabel('Seeds').fill('2')
    await form.getByLabel('Completions a run').fill('256')
    await form.getByText('2 runs, 512 completions in all.').waitFor()
    expect(await form.getByText('2 steps of 128 completions').count()).toBe(6)
    expect(await start.isEnabled()).toBe(true)
  })

  test('an experiment is followed run by run until it says who is ahead', async () => {
    small = await startPlan('small', 32, [1, 2])
    await open(`#/experiments/${small}`)
    await page.getByRole('heading', { name: 'The small experiment' }).waitFor()
    await page.getByRole('row', { name: /^GRPO, seed 2/ }).waitFor()
    expect(await page.getByRole('progressbar', { name: 'Done of this phase' }).count()).toBe(1)
    expect(await nameless()).toEqual([])
    await page.getByRole('heading', { name: 'Who is ahead' }).waitFor()
    expect(await page.getByRole('region', { name: 'Who is ahead' }).getByRole('listitem').first().innerText()).toMatch(/GRPO/)
    const table = page.getByRole('region', { name: 'What each arm reached' }).getByRole('table')
    expect(await table.getByRole('rowheader').allInnerTexts()).toEqual(
      ['Base model', 'GRPO\nlast', 'GRPO\nbest', 'PPO\nlast', 'PPO\nbest'].map((name) => expect.stringMatching(name)),
    )
    expect(await table.getByRole('row', { name: /^PPO last/ }).innerText()).toMatch(/\d+\.\d %/)
    await page.getByRole('row', { name: 'Test tasks finished' }).getByText('7/7').waitFor()
  })

  test('its curves stand over time and over steps, an arm with two seeds with its band, and the table is behind them', async () => {
    const curve = page.getByRole('slider', { name: /^Validation pass@1:/ })
    await expect.poll(() => curve.getAttribute('aria-valuetext')).toMatch(/^[\d.]+ s: GRPO .* PPO/)
    await page.getByLabel('over training time').press('ArrowRight')
    expect(await page.getByLabel('over steps').isChecked()).toBe(true)
    await expect.poll(() => curve.getAttribute('aria-valuetext')).toMatch(/^step 4: GRPO/)
    await curve.focus()
    await page.keyboard.press('Home')
    await expect.poll(() => curve.getAttribute('aria-valuetext')).toMatch(/^step 0:/)
    const chart = page.getByRole('figure', { name: 'Validation pass@1', exact: true })
    expect(await chart.getByRole('listitem').first().innerText()).toMatch(/GRPO\s+\S+ %\s+\[.*%\]/)
    await page.getByRole('button', { name: 'Validation pass@1: show as table' }).click()
    expect(await chart.getByRole('rowheader').allInnerTexts()).toEqual(['4', '2', '0'])
  })

  test('it says where its files are and how it is made again, and is not asked for once it is finished', async () => {
    const files = page.getByRole('region', { name: /^Files/ })
    expect(await files.innerText()).toContain(join(home, 'experiments', small))
    expect(await files.innerText()).toContain('npx veritune experiment "')
    const before = called.length
    await page.waitForTimeout(5_000)
    expect(called.slice(before)).toEqual([])
  })

  test('its runs and the list are one link away', async () => {
    await page.getByRole('link', { name: 'PPO, seed 1' }).press('Enter')
    await page.getByRole('heading', { name: 'PPO, seed 1 · The small experiment' }).waitFor()
    await page.getByRole('link', { name: 'Experiments', exact: true }).click()
    const row = page.getByRole('row', { name: /^The small experiment/ })
    expect(await row.innerText()).toMatch(/finished\s+3\/3\s+(just now|\d+ min ago)/)
    await row.getByRole('link').press('Enter')
    await page.getByRole('heading', { name: 'Who is ahead' }).waitFor()
  })

  test('one that is not there is said to be missing', async () => {
    await open('#/experiments/nothing')
    await page.getByRole('alert').getByText('There is no experiment "nothing".').waitFor()
    await page.getByRole('link', { name: 'All experiments' }).waitFor()
  })

  test('an experiment whose run was stopped says so, and goes on when it is resumed', async () => {
    const long = await startPlan('long', 80_000, [1])
    await open(`#/experiments/${long}`)
    await page.getByRole('link', { name: 'GRPO, seed 1' }).click()
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByRole('button', { name: 'Stop the run' }).click()
    await page.locator('main').getByText('stopped', { exact: true }).waitFor()
    await page.goBack()
    await page
      .getByRole('alert')
      .getByText(/The experiment waits: its run .* is stopped\./)
      .waitFor()
    await page.getByRole('button', { name: 'Resume' }).press('Enter')
    await page.getByRole('alert').waitFor({ state: 'detached' })
    await page.locator('header').getByText('training', { exact: true }).waitFor()
    const ids = ((await ask('runs.list')) as { id: string; status: string }[]).filter(({ id }) => id.startsWith(long))
    expect(ids).toHaveLength(2)
  })

  test('closed and opened again, the workbench says that nobody works on it, and goes on when it is told', async () => {
    const address = page.url()
    const port = Number(new URL(address).port)
    await host.kill('SIGKILL')
    host = await startHost(home, port)
    await page.goto(host.url)
    await open(new URL(address).hash)
    await page.getByRole('status').getByText('Nobody in this workbench works on it.').waitFor()
    await page.getByRole('button', { name: 'Resume' }).click()
    await page.locator('header').getByText('training', { exact: true }).waitFor()
  })

  test('one click starts the starter experiment, whole', async () => {
    await open('#/experiments')
    await page.getByRole('button', { name: 'Start the starter experiment' }).click()
    await page.getByRole('heading', { name: 'The starter experiment' }).waitFor()
    await page.getByRole('row', { name: /^Supervised, seed 1 waits for another arm/ }).waitFor()
    const rows = page.getByRole('region', { name: 'Runs', exact: true }).getByRole('row')
    // Heading, seven runs, test tasks.
    expect(await rows.count()).toBe(9)
  })

  test('nothing went wrong in the page meanwhile', () => {
    expect(problems).toEqual([])
  })
})
