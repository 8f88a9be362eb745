/** The way of a person: start a run on the screen, watch it, read what the model wrote, change a weight, stop it. Real host, real trainer, fake engine. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser } from '#test/support/browser'
import { startHost, type HostProcess } from '#test/support/host-process'

const choice = await launchBrowser()
const title = choice.browser ? `in ${choice.name}` : `in a browser (skipped: ${choice.reason})`
if (!choice.browser) console.log(`Browser tests are skipped: ${choice.reason}`)

describe.skipIf(!choice.browser)(title, () => {
  const home = mkdtempSync(join(tmpdir(), 'veritune-screen-'))
  const problems: string[] = []
  let host: HostProcess
  let page: Page

  beforeAll(async () => {
    host = await startHost(home)
    page = await choice.browser!.newPage({ viewport: { width: 1440, height: 900 } })
    page.setDefaultTimeout(30_000)
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => {
      // The host that was killed is tried again.
      if (message.type() === 'error' && !/WebSocket|ERR_CONNECTION_REFUSED/.test(message.text())) problems.push(message.text())
    })
    await page.goto(host.url)
  })

  afterAll(async () => {
    await choice.browser?.close()
    await host?.kill()
    rmSync(home, { recursive: true, force: true, maxRetries: 5 })
  })

  /** Steps that the rates chart can reach with the arrow keys: its last point. */
  async function lastPoint(): Promise<number> {
    return Number(await page.getByRole('slider', { name: /^Rates:/ }).getAttribute('aria-valuemax'))
  }

  async function waitForPoint(step: number): Promise<void> {
    await expect.poll(lastPoint, { timeout: 45_000, interval: 200 }).toBeGreaterThanOrEqual(step)
  }

  async function ratesTable(): Promise<number[]> {
    await page.getByRole('button', { name: 'Rates: show as table' }).click()
    const steps = await page
      .getByRole('table', { name: /^Rates/ })
      .getByRole('rowheader')
      .allInnerTexts()
    await page.getByRole('button', { name: 'Rates: show as table' }).click()
    return steps.map(Number)
  }

  /** Numbers of all journal events of the shown run, as the page's own transport gives them. */
  async function eventNumbers(): Promise<number[]> {
    return page.evaluate(`new Promise((resolve) => {
      const socket = new WebSocket('ws://' + location.host + '/api')
      socket.onopen = () => socket.send(JSON.stringify({ id: 1, method: 'runs.events', args: [location.hash.split('/')[2], 0] }))
      socket.onmessage = ({ data }) => {
        const { id, result } = JSON.parse(data)
        if (id === 1) resolve(result.map(({ seq }) => seq))
      }
    })`)
  }

  test('the token leaves the address, and an empty list says what to do', async () => {
    await page.getByRole('heading', { name: 'No run yet' }).waitFor()
    expect(page.url()).not.toContain('token')
  })

  test('a wrong number is refused beside its field, and nothing that was typed is lost', async () => {
    await page.getByRole('button', { name: 'New run' }).click()
    await page.getByLabel('Name', { exact: true }).fill('from the screen')
    await page.getByLabel('Steps', { exact: true }).fill('0')
    expect(await page.getByText('0 is too small; the least is 1.').isVisible()).toBe(true)
    expect(await page.getByText('1 setting to mend').isVisible()).toBe(true)
    expect(await page.getByRole('button', { name: 'Start', exact: true }).isDisabled()).toBe(true)
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('from the screen')
  })

  test('what only the workbench can know is refused beside its field too, with its remedy', async () => {
    await page.getByLabel('Steps', { exact: true }).fill('5000')
    await page.getByLabel('Model', { exact: true }).fill('/no/such/model')
    await page.getByRole('button', { name: 'Start', exact: true }).click()
    await page.locator('input[aria-invalid=true]').waitFor()
    expect(await page.getByLabel('Model', { exact: true }).getAttribute('aria-invalid')).toBe('true')
    expect(await page.getByText(/Error:.*no\/such\/model/).isVisible()).toBe(true)
    await page.getByLabel('Model', { exact: true }).fill('starter')
  })

  test('a run starts from the screen and its charts grow', async () => {
    await page.getByLabel('Prompts per step', { exact: true }).fill('4')
    await page.getByLabel('Group size', { exact: true }).fill('4')
    await page.getByText('Advanced').click()
    await page.getByLabel('Engine', { exact: true }).selectOption('fake')
    await page.getByLabel('Minibatch', { exact: true }).fill('16')
    await page.getByLabel('Microbatch', { exact: true }).fill('16')
    await page.getByLabel('Evaluation tasks', { exact: true }).fill('4')
    await page.getByLabel('Completion limit', { exact: true }).fill('48')
    await page.getByRole('button', { name: 'Start', exact: true }).click()
    await page.getByRole('heading', { name: 'from the screen' }).waitFor()
    await waitForPoint(2)
    const before = await lastPoint()
    await waitForPoint(before + 2)
  })

  test('what the trainer does stands under its name, and goes on', async () => {
    const line = page.getByLabel('What the trainer does')
    const told = new Set<string>()
    await expect
      .poll(async () => told.add((await line.textContent()) ?? '').size, { timeout: 30_000, interval: 200 })
      .toBeGreaterThanOrEqual(3)
    expect([...told].some((words) => /^Step \d+: (generating|scoring|evaluating), \d+ of \d+/.test(words))).toBe(true)
  })

  test('a click on a point opens the rollouts of that step, with five scores and the code', async () => {
    await page.getByRole('slider', { name: /^Rates:/ }).focus()
    await page.keyboard.press('Home')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Rollouts of step 1' }).waitFor()
    const rollouts = page.getByRole('button', { name: /^Rollout \d+, reward/ })
    await rollouts.first().waitFor()
    expect(await rollouts.count()).toBe(4)
    await rollouts.last().click()
    expect(await rollouts.last().getAttribute('aria-pressed')).toBe('true')
    for (const component of ['Compilation', 'Functional', 'Synthesis', 'Reasoning', 'Quality']) {
      await page.getByRole('region', { name: component, exact: true }).waitFor()
    }
    await page.getByRole('button', { name: 'Whole completion' }).click()
    expect((await page.getByRole('region', { name: 'Completion' }).innerText()).length).toBeGreaterThan(0)
  })

  test('a changed weight weighs from the next step and stands on the rail', async () => {
    await page.getByRole('button', { name: 'Change weights' }).click()
    await page.getByLabel('Quality, number').fill('0.25')
    await page.getByRole('button', { name: 'Apply from next step' }).click()
    await page.getByRole('button', { name: /reward weights from here: .*quality 0\.25/ }).waitFor()
    expect(await page.getByRole('region', { name: 'Reward weights' }).innerText()).toMatch(/Quality\s+0\.25/)
  })

  test('the charts have a line at the change, which says what changed', async () => {
    const rates = page.getByRole('slider', { name: /^Rates:/ })
    const isSaid = async (): Promise<boolean> =>
      ((await rates.getAttribute('aria-valuetext')) ?? '').includes('reward changed: quality 0.05 → 0.25')
    const step = (): Promise<string | null> => rates.getAttribute('aria-valuenow')
    // A chart that was out of sight tells of a step once it is seen: no step is passed over from here on.
    await rates.press('Home')
    await expect.poll(step, { timeout: 20_000, interval: 20 }).toBe('1')
    await rates.press('End')
    await expect.poll(step, { timeout: 20_000, interval: 20 }).not.toBe('1')
    const isFound = async (): Promise<boolean> => {
      if (await isSaid()) return true
      const before = await step()
      await rates.press('ArrowLeft')
      await expect.poll(step, { interval: 20 }).not.toBe(before)
      return false
    }
    await expect.poll(isFound, { timeout: 20_000, interval: 20 }).toBe(true)
    await rates.press('Escape')
  })

  test('a paused run stands still; the page read anew shows the same points', async () => {
    await page.getByRole('button', { name: 'Pause' }).click()
    await page.getByRole('button', { name: 'Continue' }).waitFor()
    const step = await lastPoint()
    const before = await ratesTable()
    await page.reload()
    await waitForPoint(step)
    expect(await ratesTable()).toEqual(before)
    expect(before[0]).toBe(step)
    await page.getByRole('button', { name: 'Continue' }).click()
    await waitForPoint(step + 1)
  })

  test('the reward bench weighs stored completions by another profile, which can be saved and applied', async () => {
    const run = page.url()
    await page.getByRole('link', { name: 'Reward bench' }).click()
    const pane = page.getByRole('region', { name: 'Stored completions, weighed again' })
    await pane.getByText(/of \d+ groups/).waitFor()
    await pane.getByRole('slider', { name: /^Reward:/ }).waitFor()
    await page.getByLabel('Reasoning, number').fill('0.9')
    await page.getByLabel('Name of this profile').fill('prose first')
    await page.getByRole('button', { name: 'Save' }).click()
    await expect.poll(() => page.getByLabel('Profile').locator('option:checked').innerText()).toBe('prose first')
    await page.getByRole('button', { name: 'Apply to from the screen' }).click()
    await page.getByText('Sent: it weighs from the next step').waitFor()
    await page.goto(run)
    await page.getByRole('button', { name: /reward weights from here: .*reasoning 0\.9/ }).waitFor()
  })

  test('a pasted design gets five scores with the tools’ words, and its reward by the profile', async () => {
    const run = page.url()
    await page.getByRole('link', { name: 'Reward bench' }).click()
    await page.getByLabel('Task', { exact: true }).selectOption('gate-001')
    await page.getByLabel('Design to score').fill('module gate(input a, input b, output y);\n  assign y = a & b;\nendmodule')
    await page.getByRole('button', { name: 'Score', exact: true }).click()
    await page.getByRole('heading', { name: 'Your design for gate-001' }).waitFor()
    const functional = page.getByRole('region', { name: 'Functional', exact: true })
    expect(await functional.innerText()).toContain('passed')
    expect(await page.getByRole('status', { name: 'Reward by this profile' }).innerText()).toMatch(/^0\.\d+\s+= Functional/)
    await page.goto(run)
    await waitForPoint(1)
  })

  test('a killed workbench leaves the run going; after the next start the curve is whole, no point twice', async () => {
    const port = Number(new URL(page.url()).port)
    const before = await lastPoint()
    await host.kill('SIGKILL')
    await page.getByText('Connection lost, the run goes on').waitFor()
    host = await startHost(home, port)
    await page.goto(host.url)
    await page.getByRole('link', { name: 'from the screen' }).click()
    await waitForPoint(before + 2)
    const steps = await ratesTable()
    expect(steps).toEqual(Array.from(steps, (_, i) => steps[0]! - i))
    const numbers = await eventNumbers()
    expect(numbers).toEqual(numbers.map((_, i) => i + 1))
  })

  test('stop ends the run with a checkpoint, and it can be resumed', async () => {
    await page.getByRole('button', { name: 'Stop' }).click()
    await page.getByRole('button', { name: 'Stop the run' }).click()
    await page.getByRole('button', { name: 'Resume' }).waitFor()
    await page.locator('main').getByText('stopped', { exact: true }).waitFor()
    await page
      .getByRole('button', { name: /checkpoint saved/ })
      .last()
      .waitFor()
  })

  test('nothing went wrong in the page meanwhile', () => {
    expect(problems).toEqual([])
  })
})
