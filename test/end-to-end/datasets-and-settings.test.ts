/** The way of a person to a data set of their own, and through the settings. Real host, real checks, real data in a folder of its own. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { launchBrowser } from '#test/support/browser'
import { jsonLines } from '#test/support/fixture-datasets'
import { DESIGNS, moduleText } from '#test/support/fixture-designs'
import { startHost, type HostProcess } from '#test/support/host-process'

const choice = await launchBrowser()
const title = choice.browser ? `in ${choice.name}` : `in a browser (skipped: ${choice.reason})`
if (!choice.browser) console.log(`Browser tests are skipped: ${choice.reason}`)

/** Six designs, one of them broken, one row without words, and the first once more in another split. */
function writeSet(folder: string): string {
  const set = join(folder, 'small set')
  mkdirSync(set)
  const rows = DESIGNS.slice(0, 6).map((design, i) => ({
    nr: design.name,
    teil: i < 4 ? 'train' : 'validation',
    frage: design.words,
    loesung:
      i === 5 ? `module ${design.name}(input a, output y);\n  assign nothing = ;\nendmodule` : moduleText(design, design.name),
  }))
  const [first] = rows
  writeFileSync(
    join(set, 'rows.jsonl'),
    jsonLines([...rows, { nr: 'wordless', loesung: 'x' }, { ...first, nr: 'again', teil: 'test' }]),
  )
  writeFileSync(join(set, 'LICENSE'), 'Permission is hereby granted, free of charge, to any person')
  return set
}

/** So many designs, one a row. */
function taskLines(count: number): string {
  return jsonLines(
    DESIGNS.slice(0, count).map((design) => ({
      id: design.name,
      prompt: design.words,
      reference: moduleText(design, design.name),
    })),
  )
}

/** Enough to be cancelled on the way. */
function writeLongSet(folder: string): string {
  const file = join(folder, 'long.jsonl')
  const [design] = DESIGNS
  const rows = Array.from({ length: 500 }, (_, i) => ({
    id: `long-${i}`,
    prompt: `${design!.words} Number ${i}.`,
    reference: moduleText(design!, design!.name),
  }))
  writeFileSync(file, jsonLines(rows))
  return file
}

describe.skipIf(!choice.browser)(title, () => {
  const home = mkdtempSync(join(tmpdir(), 'veritune-datasets-'))
  const sets = mkdtempSync(join(tmpdir(), 'veritune-sets-'))
  const problems: string[] = []
  let host: HostProcess
  let page: Page

  beforeAll(async () => {
    writeFileSync(
      join(home, 'allowed-sources.json'),
      JSON.stringify({ schemaVersion: 1, sources: [{ dataset: '/sets/trusted', allowedAt: '2026-01-02T03:04:05.000Z' }] }),
    )
    host = await startHost(home)
    page = await choice.browser!.newPage({ viewport: { width: 1280, height: 800 } })
    page.setDefaultTimeout(60_000)
    page.on('pageerror', (error) => problems.push(error.message))
    page.on('console', (message) => message.type() === 'error' && problems.push(message.text()))
    await page.goto(host.url)
  })

  afterAll(async () => {
    await choice.browser?.close()
    await host?.kill()
    for (const folder of [home, sets]) rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  })

  const list = () => page.getByRole('table', { name: 'Data sets of this workbench' })

  test('the starter is there from the beginning, with its tasks by split', async () => {
    await page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name: 'Datasets' }).click()
    const row = list().getByRole('row', { name: /Starter tasks/ })
    await row.waitFor()
    expect(await row.innerText()).toMatch(/787\s+184\s+261\s+not checked here/)
    expect(await page.getByText('the workbench keeps a copy in its data folder').isVisible()).toBe(true)
  })

  test('rows of an unknown layout are refused with their columns, and what was typed stays', async () => {
    await page.getByLabel('Check a data set').fill(`"${writeSet(sets)}"`)
    await page.getByRole('button', { name: 'Check', exact: true }).click()
    await page.getByRole('alert').filter({ hasText: 'They are: nr, teil, frage, loesung' }).waitFor()
    expect(await page.getByLabel('Check a data set').inputValue()).toContain('small set')
  })

  test('with its columns named it is checked, and its page opens with badges, licence and leaks', async () => {
    await page.getByLabel('Prompt').fill('frage')
    await page.getByLabel('Reference').fill('loesung')
    await page.getByLabel('Split').fill('teil')
    await page.getByLabel('Id', { exact: true }).fill('nr')
    await page.getByRole('button', { name: 'Check', exact: true }).click()
    await page.getByRole('progressbar', { name: 'Tasks tried of small set' }).waitFor()
    await page.getByRole('heading', { name: 'small set', exact: true }).waitFor({ timeout: 120_000 })
    const head = await page.locator('main header').innerText()
    expect(head).toMatch(/4 train · 1 validation · 1 test/)
    expect(head).toMatch(/6 healthy/)
    expect(head).toMatch(/1 reference fails/)
    expect(head).toContain('MIT')
    expect(head).toMatch(/▲ 1 task leaks between splits/)
  })

  test('what is wrong in the files stands with file, line and what to do', async () => {
    await page.getByText('1 row left out').click()
    const wrong = page.getByRole('listitem').filter({ hasText: 'left out' })
    expect(await wrong.innerText()).toMatch(/rows\.jsonl, line 7, field frage/)
    expect(await wrong.innerText()).toContain('Fill it in')
  })

  test('the arrow keys walk through the tasks; filters and words narrow them', async () => {
    const grid = page.getByRole('grid', { name: 'Tasks' })
    expect(await grid.getAttribute('aria-rowcount')).toBe('8')
    await grid.focus()
    await page.keyboard.press('ArrowDown')
    await page.getByRole('region', { name: /^Reference of / }).waitFor()
    await page.getByLabel('Health').selectOption('reference-fails')
    expect(await grid.getAttribute('aria-rowcount')).toBe('2')
    await grid.focus()
    await page.keyboard.press('ArrowDown')
    await page.getByRole('complementary').getByText('reference fails').waitFor()
    await page.getByLabel('Health').selectOption('leak')
    expect(await grid.innerText()).toContain('again')
    await page.getByLabel('Health').selectOption('')
    await page.getByLabel('Search the tasks').fill('nowhere to be found')
    await page.getByRole('button', { name: 'Show all' }).click()
    expect(await page.getByRole('grid', { name: 'Tasks' }).getAttribute('aria-rowcount')).toBe('8')
  })

  test('a run is prepared with its healthy tasks, whichever preset is chosen', async () => {
    await page.getByRole('button', { name: 'New run with this data set' }).click()
    // Tasks is also the name of the list that is left.
    await page.getByRole('heading', { name: 'New run' }).waitFor()
    const tasks = page.getByLabel('Tasks', { exact: true })
    await expect.poll(() => tasks.inputValue()).toMatch(/datasets.+tasks-\d+\.jsonl$/)
    await page.getByLabel('Algorithm', { exact: true }).selectOption('ppo')
    await expect.poll(() => tasks.inputValue()).toMatch(/datasets.+tasks-\d+\.jsonl$/)
  })

  test('the starter’s tasks are more than are drawn, and End leads to the last of them', async () => {
    await page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name: 'Datasets' }).click()
    await list().getByRole('link', { name: 'Starter tasks' }).click()
    const grid = page.getByRole('grid', { name: 'Tasks' })
    await grid.waitFor()
    expect(await grid.getAttribute('aria-rowcount')).toBe('1233')
    expect(await grid.getByRole('row').count()).toBeLessThan(80)
    await grid.focus()
    await page.keyboard.press('End')
    const last = grid.locator('[aria-rowindex="1233"]')
    await last.waitFor()
    expect(await last.getAttribute('aria-selected')).toBe('true')
    await page.getByRole('region', { name: /^Reference of / }).waitFor()
  })

  test('a check that takes long shows how far it is, survives a reload, and is cancelled', async () => {
    await page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name: 'Datasets' }).click()
    await page.getByLabel('Check a data set').fill(writeLongSet(sets))
    await page.getByRole('button', { name: 'Check', exact: true }).click()
    await page.getByText(/Trying each task on its own reference: \d+ of 500/).waitFor()
    await page.reload()
    const bar = page.getByRole('progressbar', { name: 'Tasks tried of long.jsonl' })
    await bar.waitFor()
    await expect.poll(async () => Number(await bar.getAttribute('aria-valuenow')), { timeout: 60_000 }).toBeGreaterThan(0)
    await page.getByRole('button', { name: 'Cancel' }).click()
    await bar.waitFor({ state: 'detached' })
    expect(await list().innerText()).not.toContain('long.jsonl')
  })

  test('a file dropped on a page in a browser is handed over, and checked', async () => {
    await page.getByRole('link', { name: 'Runs', exact: true }).click()
    await page.evaluate(`(() => {
      const dataTransfer = new DataTransfer()
      dataTransfer.items.add(new File([${JSON.stringify(taskLines(2))}], 'dropped.jsonl'))
      document.body.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }))
    })()`)
    const row = list().getByRole('row', { name: /dropped/ })
    await row.waitFor()
    expect(await row.innerText()).toMatch(/2 healthy/)
    expect(readdirSync(join(home, 'uploads'), { recursive: true }).map(String)).toContainEqual(
      expect.stringMatching(/dropped\.jsonl$/),
    )
  })

  test('a folder that is chosen is handed over with all below it, and its page opens', async () => {
    const folder = join(sets, 'chosen')
    mkdirSync(join(folder, 'below'), { recursive: true })
    writeFileSync(join(folder, 'below', 'tasks.jsonl'), taskLines(3))
    writeFileSync(join(folder, 'LICENSE'), 'Permission is hereby granted, free of charge, to any person')
    await page.locator('input[webkitdirectory]').setInputFiles(folder)
    await page.getByRole('heading', { name: 'chosen', exact: true }).waitFor({ timeout: 120_000 })
    expect(await page.locator('main header').innerText()).toMatch(/3 healthy[\s\S]*MIT|MIT[\s\S]*3 healthy/)
  })

  test('what is empty, or no data set, is refused in a sentence', async () => {
    await page.getByRole('navigation', { name: 'Screens' }).getByRole('link', { name: 'Datasets' }).click()
    await page
      .locator('input[type=file][multiple]')
      .setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('') })
    await page.getByRole('alert').waitFor()
    expect(await page.getByRole('alert').innerText()).toMatch(/notes\.txt/)
  })

  test('settings show what the machine can do, the size of the data folder and the version', async () => {
    await page.getByRole('link', { name: 'Settings' }).click()
    const machine = page.getByRole('table', { name: 'What this machine can do' })
    await machine.waitFor({ timeout: 150_000 })
    expect(await machine.innerText()).toMatch(/✔ good\s+Node/)
    const folder = page.getByRole('table', { name: 'What the data folder holds' })
    expect(await folder.innerText()).toMatch(/Data sets that were checked\s+[\d.]+ kB/)
    expect(await page.getByText(/VeriTune \d+\.\d+\.\d+ on /).isVisible()).toBe(true)
  })

  test('a permission is taken back, and given again if that was a slip', async () => {
    await page.getByRole('button', { name: 'Take the permission of /sets/trusted back' }).click()
    await page.getByText('Taken back: /sets/trusted').waitFor()
    await page.getByRole('button', { name: 'Allow it again' }).click()
    await page.getByRole('button', { name: 'Take the permission of /sets/trusted back' }).waitFor()
  })

  test('the theme is chosen by the keyboard, and stays after a reload', async () => {
    const theme = (): Promise<unknown> => page.evaluate('document.documentElement.dataset.theme')
    await page.getByRole('radio', { name: 'As the system says' }).focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    expect(await theme()).toBe('dark')
    await page.reload()
    expect(await theme()).toBe('dark')
    expect(await page.getByRole('radio', { name: 'Dark' }).isChecked()).toBe(true)
  })

  test('nothing went wrong in the page meanwhile', () => {
    expect(problems).toEqual([])
  })
})
