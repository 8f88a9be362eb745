/** Every screen with real runs, for whoever uses a keyboard, a screen reader or strong contrast. Real host, real trainers of the fake engine, real browser. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeFakeModel } from '#test/cli/fake-model'
import { askPage } from '#test/support/ask-page'
import { seriousFindings } from '#test/support/axe'
import { launchBrowser } from '#test/support/browser'
import { startHost, type HostProcess } from '#test/support/host-process'
import { smallPlan } from '#test/support/small-plan'

const PATIENCE_MS = 240_000

const choice = await launchBrowser()
const title = choice.browser ? `in ${choice.name}` : `in a browser (skipped: ${choice.reason})`
if (!choice.browser) console.log(`Browser tests are skipped: ${choice.reason}`)

describe.skipIf(!choice.browser)(title, { timeout: PATIENCE_MS }, () => {
  const home = mkdtempSync(join(tmpdir(), 'veritune-accessible-'))
  let host: HostProcess
  let page: Page
  let experiment = ''
  let runs: readonly { id: string; name: string; status: string }[] = []

  beforeAll(async () => {
    host = await startHost(home)
    page = await choice.browser!.newPage({ viewport: { width: 1280, height: 800 } })
    page.setDefaultTimeout(60_000)
    await page.goto(host.url)
    await page.getByRole('heading', { name: 'No run yet' }).waitFor()
  }, PATIENCE_MS)

  afterAll(async () => {
    await choice.browser?.close()
    await host?.kill()
    rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 })
  }, PATIENCE_MS)

  /** Opens a screen anew and waits for what it shows. */
  async function open(hash: string, shown: () => Promise<unknown>): Promise<void> {
    await page.evaluate(`location.hash = ${JSON.stringify(hash)}`)
    await shown()
  }

  /** In light and at the size of a laptop, in dark and in the smallest window. */
  async function findings(): Promise<string[]> {
    const found: string[] = []
    for (const [colorScheme, width, height] of [
      ['dark', 960, 600],
      ['light', 1280, 800],
    ] as const) {
      await page.setViewportSize({ width, height })
      await page.emulateMedia({ colorScheme })
      found.push(...(await seriousFindings(page)).map((finding) => `${colorScheme}: ${finding}`))
    }
    return found
  }

  const focused = (): Promise<string> => page.evaluate(`document.activeElement.innerText || document.activeElement.tagName`)
  const palette = () => page.getByRole('dialog', { name: 'Command palette' })
  /** What Enter would choose. A button that is busy is not offered until it is not. */
  const firstOption = (text: RegExp) => expect.poll(() => palette().getByRole('option').first().innerText()).toMatch(text)
  const onlyRun = () => runs.find(({ name }) => name.includes('PPO'))!

  test('an empty workbench with its tour, and the experiments before the first', async () => {
    await page.getByRole('complementary', { name: 'Tour' }).waitFor()
    expect(await findings()).toEqual([])
    await page.getByRole('button', { name: 'Close the tour' }).click()
    await open('#/experiments', () => page.getByText('No experiment yet.').waitFor())
    expect(await findings()).toEqual([])
  })

  test('an experiment while it goes on and when it is finished', async () => {
    const model = writeFakeModel(join(home, 'model'))
    experiment = ((await askPage(page, 'experiments.start', smallPlan(model, 'small', 24, [1, 2]))) as { id: string }).id
    await open(`#/experiments/${experiment}`, () => page.getByRole('row', { name: /^GRPO, seed 2/ }).waitFor())
    expect(await findings()).toEqual([])
    await page.getByRole('heading', { name: 'Who is ahead' }).waitFor({ timeout: PATIENCE_MS })
    expect(await findings()).toEqual([])
    runs = (await askPage(page, 'runs.list')) as typeof runs
    expect(runs.map(({ status }) => status)).toEqual(['finished', 'finished', 'finished'])
  })

  test('the run with its charts, a table and a completion', async () => {
    await open(`#/runs/${onlyRun().id}/step/2`, () => page.getByRole('slider', { name: /^Rates:/ }).waitFor())
    await page.getByRole('button', { name: 'Rates: show as table' }).click()
    await page
      .getByRole('button', { name: /^Rollout \d+, reward/ })
      .first()
      .click()
    await page.getByRole('region', { name: 'Functional', exact: true }).waitFor()
    expect(await findings()).toEqual([])
  })

  test('the lists, the comparison, the reward bench and the data sets', async () => {
    const [first, second] = runs
    const list = page.getByRole('navigation', { name: 'Screens' })
    await open('#/runs', () => page.getByRole('row').nth(3).waitFor())
    expect(await findings()).toEqual([])
    await open('#/compare', () => page.getByRole('button', { name: 'Choose them in the list of runs' }).waitFor())
    expect(await findings()).toEqual([])
    await open(`#/compare/${first!.id},${second!.id}`, () => page.getByRole('region', { name: 'Who is ahead' }).waitFor())
    expect(await findings()).toEqual([])
    await open(`#/reward/${first!.id}`, () => page.getByText(/of \d+ groups/).waitFor())
    expect(await findings()).toEqual([])
    await open('#/datasets', () => page.getByRole('link', { name: 'Starter tasks' }).waitFor())
    expect(await findings()).toEqual([])
    await page.getByRole('link', { name: 'Starter tasks' }).click()
    await page.getByRole('grid', { name: 'Tasks' }).focus()
    await page.keyboard.press('ArrowDown')
    await page.getByRole('region', { name: /^Reference of / }).waitFor()
    expect(await findings()).toEqual([])
    await list.getByRole('link', { name: 'Experiments' }).click()
    await page.getByRole('row', { name: /^The small experiment/ }).waitFor()
    expect(await findings()).toEqual([])
  })

  test('the models, the playground and a clone', async () => {
    await open('#/models', () => page.getByRole('heading', { name: 'Models' }).waitFor())
    expect(await findings()).toEqual([])
    await open('#/playground', () => page.getByRole('heading', { name: 'Playground' }).waitFor())
    expect(await findings()).toEqual([])
    await open(`#/clone/${onlyRun().id}`, () => page.getByLabel('Steps', { exact: true }).waitFor())
    expect(await findings()).toEqual([])
  })

  test('the forms, whole and with something to mend, and the settings', async () => {
    await open('#/new', () => page.getByLabel('Steps', { exact: true }).waitFor())
    await page.getByText('Advanced').click()
    await page.getByLabel('Steps', { exact: true }).fill('0')
    await page.getByText('0 is too small; the least is 1.').waitFor()
    expect(await findings()).toEqual([])
    await open('#/settings', () => page.getByRole('table', { name: 'What this machine can do' }).waitFor({ timeout: 150_000 }))
    expect(await findings()).toEqual([])
    await open('#/runs/nothing', () => page.getByRole('alert').waitFor())
    expect(await findings()).toEqual([])
  })

  test('palette, overlay of shortcuts and a dialog', async () => {
    await page.keyboard.press('Control+k')
    await palette().getByRole('option', { name: /PPO/ }).waitFor()
    expect(await findings()).toEqual([])
    await page.keyboard.press('Escape')
    await palette().waitFor({ state: 'detached' })
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
    expect(await findings()).toEqual([])
    await page.keyboard.press('Escape')
    await open('#/runs', () => page.getByRole('checkbox').first().check())
    await page.getByRole('button', { name: 'Name and notes' }).click()
    await page.getByRole('dialog', { name: 'Name and notes' }).waitFor()
    expect(await findings()).toEqual([])
  })

  test('a closed dialog gives the focus back to the button that opened it', async () => {
    await page.keyboard.press('Escape')
    expect(await focused()).toBe('Name and notes')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).press('Enter')
    expect(await focused()).toBe('Name and notes')
    await page.getByRole('checkbox').first().uncheck()
  })

  test('the first press of Tab skips to the main part', async () => {
    await page.reload()
    await page.getByRole('row').nth(3).waitFor()
    await page.keyboard.press('Tab')
    expect(await focused()).toBe('Skip to the main part')
    await page.keyboard.press('Enter')
    await page.keyboard.press('Tab')
    expect(await page.evaluate(`document.activeElement.closest('main') !== null`)).toBe(true)
    expect(await page.evaluate(`document.activeElement.ariaLabel`)).toBe('Filter the runs')
  })

  test('the palette goes to a run by a part of its name, and the focus follows', async () => {
    await page.keyboard.press('Control+k')
    await page.keyboard.type('ppo seed')
    expect(await palette().getByRole('option').allInnerTexts()).toEqual([
      expect.stringMatching(/^Run\s+PPO, seed 1 · The small experiment/),
    ])
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: onlyRun().name }).waitFor()
    expect(await focused()).toContain(onlyRun().name)
    expect(await page.evaluate(`document.activeElement.tagName`)).toBe('MAIN')
  })

  test('it goes to an experiment and to a data set, and says when nothing fits', async () => {
    for (const [typed, name] of [
      ['small exp experiment', 'The small experiment'],
      ['starter tasks', 'Starter tasks'],
    ] as const) {
      await page.keyboard.press('Control+k')
      await page.keyboard.type(typed)
      await palette().getByRole('option', { name, exact: false }).first().click()
      await page.getByRole('heading', { name }).waitFor()
    }
    await page.keyboard.press('Control+k')
    await page.keyboard.type('nothing of the kind')
    await palette().getByText('Nothing is called “nothing of the kind”.').waitFor()
    await page.keyboard.press('Control+k')
    await palette().waitFor({ state: 'detached' })
  })

  test('what the screen can do is found there: a run is paused and stopped without a pointer', async () => {
    const request = {
      preset: 'starter-grpo',
      overrides: {
        engine: 'fake',
        model: join(home, 'model'),
        steps: 4000,
        checkpointEvery: 0,
        name: 'long',
        'sampling.maxCompletionTokens': 12,
      },
    }
    const { id } = (await askPage(page, 'runs.create', request)) as { id: string }
    await open(`#/runs/${id}`, () => page.getByRole('button', { name: 'Pause' }).waitFor())
    for (const [typed, next] of [
      ['pause', 'Continue'],
      ['continue', 'Pause'],
    ] as const) {
      await page.keyboard.press('Control+k')
      await page.keyboard.type(typed)
      await firstOption(/^This screen/)
      await page.keyboard.press('Enter')
      await page.locator('main').getByRole('button', { name: next }).waitFor()
    }
    // The button that was pressed is another one then, and keeps the focus.
    await page.locator('main').getByRole('button', { name: 'Pause', exact: true }).focus()
    for (const next of ['Continue', 'Pause']) {
      await page.keyboard.press('Enter')
      await page.locator('main').getByRole('button', { name: next, exact: true }).waitFor()
      expect(await page.evaluate<string>('document.activeElement.innerText')).toBe(next)
    }
    await page.keyboard.press('Control+k')
    await page.keyboard.type('stop')
    await firstOption(/^This screen/)
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').getByRole('button', { name: 'Stop the run' }).press('Enter')
    await page.locator('main').getByText('stopped', { exact: true }).waitFor()
    expect(await page.evaluate(`document.activeElement.closest('main') !== null`)).toBe(true)
  })

  test('keys one after the other lead to a screen, and are letters where a person types', async () => {
    await page.keyboard.press('g')
    await page.keyboard.press('r')
    await page.getByRole('heading', { name: 'Runs', exact: true }).waitFor()
    await page.getByLabel('Filter the runs').focus()
    await page.keyboard.type('gd?')
    expect(await page.getByLabel('Filter the runs').inputValue()).toBe('gd?')
    expect(await page.getByRole('heading', { name: 'Runs', exact: true }).count()).toBe(1)
    await page.getByLabel('Filter the runs').fill('')
    await page.locator('main').focus()
  })

  test('keys without a modifier can be switched off, and stay off', async () => {
    await page.keyboard.press('?')
    await page.getByRole('checkbox', { name: 'Keys without Ctrl or Command call commands' }).uncheck()
    await page.keyboard.press('Escape')
    await page.reload()
    await page.getByRole('row').nth(3).waitFor()
    await page.keyboard.press('?')
    expect(await page.getByRole('dialog').count()).toBe(0)
    await page.keyboard.press('Control+k')
    await page.keyboard.type('theme dark')
    await page.keyboard.press('Enter')
    expect(await page.evaluate('document.documentElement.dataset.theme')).toBe('dark')
  })
})
