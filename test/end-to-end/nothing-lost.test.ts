/**
 * Killing the page, the host or the network in the middle of something loses nothing: what was typed stands there again, what was sent is done once.
 * A real host that is killed as it is, a real browser whose pages crash.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { BrowserContext, Locator, Page, WebSocketRoute } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { JournalEvent } from '#contract/journal'
import { RUN_FILES } from '#contract/run-directory'
import { askPage } from '#test/support/ask-page'
import { launchBrowser } from '#test/support/browser'
import { writeGoingRun } from '#test/support/going-run'
import { startHost, type HostProcess } from '#test/support/host-process'
import { SMALL_RUN } from '#test/support/open-workbench'

const PATIENCE_MS = 480_000
const eventually = <T>(read: () => T | Promise<T>) => expect.poll(read, { timeout: 120_000, interval: 200 })

const choice = await launchBrowser()
const title = choice.browser ? `nothing is lost in ${choice.name}` : `nothing is lost (skipped: ${choice.reason})`
if (!choice.browser) console.log(`Browser tests are skipped: ${choice.reason}`)

/** What is typed where: the field by its label on the screen, after what has to be opened first. */
interface Typed {
  readonly hash: string
  readonly open?: (page: Page) => Promise<void>
  readonly fields: Readonly<Record<string, string>>
  /** Said where it would surprise. */
  readonly isSaid?: boolean
}

const notes = async (page: Page): Promise<void> => {
  const unsaved = page.getByRole('button', { name: 'Go on with them' })
  const dialog = page.getByRole('dialog', { name: 'Name and notes' })
  await page.getByLabel('Filter the runs').waitFor()
  if ((await dialog.count()) > 0) return
  if ((await unsaved.count()) > 0) return unsaved.click()
  await page.getByRole('checkbox', { name: /, going$/ }).check()
  await page.getByRole('button', { name: 'Name and notes' }).click()
}
const weights = async (page: Page): Promise<void> => {
  const quality = page.getByLabel('Quality, number')
  await quality.or(page.getByRole('button', { name: 'Change weights' })).waitFor()
  if ((await quality.count()) === 0) await page.getByRole('button', { name: 'Change weights' }).click()
}
const columns = async (page: Page): Promise<void> => {
  if (!(await page.getByLabel('Prompt', { exact: true }).isVisible())) await page.getByText('Rows of another layout').click()
}

const FORMS: readonly Typed[] = [
  {
    hash: '#/new',
    fields: { Name: 'typed by hand', Steps: '7', 'Prompts per step': '3', 'Quality, number': '0.42' },
    isSaid: true,
  },
  { hash: '#/clone/going', fields: { Name: 'typed for a clone', Steps: '33' }, isSaid: true },
  { hash: '#/experiments', fields: { Seeds: '5', 'Completions a run': '2048' }, isSaid: true },
  {
    hash: '#/reward/going',
    fields: { 'Reasoning, number': '0.77', 'Name of this profile': 'mostly prose', 'Design to score': 'module m;\nendmodule' },
    isSaid: true,
  },
  { hash: '#/runs/going', open: weights, fields: { 'Quality, number': '0.63' } },
  {
    hash: '#/playground',
    open: (page) => page.getByRole('radio', { name: 'own words' }).check(),
    fields: { 'Own words': 'Write a counter.', Seed: '99' },
  },
  { hash: '#/models', fields: { 'Add a folder': '/models/mine', 'Download from the hub': 'owner/name' } },
  { hash: '#/datasets', open: columns, fields: { 'Check a data set': '/data/rows.jsonl', Prompt: 'question' } },
  {
    hash: '#/runs',
    open: notes,
    fields: { Notes: 'The one to look at again.', 'Tags, separated by commas': 'paper' },
    isSaid: true,
  },
]

describe.skipIf(!choice.browser)(title, { timeout: PATIENCE_MS }, () => {
  const home = mkdtempSync(join(tmpdir(), 'veritune-lost-'))
  const runs = join(home, 'runs')
  const problems: string[] = []
  let host: HostProcess
  let context: BrowserContext
  let page: Page
  let goingLock: string
  let long: string

  /** Of the run made for the last two laws. */
  const journal = (): JournalEvent[] =>
    readFileSync(join(runs, long, RUN_FILES.journal), 'utf8')
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as JournalEvent)
  const stepsIn = (events: readonly JournalEvent[]): number[] =>
    events.flatMap((event) => (event.type === 'step.finished' ? [event.step] : []))
  const madeOf = (name: string): string[] =>
    readdirSync(runs).filter(
      (id) =>
        !id.startsWith('.') &&
        (JSON.parse(readFileSync(join(runs, id, RUN_FILES.config), 'utf8')) as { name: string }).name === name,
    )

  beforeAll(async () => {
    goingLock = writeGoingRun(runs)
    host = await startHost(home)
    context = await choice.browser!.newContext({ viewport: { width: 1440, height: 900 } })
    page = await newPage()
    await page.goto(host.url)
    await page.getByRole('link', { name: 'going' }).waitFor()
  }, PATIENCE_MS)

  afterAll(async () => {
    await choice.browser?.close()
    await host?.kill()
    rmSync(home, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 })
  }, PATIENCE_MS)

  async function newPage(): Promise<Page> {
    const made = await context.newPage()
    made.setDefaultTimeout(120_000)
    made.on('pageerror', (error) => problems.push(error.message))
    return made
  }

  const addressOf = (hash: string): string => `${new URL(host.url).origin}/${hash}`

  /** The page's process dies, without a word to the page; another tab comes in its place. */
  async function crashPage(): Promise<void> {
    await page.goto('chrome://crash').catch(() => {})
    await page.close()
    page = await newPage()
  }

  async function killHost(): Promise<void> {
    await host.kill('SIGKILL')
    await page.getByText('Connection lost, the run goes on').waitFor()
  }

  /** At the same address; the page that is open comes back by itself. */
  async function startHostAgain(): Promise<void> {
    host = await startHost(home, Number(new URL(host.url).port))
    await page.getByText('Connection lost, the run goes on').waitFor({ state: 'detached' })
  }

  function field(label: string): Locator {
    const dialog = page.getByRole('dialog')
    return label === 'Notes' || label.startsWith('Tags') ? dialog.getByLabel(label) : page.getByLabel(label, { exact: true })
  }

  async function typeAll(): Promise<void> {
    for (const { hash, open, fields } of FORMS) {
      await page.goto(addressOf(hash))
      await open?.(page)
      for (const [label, text] of Object.entries(fields)) await field(label).fill(text)
    }
  }

  async function findAll(): Promise<void> {
    for (const { hash, open, fields, isSaid } of FORMS) {
      await page.goto(addressOf(hash))
      await open?.(page)
      for (const [label, text] of Object.entries(fields)) {
        await eventually(() => field(label).inputValue()).toBe(text)
      }
      expect(await page.getByText(/^Draft from .* restored\.$/).count(), hash).toBe(isSaid === true ? 1 : 0)
    }
  }

  /** Fills the form of a new run: small, and named so. */
  async function fillRun(name: string): Promise<void> {
    await page.goto(addressOf('#/new'))
    await page.getByLabel('Name', { exact: true }).fill(name)
    for (const [label, text] of [
      ['Steps', '2'],
      ['Prompts per step', '2'],
      ['Group size', '4'],
    ]) {
      await page.getByLabel(label!, { exact: true }).fill(text!)
    }
    await page.getByText('Advanced: all other settings').click()
    await page.getByLabel('Engine', { exact: true }).selectOption('fake')
    await page.getByLabel('Minibatch', { exact: true }).fill('8')
  }

  const start = (): Promise<void> => page.getByRole('button', { name: 'Start', exact: true }).click()

  /** Cuts the line at the answer to the first call of a method, which so never comes. */
  async function cutAtAnswerTo(method: string): Promise<{ isCut: boolean }> {
    const cut = { isCut: false }
    await page.routeWebSocket(/\/api$/, (line: WebSocketRoute) => {
      const server = line.connectToServer()
      const asked = new Set<number>()
      line.onMessage((text) => {
        const call = JSON.parse(String(text)) as { id: number; method: string }
        if (call.method === method) asked.add(call.id)
        server.send(text)
      })
      server.onMessage((text) => {
        const { id } = JSON.parse(String(text)) as { id?: number }
        if (cut.isCut || id === undefined || !asked.has(id)) return line.send(text)
        cut.isCut = true
        void line.close({ code: 4000 })
      })
    })
    await page.reload()
    await page.getByRole('link', { name: 'Runs' }).waitFor()
    return cut
  }

  test('what was typed on every form is there after the page crashed and the host was killed', async () => {
    await typeAll()
    await crashPage()
    await host.kill('SIGKILL')
    host = await startHost(home, Number(new URL(host.url).port))
    await findAll()
  })

  test('filter and choice of the list of runs are there too', async () => {
    // Escape is no answer: the notes stay a draft.
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await page.goto(addressOf('#/runs'))
    await page.getByLabel('Filter the runs').fill('goi')
    await page.waitForURL(/find=goi/)
    // The filter stands in the address, which a browser opens again with the tab.
    const address = page.url()
    await crashPage()
    await page.goto(address)
    await eventually(() => page.getByLabel('Filter the runs').inputValue()).toBe('goi')
    expect(await page.getByRole('checkbox', { name: /, going$/ }).isChecked()).toBe(true)
    await page.getByLabel('Filter the runs').fill('')
    await page.getByRole('button', { name: 'Discard them' }).click()
  })

  test('a discarded draft is gone', async () => {
    for (const hash of ['#/new', '#/experiments', '#/reward/going']) {
      await page.goto(addressOf(hash))
      await page.getByRole('button', { name: 'Discard it' }).click()
      await page.reload()
      await page.getByText(/^Draft from/).waitFor({ state: 'detached' })
    }
    await page.goto(addressOf('#/new'))
    expect(await page.getByLabel('Steps', { exact: true }).inputValue()).not.toBe('7')
  })

  test('a start whose answer the network swallowed is done once, and the page goes on to the run', async () => {
    const cut = await cutAtAnswerTo('runs.create')
    await fillRun('cut off')
    await start()
    await page.getByRole('heading', { name: 'cut off' }).waitFor()
    expect(cut.isCut).toBe(true)
    expect(madeOf('cut off')).toHaveLength(1)
  })

  test('a start at the moment when the host is killed is done once, and said to be unknown meanwhile', async () => {
    await fillRun('host killed')
    await start()
    await host.kill('SIGKILL')
    await page.getByText('Connection lost, the run goes on').waitFor()
    await startHostAgain()
    await page.getByRole('heading', { name: 'host killed' }).waitFor()
    expect(madeOf('host killed')).toHaveLength(1)
  })

  test('a start whose page crashed before the answer is found to be done, and pressing Start again makes no second', async () => {
    await page.close()
    page = await newPage()
    // No line after the first cut: the page never hears whether it was done.
    let isCut = false
    await page.routeWebSocket(/\/api$/, (line: WebSocketRoute) => {
      if (isCut) return void line.close({ code: 4000 })
      const server = line.connectToServer()
      line.onMessage((text) => {
        server.send(text)
        if ((JSON.parse(String(text)) as { method: string }).method === 'runs.create') setTimeout(() => cutOff(), 0)
      })
      const cutOff = (): void => {
        isCut = true
        void line.close({ code: 4000 })
      }
    })
    await fillRun('page crashed')
    await start()
    await page.getByText('Sent, and not answered yet: start of a run.').waitFor()
    await eventually(() => madeOf('page crashed').length).toBe(1)
    await crashPage()
    await page.goto(addressOf('#/new'))
    const said = page.getByText('You started this run before the page went away, and it is there.')
    await said.waitFor()
    await start()
    await page.getByRole('heading', { name: 'page crashed' }).waitFor()
    expect(madeOf('page crashed')).toHaveLength(1)
    await page.goto(addressOf('#/new'))
    await page.getByLabel('Name', { exact: true }).waitFor()
    expect(await said.count()).toBe(0)
  })

  test('a removed run can be brought back after the page crashed', async () => {
    const [id] = madeOf('cut off')
    await page.goto(addressOf('#/runs'))
    await page.getByRole('checkbox', { name: new RegExp(`, ${id}$`) }).check()
    await page.getByRole('checkbox', { name: /, going$/ }).uncheck()
    await page.getByRole('button', { name: 'Remove' }).click()
    await page.getByText('One run was removed.').waitFor()
    await crashPage()
    await page.goto(addressOf('#/runs'))
    await page.getByRole('button', { name: 'Undo' }).click()
    await page.getByRole('table').getByRole('link', { name: 'cut off' }).waitFor()
    expect(madeOf('cut off')).toEqual([id])
  })

  test('screens that were opened while the workbench was away read themselves when it is back', async () => {
    await page.goto(addressOf('#/runs'))
    await killHost()
    await page.evaluate(`location.hash = '#/settings'`)
    await page.getByText('The workbench cannot be reached').first().waitFor()
    await page.evaluate(`location.hash = '#/new'`)
    await page.getByText('The workbench cannot be reached').first().waitFor()
    await startHostAgain()
    await page.getByLabel('Steps', { exact: true }).waitFor()
  })

  test('a run in training goes on while the host is dead, and the page that stayed open has every point of its journal', async () => {
    // A run that still trains cannot be removed.
    const remove = (name: string) =>
      askPage(page, 'runs.remove', madeOf(name)[0]).then(
        () => 'removed',
        (error: Error) => error.message,
      )
    for (const name of ['cut off', 'host killed', 'page crashed']) await eventually(() => remove(name)).toBe('removed')
    rmSync(goingLock)
    const overrides = { ...SMALL_RUN, name: 'long', steps: 4000, checkpointEvery: 1000, promptsPerStep: 16, groupSize: 8 }
    long = ((await askPage(page, 'runs.create', { preset: 'starter-grpo', overrides })) as { id: string }).id
    await page.goto(addressOf(`#/runs/${long}`))
    const rates = page.getByRole('slider', { name: /^Rates:/ })
    await eventually(async () => Number(await rates.getAttribute('aria-valuemax'))).toBeGreaterThan(1)
    await killHost()
    const before = stepsIn(journal()).length
    await eventually(() => stepsIn(journal()).length).toBeGreaterThan(before + 2)
    await startHostAgain()
    await askPage(page, 'runs.control', long, { command: 'pause' })
    await page.locator('main').getByRole('button', { name: 'Continue' }).waitFor()
    await page.getByRole('button', { name: 'Rates: show as table' }).click()
    const table = page.getByRole('table', { name: /^Rates/ })
    const shown = async (): Promise<number[]> => (await table.getByRole('rowheader').allInnerTexts()).map(Number)
    await eventually(shown).toEqual(stepsIn(journal()).toReversed())
  })

  test('a reward change sent while the host dies is applied once', async () => {
    await page.locator('main').getByRole('button', { name: 'Continue' }).click()
    await page.locator('main').getByRole('button', { name: 'Pause' }).waitFor()
    await page.getByRole('button', { name: 'Change weights' }).click()
    await page.getByLabel('Quality, number').fill('0.31')
    await page.getByRole('button', { name: 'Apply from next step' }).click()
    await host.kill('SIGKILL')
    await page.getByText('Connection lost, the run goes on').waitFor()
    await startHostAgain()
    await eventually(() => page.getByRole('region', { name: 'Reward weights' }).innerText()).toMatch(/Quality\s+0\.31/)
    await askPage(page, 'runs.control', long, { command: 'stop' })
    await page.locator('main').getByText('stopped', { exact: true }).waitFor()
    const changes = journal().filter((event) => event.type === 'reward.changed')
    expect(changes.map((event) => event.type === 'reward.changed' && event.profile.weights.quality)).toEqual([0.31])
    expect(problems).toEqual([])
  })
})
