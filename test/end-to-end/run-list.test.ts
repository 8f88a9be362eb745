/** The list of runs in a real browser, over run directories that are there: sort, filter, archive, remove and undo, name and notes. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { seriousFindings } from '#test/support/axe'
import { launchBrowser } from '#test/support/browser'
import { startHost, type HostProcess } from '#test/support/host-process'
import { aConfig, aJournal, started, stepFinished, writeRun } from '#test/support/run-builders'

const PATIENCE_MS = 120_000

const choice = await launchBrowser()
const title = choice.browser ? `the list of runs in ${choice.name}` : `the list of runs (skipped: ${choice.reason})`
if (!choice.browser) console.log(`Browser tests are skipped: ${choice.reason}`)

const journal = (steps: number): ReturnType<typeof aJournal> =>
  aJournal([
    started(),
    ...Array.from({ length: steps }, (_, i) => stepFinished(i + 1)),
    { type: 'run.ended', step: steps, outcome: 'finished' },
  ])

describe.skipIf(!choice.browser)(title, { timeout: PATIENCE_MS }, () => {
  const home = mkdtempSync(join(tmpdir(), 'veritune-list-'))
  const problems: string[] = []
  let host: HostProcess
  let page: Page

  beforeAll(async () => {
    for (const [i, name] of ['alpha', 'beta', 'gamma'].entries()) {
      const directory = writeRun(join(home, 'runs'), name, journal(i + 1))
      writeFileSync(join(directory, 'config.json'), JSON.stringify(aConfig({ groupSize: 4 * (i + 1) })))
    }
    host = await startHost(home)
    page = await choice.browser!.newPage({ viewport: { width: 1280, height: 800 } })
    page.setDefaultTimeout(PATIENCE_MS)
    page.on('pageerror', (error) => problems.push(error.message))
    await page.goto(host.url)
    await page.getByRole('link').first().waitFor()
  }, PATIENCE_MS)

  afterAll(async () => {
    await choice.browser?.close()
    await host?.kill()
    rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 })
  }, PATIENCE_MS)

  /** Steps of the runs that are shown, which tell them apart. */
  const steps = async (): Promise<string[]> =>
    (await page.locator('tbody tr').allInnerTexts()).map((text) => /(\d+)\/\d+/.exec(text)![1]!)
  const choose = (id: string): Promise<void> => page.getByRole('checkbox', { name: new RegExp(`^Choose .*, ${id}$`) }).check()

  test('is sorted by a column, and the other way round at a second click, and says so', async () => {
    const column = page.getByRole('columnheader', { name: /^Step/ })
    await column.getByRole('button').click()
    expect(await steps()).toEqual(['3', '2', '1'])
    expect(await column.getAttribute('aria-sort')).toBe('descending')
    await column.getByRole('button').press('Enter')
    expect(await steps()).toEqual(['1', '2', '3'])
    expect(await column.getAttribute('aria-sort')).toBe('ascending')
  })

  test('a run gets a name, tags and notes, which the filter finds', async () => {
    await choose('beta')
    await page.getByRole('button', { name: 'Name and notes' }).click()
    const dialog = page.getByRole('dialog', { name: 'Name and notes' })
    await dialog.getByLabel('Name').fill('The one for the paper')
    await dialog.getByLabel(/^Tags/).fill('paper, seed 2')
    await dialog.getByLabel('Notes').fill('A critic that says nothing.')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await page.getByRole('link', { name: 'The one for the paper' }).waitFor()
    await page.getByLabel('Filter the runs').fill('#paper critic')
    expect(await steps()).toEqual(['2'])
    await page.getByLabel('Filter the runs').fill('')
    await page.getByRole('checkbox', { name: /, beta$/ }).uncheck()
  })

  test('is searched by settings, beside words; a condition that cannot be read is said and passed over', async () => {
    const field = page.getByLabel('Filter the runs')
    await field.fill('groupSize=8')
    await expect.poll(steps).toEqual(['2'])
    await field.fill('groupSize>4 -#paper learningRate>1e-6')
    await expect.poll(steps).toEqual(['3'])
    expect(page.url()).toContain('#/runs?find=groupSize%3E4+-%23paper')
    await page.reload()
    await expect.poll(steps).toEqual(['3'])
    await field.fill('groupsze=8 finished')
    const problem = page.getByText('There is no setting “groupsze”; the nearest is groupSize.')
    await problem.waitFor()
    expect(await field.getAttribute('aria-describedby')).toBe(await problem.getAttribute('id'))
    expect(await steps()).toEqual(['1', '2', '3'])
    expect(await seriousFindings(page)).toEqual([])
    await field.fill('')
    await problem.waitFor({ state: 'detached' })
  })

  test('offers the names of settings as they are typed, and their choices', async () => {
    const field = page.getByLabel('Filter the runs')
    const offers = (): Promise<(string | null)[]> =>
      page.locator('datalist option').evaluateAll((options) => options.map((option) => option.getAttribute('value')))
    await field.focus()
    await page.keyboard.type('finished gradientC')
    await expect.poll(offers).toEqual(['finished gradientCheckpointing='])
    await page.keyboard.type('heckpointing=')
    await expect.poll(offers).toEqual(['finished gradientCheckpointing=true', 'finished gradientCheckpointing=false'])
    await page.keyboard.type('true')
    await page.getByText('No run matches “finished gradientCheckpointing=true”.').waitFor()
    await field.fill('')
    await expect.poll(async () => (await steps()).length).toBe(3)
  })

  test('what is looked for, the order and the groups stand in the address, and come back with it', async () => {
    await page.getByLabel('Filter the runs').fill('finished')
    await page.getByLabel('Group by').selectOption('status')
    await page.getByRole('columnheader', { name: /^Step/ }).getByRole('button').click()
    expect(page.url()).toMatch(/#\/runs\?find=finished&sort=step&group=status$/)
    const shown = await page.locator('tbody tr').allInnerTexts()
    await page.getByRole('link', { name: 'The one for the paper' }).click()
    await page.goBack()
    await page.getByRole('button', { name: 'finished' }).waitFor()
    expect(await page.locator('tbody tr').allInnerTexts()).toEqual(shown)
    await page.getByRole('button', { name: 'Save view' }).click()
    await page.getByRole('dialog').getByLabel('Name').fill('ended')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.getByRole('link', { name: 'Runs', exact: true }).click()
    await expect.poll(() => page.getByLabel('Filter the runs').inputValue()).toBe('')
    await page.getByRole('button', { name: 'Saved views' }).click()
    await page.getByRole('dialog').getByRole('link', { name: 'ended' }).click()
    await expect.poll(() => page.getByLabel('Filter the runs').inputValue()).toBe('finished')
    await page.getByRole('link', { name: 'Runs', exact: true }).click()
    await page.getByRole('columnheader', { name: /^Step/ }).getByRole('button').click()
    await page.getByRole('columnheader', { name: /^Step/ }).getByRole('button').click()
    await expect.poll(steps).toEqual(['1', '2', '3'])
  })

  test('an archived run is out of sight until archived ones are shown', async () => {
    await choose('alpha')
    await page.getByRole('button', { name: 'Archive', exact: true }).click()
    const shown = page.getByRole('checkbox', { name: '1 archived' })
    await shown.waitFor()
    expect(await steps()).toEqual(['2', '3'])
    await shown.check()
    expect(await steps()).toEqual(['1', '2', '3'])
    await shown.uncheck()
  })

  test('a removed run is gone, and Undo brings it back', async () => {
    await choose('gamma')
    await page.getByRole('button', { name: 'Remove' }).click()
    await page.getByText('One run was removed.').waitFor()
    await expect.poll(steps).toEqual(['2'])
    await page.getByRole('button', { name: 'Undo' }).click()
    await expect.poll(steps).toEqual(['2', '3'])
    expect(await page.getByText('One run was removed.').count()).toBe(0)
    expect(problems).toEqual([])
  })
})
