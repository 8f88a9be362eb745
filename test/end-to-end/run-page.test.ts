/** The page of a run beside its charts: health, log, settings, environment, its clone. A real host; the run that is cloned is real, with the fake engine. */
import { appendFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { RUN_FILES } from '#contract/run-directory'
import { checkoutLocations } from '#workbench/locations'
import { createWorkbench } from '#workbench/workbench'
import { launchBrowser } from '#test/support/browser'
import { startHost, type HostProcess } from '#test/support/host-process'
import { SMALL_RUN } from '#test/support/open-workbench'
import { aConfig, aJournal, aRollout, REPOSITORY, started, stepFinished, writeRun } from '#test/support/run-builders'

const PATIENCE_MS = 180_000
/** Its curves are gathered, three steps a point. */
const LONG_STEPS = 4500

/** A busy machine takes its time. */
const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 60_000, interval: 100 })

const choice = await launchBrowser()
const title = choice.browser ? `the page of a run in ${choice.name}` : `the page of a run (skipped: ${choice.reason})`
if (!choice.browser) console.log(`Browser tests are skipped: ${choice.reason}`)

/** A run that was made, and has two checkpoints and an end. */
async function finishedRun(home: string): Promise<string> {
  const workbench = await createWorkbench({ home, ...checkoutLocations(REPOSITORY) })
  const finished = new Promise<void>((resolve) => {
    workbench.on('runs.changed', ({ summary }) => summary?.status === 'finished' && resolve())
  })
  const overrides = { ...SMALL_RUN, name: 'mother', checkpointEvery: 2 }
  const { id } = await workbench.api['runs.create']({ preset: 'starter-grpo', overrides })
  await finished
  await workbench.close()
  return id
}

describe.skipIf(!choice.browser)(title, { timeout: PATIENCE_MS }, () => {
  const home = mkdtempSync(join(tmpdir(), 'veritune-run-page-'))
  const problems: string[] = []
  let mother: string
  let host: HostProcess
  let page: Page

  beforeAll(async () => {
    const severe = { type: 'health.warned', step: 3, code: 'kl-high', isSevere: true, evidence: 'KL 0.9 nats a token.' } as const
    const events = aJournal([started(), ...[1, 2, 3].map((step) => stepFinished(step)), severe, stepFinished(4)])
    // Its name makes it belong to an experiment.
    const experiment = join(home, 'experiments', 'try-1')
    const directory = writeRun(join(home, 'runs'), 'try-1-01-grpo', events, [aRollout(3, 0)])
    mkdirSync(experiment, { recursive: true })
    writeFileSync(join(experiment, 'experiment.json'), '{}')
    const steps = Array.from({ length: LONG_STEPS }, (_, i) => stepFinished(i + 1, (i % 7) / 7))
    writeRun(join(home, 'runs'), 'long', aJournal([started(), ...steps]))
    writeFileSync(join(directory, RUN_FILES.config), JSON.stringify(aConfig({ steps: 61, onAlert: 'pause' })))
    writeFileSync(join(directory, RUN_FILES.environment), JSON.stringify({ judge: 'netlist', engine: { name: 'onnx' } }))
    writeFileSync(join(directory, RUN_FILES.log), 'first line\n')
    mother = await finishedRun(home)
    host = await startHost(home)
    page = await choice.browser!.newPage({ viewport: { width: 1440, height: 1000 } })
    page.setDefaultTimeout(PATIENCE_MS)
    page.on('pageerror', (error) => problems.push(error.message))
    await page.goto(host.url)
    await open('#/runs/try-1-01-grpo')
  }, PATIENCE_MS)

  afterAll(async () => {
    await choice.browser?.close()
    await host?.kill()
    rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 })
  }, PATIENCE_MS)

  /** Loads the page anew, so that nothing of another run is taken for this one's. */
  async function open(hash: string): Promise<void> {
    await page.goto('about:blank')
    await page.goto(`${new URL(host.url).origin}/${hash}`)
    await page.getByRole('region', { name: 'Health' }).waitFor()
  }

  test('a warning is said in plain words, with what it does, and leads to its step', async () => {
    const health = page.getByRole('region', { name: 'Health' })
    const text = (await health.innerText()).replace(/\s+/g, ' ')
    expect(text).toContain('▲ severe step 3 KL to the reference. KL 0.9 nats a token.')
    expect(text).toContain('A severe warning pauses this run.')
    await health.getByRole('button', { name: 'step 3' }).click()
    await page.getByRole('heading', { name: 'Rollouts of step 3' }).waitFor()
  })

  test('the experiment that a run belongs to is a link', async () => {
    expect(await page.getByRole('link', { name: 'experiment', exact: true }).getAttribute('href')).toBe('#/experiments/try-1')
  })

  test('the log is followed as it grows', async () => {
    await page.getByRole('tab', { name: 'Completions' }).press('ArrowRight')
    const log = page.getByRole('log', { name: 'Lines of the log' })
    await eventually(() => log.innerText()).toBe('first line')
    appendFileSync(join(home, 'runs', 'try-1-01-grpo', RUN_FILES.log), 'second line\n')
    await eventually(() => log.innerText()).toBe('first line\nsecond line')
  })

  test('settings that differ from the preset stand first, and each can be found', async () => {
    await page.getByRole('tab', { name: 'Settings' }).click()
    await page.getByText('2 settings of').waitFor()
    const rows = page.getByRole('region', { name: 'All settings' }).locator('tbody tr')
    expect((await rows.allInnerTexts()).slice(0, 2).map((row) => row.split('\t').slice(0, 3))).toEqual([
      ['Steps steps', '61', String(aConfig().steps)],
      ['On alert onAlert', 'pause', 'warn'],
    ])
    await page.getByRole('searchbox', { name: 'Find a setting' }).fill('optimizer learning')
    await eventually(() => rows.count()).toBeLessThan(6)
  })

  const rates = () => page.getByRole('slider', { name: /^Rates:/ })
  const options = () => page.getByRole('group', { name: 'How the charts are drawn' })

  test('the charts are drawn as a person chose it, also after the page is read anew', async () => {
    await page.getByLabel('Smoothing').selectOption('strong')
    await page.getByLabel('Along the charts').selectOption('time')
    await page.getByLabel('Logarithmic KL and loss').check()
    await page.reload()
    await page.getByText('strong line: mean of 32 steps').waitFor()
    expect(await page.getByRole('figure', { name: 'Rates' }).getByText('min', { exact: true }).count()).toBe(1)
    expect(await page.getByLabel('Logarithmic KL and loss').isChecked()).toBe(true)
    await page.getByLabel('Along the charts').selectOption('step')
  })

  /** First and last step of what is shown. */
  const shownPart = async (): Promise<number[]> =>
    /(\d+)\s+to\s+(\d+)/
      .exec(await options().getByRole('status').innerText())!
      .slice(1)
      .map(Number)

  test('a part of all charts is shown by dragging over one, and the whole again by a double click', async () => {
    const { x, y, width } = (await rates().locator('canvas').first().boundingBox())!
    await page.mouse.move(x + width * 0.4, y + 40)
    await page.mouse.down()
    await page.mouse.move(x + width * 0.6, y + 40, { steps: 4 })
    await page.mouse.up()
    await options().getByRole('status').waitFor()
    const [first, last] = await shownPart()
    // Of 61 steps, less what the axis takes.
    expect(first!).toBeGreaterThan(15)
    expect(last! - first!).toBeGreaterThan(9)
    expect(last! - first!).toBeLessThan(20)
    await page.mouse.dblclick(x + width * 0.5, y + 40)
    await options().getByText('Drag over a chart').waitFor()
    expect(page.url()).not.toContain('/step/1')
  })

  test('the part that is shown is moved along by Shift with arrows, and by Shift with dragging', async () => {
    await rates().press('+')
    const [first, last] = (await shownPart()) as [number, number]
    await rates().press('Shift+ArrowRight')
    const [later, end] = (await shownPart()) as [number, number]
    expect(later).toBeGreaterThan(first)
    expect(end - later).toBe(last - first)
    const { x, y, width } = (await rates().locator('canvas').first().boundingBox())!
    await page.keyboard.down('Shift')
    await page.mouse.move(x + width * 0.8, y + 40)
    await page.mouse.down()
    await page.mouse.move(x + width * 0.6, y + 40, { steps: 4 })
    await page.mouse.up()
    await page.keyboard.up('Shift')
    const [latest, latestEnd] = (await shownPart()) as [number, number]
    expect(latest).toBeGreaterThan(later)
    expect(latestEnd - latest).toBe(last - first)
    await rates().press('Escape')
    await options().getByText('Drag over a chart').waitFor()
  })

  /** Of each column of pixels of the curves in sight the first inked row; -1: none. */
  const outline = (): Promise<number[]> =>
    page.evaluate(`(() => {
      const shown = document.querySelector('figure[aria-label=Rates] .curves')
      const canvas = shown.querySelector('canvas')
      const { left, width } = shown.getBoundingClientRect()
      const ratio = canvas.width / canvas.getBoundingClientRect().width
      const start = Math.round((left - canvas.getBoundingClientRect().left) * ratio)
      const { data, width: columns, height } = canvas.getContext('2d').getImageData(start, 0, Math.round(width * ratio), canvas.height)
      const firstInk = (column) => {
        for (let row = 0; row < height; row++) if (data[4 * (row * columns + column) + 3] > 128) return row
        return -1
      }
      return Array.from({ length: columns }, (_, column) => firstInk(column))
    })()`)

  test('a part that was moved along shows what is drawn anew where it rests, and the plot keeps its width', async () => {
    await open('#/runs/long')
    await rates().focus()
    for (let i = 0; i < 3; i++) await rates().press('+')
    await page.waitForTimeout(1000)
    const before = await outline()
    const box = (await rates().locator('canvas').first().boundingBox())!
    await page.keyboard.down('Shift')
    await page.mouse.move(box.x + 100, box.y + 60)
    await page.mouse.down()
    for (let i = 1; i <= 90; i++) await page.mouse.move(box.x + 100 + 2 * i, box.y + 60)
    await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))')
    const moved = await outline()
    await page.mouse.up()
    await page.keyboard.up('Shift')
    await page.waitForTimeout(1000)
    const drawn = await outline()
    expect([moved.length, drawn.length]).toEqual([before.length, before.length])
    expect(drawn).not.toEqual(before)
    const isNear = (row: number, column: number): boolean =>
      [-1, 0, 1].some((beside) => Math.abs((drawn[column + beside] ?? -99) - row) <= 2)
    expect(moved.filter(isNear).length / moved.length).toBeGreaterThan(0.97)
    await rates().press('Escape')
  })

  test('a part of a long run has finer points than the whole', async () => {
    await open('#/runs/long')
    const firstGap = async (): Promise<number> => {
      await rates().press('Home')
      const before = Number(await rates().getAttribute('aria-valuenow'))
      await rates().press('ArrowRight')
      return Number(await rates().getAttribute('aria-valuenow')) - before
    }
    await eventually(firstGap).toBe(3)
    for (let i = 0; i < 3; i++) await rates().press('+')
    await eventually(firstGap).toBe(1)
    await rates().press('Escape')
    await eventually(firstGap).toBe(3)
    await open('#/runs/try-1-01-grpo')
  })

  test('the environment is a table of facts', async () => {
    await page.getByRole('tab', { name: 'Environment' }).click()
    const facts = page.getByRole('table', { name: 'What the run was made with' }).getByRole('row')
    await eventually(() => facts.allInnerTexts()).toEqual(['judge\tnetlist', 'engine.name\tonnx'])
  })

  test('a run without warnings says so, and can be cloned from the checkpoint before the shown step', async () => {
    await open(`#/runs/${mother}/step/3`)
    expect(await page.getByRole('region', { name: 'Health' }).innerText()).toContain('Nothing to warn of in 4 steps.')
    await page.getByRole('button', { name: 'Clone from here' }).click()
    await page.getByText('It goes on from step 2 of').waitFor()
    expect(await page.getByLabel('Name', { exact: true }).inputValue()).toBe('mother from step 2')
    expect(await page.getByLabel('Model', { exact: true }).isDisabled()).toBe(true)
    expect(await page.getByText(`Frozen in the checkpoint of step 2 of ${mother}.`).first().isVisible()).toBe(true)
    expect(await page.getByLabel('Algorithm').locator('option[value=ppo]').isDisabled()).toBe(true)
  })

  test('steps that are done already are refused beside their field; another checkpoint keeps what was typed', async () => {
    await page.getByLabel('Steps', { exact: true }).fill('2')
    await page.getByText('The checkpoint is of step 2; choose more steps than that.').waitFor()
    expect(await page.getByRole('button', { name: 'Start', exact: true }).isDisabled()).toBe(true)
    await page.getByLabel('Steps', { exact: true }).fill('6')
    await page.getByLabel('From checkpoint').selectOption('4')
    await page.getByText('It goes on from step 4 of').waitFor()
    expect(await page.getByLabel('Steps', { exact: true }).inputValue()).toBe('6')
  })

  test('the clone goes on from there and says where it comes from', async () => {
    await page.getByRole('button', { name: 'Start', exact: true }).click()
    await page.getByRole('link', { name: 'its parent' }).waitFor()
    await eventually(() => rates().getAttribute('aria-valuemax')).toBe('6')
    expect(await rates().getAttribute('aria-valuemin')).toBe('5')
    expect(problems).toEqual([])
  })
})
